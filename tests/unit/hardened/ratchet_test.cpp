// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/ratchet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/codec_samples.h"
#include "tests/support/hardened_samples.h"

namespace mps::test {
namespace {

Bytes encoded(const StreamKeys& stream, const Bytes& plain) {
  Ratchet codec(stream);
  Bytes out(plain.size());
  codec.encode(plain, out.data());
  return out;
}

Bytes decoded(const StreamKeys& stream, const Bytes& wire) {
  Ratchet codec(stream);
  Bytes out(wire.size());
  codec.decode(wire, out.data());
  return out;
}

TEST(Ratchet, GivesTheKnownAnswers) {
  EXPECT_EQ(to_hex(encoded(initiator_sends, request)), reference::h2_request);
  EXPECT_EQ(to_hex(encoded(listener_sends, request)), reference::h2_request_of_listener);
  Sha256 hash;
  hash.update(encoded(initiator_sends, parabola()));
  EXPECT_EQ(hash.hex(), reference::h2_parabola_sha256);
}

TEST(Ratchet, DecodesWhatItEncoded) {
  EXPECT_EQ(decoded(initiator_sends, encoded(initiator_sends, parabola())), parabola());
}

TEST(Ratchet, WorksInPlace) {
  Bytes bytes = request;
  Ratchet(initiator_sends).encode(bytes, bytes.data());
  EXPECT_EQ(to_hex(bytes), reference::h2_request);
  Ratchet(initiator_sends).decode(bytes, bytes.data());
  EXPECT_EQ(bytes, request);
}

TEST(Ratchet, ACopyGoesOnByItself) {
  const Bytes plain = parabola();
  const Bytes wire = encoded(initiator_sends, plain);
  Ratchet first(initiator_sends);
  Bytes out(wire.size());
  first.decode(std::span(wire).first(100), out.data());
  Ratchet second = first;
  EXPECT_EQ(second.offset(), 100u);
  first.decode(std::span(wire).subspan(100), out.data() + 100);
  Bytes again(wire.size() - 100);
  second.decode(std::span(wire).subspan(100), again.data());
  EXPECT_TRUE(std::ranges::equal(again, std::span(plain).subspan(100)));
}

TEST(Ratchet, SeesTheRestOfABlockAcrossAGap) {
  const Bytes plain = parabola();
  const Bytes wire = encoded(initiator_sends, plain);
  Ratchet codec(initiator_sends);
  Bytes out(64);
  codec.decode(std::span(wire).first(70), Bytes(70).data());
  ASSERT_EQ(codec.offset(), 70u);
  ASSERT_EQ(codec.reach(), 128u);
  out.resize(28);
  codec.decode_ahead(100, std::span(wire).subspan(100, 28), out.data());
  EXPECT_TRUE(std::ranges::equal(out, std::span(plain).subspan(100, 28)));
  EXPECT_EQ(codec.offset(), 70u);
}

/// What a change on the wire does: its own byte changes alike, the rest of its block not at all, and nothing
/// behind it comes back.
TEST(Ratchet, AChangedByteGarblesEveryLaterBlock) {
  const Bytes original = parabola();
  Bytes wire = encoded(initiator_sends, original);
  wire[1000] ^= 0x20;
  const Bytes received = decoded(initiator_sends, wire);
  const std::size_t end_of_block = 1024;
  for (std::size_t i = 0; i < end_of_block; ++i)
    EXPECT_EQ(received[i] ^ original[i], i == 1000 ? 0x20 : 0) << i;
  std::size_t right = 0;
  for (std::size_t i = end_of_block; i < received.size(); ++i) right += received[i] == original[i];
  EXPECT_LT(right, 40u);  // by chance 12 of 3072
}

}  // namespace
}  // namespace mps::test
