// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/stream_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/reference/hardened_twin.h"
#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

struct Coded {
  Connection connection;
  Bytes plain, wire;
};

Coded coded(const Bytes& plain, InitialRegister init, KeyOrder order, KeyHash hash) {
  Coded out;
  out.plain = plain;
  out.connection.scrambled = true;
  out.connection.hash = hash;
  out.connection.keys[0] = Key{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};
  out.connection.keys[1] = Key{1, 2, 3, 4, 5, 6, 7, 9};
  mps_state state = initial_state(out.connection, c2s, init, order);
  out.wire = plain;
  mps_scramble(&state, out.wire.data(), out.wire.data(), out.wire.size());
  return out;
}

Bytes decode(const Coded& c, const RegisterChoice& choice, std::size_t step,
             std::optional<KeyOrder>* order = nullptr) {
  StreamDecoder decoder(c.connection, c2s, choice);
  std::vector<std::uint8_t> scratch;
  Bytes out;
  const auto take = [&](std::span<const std::uint8_t> part) {
    out.insert(out.end(), part.begin(), part.end());
  };
  for (std::size_t at = 0; at < c.wire.size(); at += step)
    take(decoder.feed(std::span(c.wire).subspan(at, std::min(step, c.wire.size() - at)), scratch));
  take(decoder.flush(scratch));
  if (order) *order = decoder.order();
  return out;
}

Bytes prose(std::size_t size) {
  Bytes out;
  for (int line = 0; out.size() < size; ++line) {
    const Bytes more =
        text("line " + std::to_string(line * 7) + " of the letter: she went down to the harbour again\n");
    out.insert(out.end(), more.begin(), more.end());
  }
  out.resize(size);
  return out;
}

TEST(StreamDecoder, PassesPlainStreamsThrough) {
  Coded c;
  c.wire = c.plain = sample(100);
  EXPECT_EQ(decode(c, {}, 7), c.plain);
}

TEST(StreamDecoder, EveryRegisterAndSplit) {
  for (const auto init : {InitialRegister::key, InitialRegister::hmac})
    for (const auto order : {KeyOrder::wire, KeyOrder::host})
      for (const auto hash : {KeyHash::sha1, KeyHash::sha256}) {
        const Coded c = coded(sample(1000), init, order, hash);
        for (const std::size_t step : {1u, 13u, 64u, 1000u})
          EXPECT_EQ(decode(c, {init, order}, step), c.plain);
      }
}

/// Every scheme decodes again from any place that it passed, without moving.
TEST(StreamDecoder, DecodesAgainFromAPlace) {
  for (const Scheme scheme : all_schemes)
    for (const bool scrambled : {true, false}) {
      Coded c = coded(sample(1000), InitialRegister::key, KeyOrder::wire, KeyHash::sha256);
      c.connection.scheme = scheme;
      c.connection.scrambled = scrambled;
      const KeyPair keys{*c.connection.keys[0], *c.connection.keys[1]};
      if (!scrambled)
        c.wire = c.plain;
      else if (is_hardened(scheme))
        c.wire = reference::hardened_encoded(scheme, {keys, false}, c.plain);
      StreamDecoder decoder(c.connection, c2s, {});
      std::vector<std::uint8_t> scratch;
      decoder.feed(std::span(c.wire).first(333), scratch);
      const StreamDecoder::Place place = decoder.place();
      decoder.feed(std::span(c.wire).subspan(333, 300), scratch);
      Bytes again(100);
      decoder.decode_from(place, std::span(c.wire).subspan(333, 100), again.data());
      EXPECT_TRUE(std::ranges::equal(again, std::span(c.plain).subspan(333, 100)));
      const auto rest = decoder.feed(std::span(c.wire).subspan(633), scratch);
      EXPECT_TRUE(std::ranges::equal(rest, std::span(c.plain).subspan(633)));
    }
}

TEST(StreamDecoder, FindsTheKeyOrder) {
  for (const auto order : {KeyOrder::wire, KeyOrder::host})
    for (const std::size_t size : {300u, 5000u, 40000u}) {
      const Coded c = coded(prose(size), InitialRegister::key, order, KeyHash::sha256);
      std::optional<KeyOrder> found;
      EXPECT_EQ(decode(c, {InitialRegister::key, std::nullopt}, 1000, &found), c.plain) << size;
      EXPECT_EQ(found, order);
    }
}

/// Eight key bytes XOR to the same in any order: a short stream looks the same both ways, and is right both
/// ways.
TEST(StreamDecoder, OrderOfAShortStreamDoesNotMatter) {
  const Coded c = coded(prose(57), InitialRegister::key, KeyOrder::host, KeyHash::sha256);
  EXPECT_EQ(decode(c, {InitialRegister::key, std::nullopt}, 10), c.plain);
}

TEST(StreamDecoder, RegisterIsTheLast64OriginalBytes) {
  const Coded c = coded(sample(500), InitialRegister::key, KeyOrder::wire, KeyHash::sha256);
  StreamDecoder decoder(c.connection, c2s, {});
  std::vector<std::uint8_t> scratch;
  decoder.feed(c.wire, scratch);
  EXPECT_TRUE(
      std::equal(decoder.state().window, decoder.state().window + MPS_WINDOW, c.plain.end() - MPS_WINDOW));
}

}  // namespace
}  // namespace mps::test
