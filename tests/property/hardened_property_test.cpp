// SPDX-License-Identifier: GPL-2.0-or-later
/// Laws of the hardened codecs, for any keys, stream and split, and their agreement with the slow twin.
#include <gtest/gtest.h>
#include <rapidcheck.h>

// After gtest, which it relies on without including it.
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/hardened/prf_xor.h"
#include "core/hardened/ratchet.h"
#include "tests/reference/hardened_twin.h"
#include "tests/support/hex.h"

namespace mps::test {
namespace {

Key any_key() {
  Key key;
  for (std::uint8_t& byte : key) byte = *rc::gen::arbitrary<std::uint8_t>();
  return key;
}

StreamKeys any_stream_keys() {
  return {{any_key(), any_key()}, *rc::gen::arbitrary<bool>()};
}

Bytes any_bytes() {
  const auto size = *rc::gen::inRange<std::size_t>(0, 1000);
  return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

/// Calls piece(at, size) for some division of `size` bytes, empty pieces among them.
template <typename Piece>
void in_pieces(std::size_t size, Piece&& piece) {
  std::size_t at = 0;
  for (const std::size_t drawn :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 200))) {
    const std::size_t next = std::min(drawn, size - at);
    piece(at, next);
    at += next;
  }
  piece(at, size - at);
}

Bytes ratcheted(const StreamKeys& stream, Bytes bytes, bool decode) {
  Ratchet codec(stream);
  in_pieces(bytes.size(), [&](std::size_t at, std::size_t size) {
    const auto piece = std::span(bytes).subspan(at, size);
    decode ? codec.decode(piece, piece.data()) : codec.encode(piece, piece.data());
  });
  RC_ASSERT(codec.offset() == bytes.size());
  return bytes;
}

RC_GTEST_PROP(PrfXorProperty, IsTheTwinInAnySplitFromAnywhere, ()) {
  const StreamKeys stream = any_stream_keys();
  const Bytes in = any_bytes();
  const auto offset = *rc::gen::element<std::uint64_t>(0, 1, 63, 64, (std::uint64_t{1} << 38) - 100) +
                      *rc::gen::inRange<std::uint64_t>(0, 300);
  PrfXor codec(stream);
  Bytes out = in;
  in_pieces(in.size(), [&](std::size_t at, std::size_t size) {
    const auto piece = std::span(out).subspan(at, size);
    codec.apply(offset + at, piece, piece.data());
  });
  RC_ASSERT(out == reference::h1(stream, offset, in));
  codec.apply(offset, out, out.data());
  RC_ASSERT(out == in);
}

/// A gap costs nothing behind it, and order does not matter.
RC_GTEST_PROP(PrfXorProperty, SeeksForwardsAndBackwards, ()) {
  const StreamKeys stream = any_stream_keys();
  const Bytes in = any_bytes();
  const Bytes wire = reference::h1(stream, 0, in);
  PrfXor codec(stream);
  for (const std::size_t drawn :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 1000))) {
    const std::size_t at = std::min(drawn, in.size());
    const std::size_t size = std::min<std::size_t>(in.size() - at, 70);
    Bytes out(size);
    codec.apply(at, std::span(wire).subspan(at, size), out.data());
    RC_ASSERT(std::ranges::equal(out, std::span(in).subspan(at, size)));
  }
}

RC_GTEST_PROP(RatchetProperty, IsTheTwinInAnySplit, ()) {
  const StreamKeys stream = any_stream_keys();
  const Bytes in = any_bytes();
  RC_ASSERT(ratcheted(stream, in, false) == reference::h2_encoded(stream, in));
  RC_ASSERT(ratcheted(stream, in, true) == reference::h2_decoded(stream, in));
}

/// A bijection of streams: nothing to reject, nothing lost.
RC_GTEST_PROP(RatchetProperty, EncodingAndDecodingUndoEachOther, ()) {
  const StreamKeys stream = any_stream_keys();
  const Bytes in = any_bytes();
  RC_ASSERT(ratcheted(stream, ratcheted(stream, in, false), true) == in);
  RC_ASSERT(ratcheted(stream, ratcheted(stream, in, true), false) == in);
}

RC_GTEST_PROP(RatchetProperty, DecodesAheadWithinTheBlock, ()) {
  const StreamKeys stream = any_stream_keys();
  const Bytes in = any_bytes();
  const Bytes wire = reference::h2_encoded(stream, in);
  const auto known = *rc::gen::inRange<std::size_t>(0, in.size() + 1);
  Ratchet codec(stream);
  Bytes out(in.size());
  codec.decode(std::span(wire).first(known), out.data());
  const std::size_t reach = std::min<std::size_t>(in.size(), codec.reach());
  const auto at = *rc::gen::inRange<std::size_t>(known, reach + 1);
  codec.decode_ahead(at, std::span(wire).subspan(at, reach - at), out.data() + at);
  RC_ASSERT(std::equal(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(known), out.begin()));
  RC_ASSERT(std::equal(in.begin() + static_cast<std::ptrdiff_t>(at),
                       in.begin() + static_cast<std::ptrdiff_t>(reach),
                       out.begin() + static_cast<std::ptrdiff_t>(at)));
}

}  // namespace
}  // namespace mps::test
