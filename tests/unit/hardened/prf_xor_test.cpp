// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/prf_xor.h"

#include <gtest/gtest.h>

#include "tests/support/codec_samples.h"
#include "tests/support/hardened_samples.h"

namespace mps::test {
namespace {

Bytes coded(const StreamKeys& stream, std::uint64_t offset, const Bytes& in) {
  PrfXor codec(stream);
  Bytes out(in.size());
  codec.apply(offset, in, out.data());
  return out;
}

TEST(PrfXor, GivesTheKnownAnswers) {
  EXPECT_EQ(to_hex(coded(initiator_sends, 0, request)), reference::h1_request);
  EXPECT_EQ(to_hex(coded(listener_sends, 0, request)), reference::h1_request_of_listener);
  Sha256 hash;
  hash.update(coded(initiator_sends, 0, parabola()));
  EXPECT_EQ(hash.hex(), reference::h1_parabola_sha256);
}

TEST(PrfXor, CountsBlocksBeyond32Bits) {
  EXPECT_EQ(to_hex(coded(initiator_sends, reference::far_offset, request)), reference::h1_far_request);
}

TEST(PrfXor, UndoesItself) {
  EXPECT_EQ(coded(initiator_sends, 0, coded(initiator_sends, 0, parabola())), parabola());
}

TEST(PrfXor, WorksInPlace) {
  PrfXor codec(initiator_sends);
  Bytes bytes = request;
  codec.apply(0, bytes, bytes.data());
  EXPECT_EQ(to_hex(bytes), reference::h1_request);
}

TEST(PrfXor, StartsAnywhere) {
  const Bytes plain = parabola();
  const Bytes whole = coded(initiator_sends, 0, plain);
  PrfXor codec(initiator_sends);
  for (const std::size_t at : {64u, 1u, 63u, 65u, 4095u, 0u, 2048u}) {
    std::uint8_t byte = 0;
    codec.apply(at, std::span(plain).subspan(at, 1), &byte);
    EXPECT_EQ(byte, whole[at]) << at;
  }
}

TEST(PrfXor, AnEmptyPieceMovesNothing) {
  PrfXor codec(initiator_sends);
  codec.apply(1000, {}, nullptr);
  Bytes out(request.size());
  codec.apply(0, request, out.data());
  EXPECT_EQ(to_hex(out), reference::h1_request);
}

/// A retransmission repeats the same bytes; nothing else may repeat.
TEST(PrfXor, NoTwoDirectionsAndKeysShareAKeystream) {
  const Bytes zeros(64);
  StreamKeys swapped = initiator_sends;
  std::swap(swapped.keys.initiator, swapped.keys.listener);
  const std::vector<Bytes> streams{coded(initiator_sends, 0, zeros), coded(listener_sends, 0, zeros),
                                   coded(swapped, 0, zeros), coded(initiator_sends, 64, zeros)};
  for (std::size_t a = 0; a < streams.size(); ++a)
    for (std::size_t b = a + 1; b < streams.size(); ++b) EXPECT_NE(streams[a], streams[b]) << a << " " << b;
}

}  // namespace
}  // namespace mps::test
