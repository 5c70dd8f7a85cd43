// SPDX-License-Identifier: GPL-2.0-or-later
/// Every implementation of the codec against the known answers, the paper's own code, and the definition.
#include "core/scramble/mps_scramble.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "core/secrets/keys.h"
#include "tests/reference/definition.h"
#include "tests/reference/figure14.h"
#include "tests/support/codec_samples.h"
#include "tests/support/codec_table.h"

namespace mps::test {
namespace {

mps_state state_of(std::span<const std::uint8_t> key) {
  mps_state state;
  mps_state_init(&state, key.data(), key.size());
  return state;
}

Bytes window_of(const mps_state& state) {
  return {state.window, state.window + MPS_WINDOW};
}

void expect_same_state(const mps_state& a, const mps_state& b) {
  EXPECT_EQ(to_hex(a.window), to_hex(b.window));
  EXPECT_EQ(a.sum, b.sum);
}

Bytes random_bytes(std::size_t size, std::mt19937& random) {
  Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

Bytes run(mps_codec_fn* codec, mps_state& state, std::span<const std::uint8_t> in) {
  Bytes out(in.size());
  codec(&state, out.data(), in.data(), in.size());
  return out;
}

/// The paper's code as a pair of peers: what one sends the other receives.
struct Figure14 {
  explicit Figure14(const Bytes& key) { figure14_start(&control, key.data(), key.data()); }

  Bytes scrambled(Bytes data) {
    if (control.sFirst) scramble_init(&sock);
    scramble(&sock, data.data(), data.size());
    return data;
  }
  Bytes descrambled(Bytes data) {
    if (control.rFirst) descramble_init(&sock);
    descramble(&sock, data.data(), data.size());
    return data;
  }

  mptcp_cb control;
  tcp_sock sock{&control};
};

/// Bytes between two guards at any alignment; the guards must survive.
class Guarded {
 public:
  Guarded(std::size_t size, std::size_t misalignment) : size_(size), at_(guard + misalignment) {
    buffer_.assign(at_ + size + guard, fill);
  }
  std::uint8_t* data() { return buffer_.data() + at_; }
  bool is_intact() const {
    for (std::size_t i = 0; i < buffer_.size(); ++i)
      if ((i < at_ || i >= at_ + size_) && buffer_[i] != fill) return false;
    return true;
  }

 private:
  static constexpr std::size_t guard = 64;
  static constexpr std::uint8_t fill = 0x5c;
  std::size_t size_, at_;
  Bytes buffer_;
};

// ---- the references themselves

TEST(Definition, WindowOfFour) {
  const Bytes reg = initial_register(4, hex("0102"));
  EXPECT_EQ(to_hex(reg), "00000102");
  EXPECT_EQ(to_hex(scramble_by_definition(reg, text("ABCDEFGH"))), "4200430641464348");
  EXPECT_EQ(descramble_by_definition(reg, hex("4200430641464348")), text("ABCDEFGH"));
}

TEST(Definition, KnownAnswers) {
  const Bytes reg = initial_register(64, sample_key);
  EXPECT_EQ(to_hex(scramble_by_definition(reg, letters)), to_hex(letters_scrambled));
  EXPECT_EQ(to_hex(scramble_by_definition(reg, zeros)), to_hex(zeros_scrambled));
  EXPECT_EQ(to_hex(scramble_by_definition(reg, request)), to_hex(request_scrambled));
}

TEST(Figure14, KnownAnswers) {
  EXPECT_EQ(Figure14(sample_key).scrambled(letters), letters_scrambled);
  EXPECT_EQ(Figure14(sample_key).scrambled(zeros), zeros_scrambled);
  EXPECT_EQ(Figure14(sample_key).scrambled(request), request_scrambled);
  EXPECT_EQ(Figure14(sample_key).descrambled(request_scrambled), request);
}

TEST(Figure14, IsTheDefinition) {
  std::mt19937 random(14);
  for (int round = 0; round < 50; ++round) {
    const Bytes key = random_bytes(8, random), original = random_bytes(random() % 500, random);
    const Bytes reg = initial_register(64, key);
    const Bytes scrambled = Figure14(key).scrambled(original);
    EXPECT_EQ(scrambled, scramble_by_definition(reg, original));
    EXPECT_EQ(Figure14(key).descrambled(scrambled), original);
    EXPECT_EQ(descramble_by_definition(reg, scrambled), original);
  }
}

// ---- the state

TEST(State, InitialRegister) {
  for (const std::size_t size : {0, 1, 8, 20, 32, 63, 64, 65, 100}) {
    std::mt19937 random(static_cast<unsigned>(size));
    const Bytes key = random_bytes(size, random);
    const mps_state state = state_of(key);
    EXPECT_EQ(window_of(state), initial_register(64, key)) << size;
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : state.window) sum ^= byte;
    EXPECT_EQ(state.sum, sum);
  }
  EXPECT_EQ(state_of(sample_key).sum, 0x08);
}

TEST(State, SkipIsScrambleWithoutOutput) {
  std::mt19937 random(65);
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes original = random_bytes(size, random);
    mps_state scrambled = state_of(sample_key), skipped = scrambled;
    run(mps_scramble_straight, scrambled, original);
    mps_state_skip(&skipped, original.data(), size);
    expect_same_state(scrambled, skipped);
  }
}

// ---- every implementation

class EveryCodec : public testing::TestWithParam<mps_codec> {
 protected:
  void SetUp() override {
    if (!GetParam().supported()) GTEST_SKIP() << "this processor has no " << GetParam().name;
  }
  Bytes scrambled(std::span<const std::uint8_t> key, std::span<const std::uint8_t> original) {
    mps_state state = state_of(key);
    return run(GetParam().scramble, state, original);
  }
  Bytes descrambled(std::span<const std::uint8_t> key, std::span<const std::uint8_t> bytes) {
    mps_state state = state_of(key);
    return run(GetParam().descramble, state, bytes);
  }
};

TEST_P(EveryCodec, KnownAnswers) {
  EXPECT_EQ(to_hex(scrambled(sample_key, letters)), to_hex(letters_scrambled));
  EXPECT_EQ(to_hex(scrambled(sample_key, zeros)), to_hex(zeros_scrambled));
  EXPECT_EQ(to_hex(scrambled(sample_key, request)), to_hex(request_scrambled));
  EXPECT_EQ(descrambled(sample_key, letters_scrambled), letters);
  EXPECT_EQ(descrambled(sample_key, zeros_scrambled), zeros);
  EXPECT_EQ(descrambled(sample_key, request_scrambled), request);
}

TEST_P(EveryCodec, KnownAnswerOfFourKilobytes) {
  const Bytes s = scrambled(sample_key, parabola());
  Sha256 hash;
  hash.update(s);
  EXPECT_EQ(hash.hex(), parabola_scrambled_sha256);
  EXPECT_EQ(to_hex(std::span(s).subspan(1400, 16)), to_hex(parabola_scrambled_1400));
  EXPECT_EQ(descrambled(sample_key, s), parabola());
}

TEST_P(EveryCodec, KeyOrderShowsFromByte57On) {
  const Bytes s = scrambled(sample_key_reversed, request);
  EXPECT_EQ(to_hex(std::span(s).first(57)), to_hex(std::span(request_scrambled).first(57)));
  EXPECT_NE(s[57], request_scrambled[57]);
  EXPECT_EQ(to_hex(std::span(s).subspan(56, 16)), to_hex(request_scrambled_reversed_56));
  EXPECT_EQ(descrambled(sample_key_reversed, s), request);
}

TEST_P(EveryCodec, EveryRegisterThatAKeyCanGive) {
  Key key;
  std::copy(sample_key.begin(), sample_key.end(), key.begin());
  for (const auto init : {InitialRegister::key, InitialRegister::hmac})
    for (const auto order : {KeyOrder::wire, KeyOrder::host})
      for (const auto hash : {KeyHash::sha1, KeyHash::sha256}) {
        const Bytes bytes = register_bytes(key, init, order, hash);
        const Bytes s = scrambled(bytes, parabola());
        EXPECT_EQ(s, scramble_by_definition(initial_register(64, bytes), parabola()));
        EXPECT_EQ(descrambled(bytes, s), parabola());
      }
}

/// Lengths 0..300, cut into two calls at every place; in place and not, at changing alignments; the state
/// too.
TEST_P(EveryCodec, IsFigure14AtEverySplit) {
  std::mt19937 random(300);
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes key = random_bytes(8, random), original = random_bytes(size, random);
    const Bytes expected = Figure14(key).scrambled(original);
    mps_state end = state_of(key);
    mps_state_skip(&end, original.data(), size);
    for (std::size_t split = 0; split <= size; ++split) {
      for (const bool forward : {true, false}) {
        mps_codec_fn* const codec = forward ? GetParam().scramble : GetParam().descramble;
        const Bytes& in = forward ? original : expected;
        const Bytes& want = forward ? expected : original;
        mps_state apart = state_of(key), in_place = apart;
        Guarded source(size, random() % 64), target(size, random() % 64);
        std::copy(in.begin(), in.end(), source.data());
        codec(&apart, target.data(), source.data(), split);
        codec(&apart, target.data() + split, source.data() + split, size - split);
        codec(&in_place, source.data(), source.data(), split);
        codec(&in_place, source.data() + split, source.data() + split, size - split);
        const bool right = std::equal(want.begin(), want.end(), target.data()) &&
                           std::equal(want.begin(), want.end(), source.data()) &&
                           std::memcmp(&apart, &end, sizeof(end)) == 0 &&
                           std::memcmp(&in_place, &end, sizeof(end)) == 0 && source.is_intact() &&
                           target.is_intact();
        ASSERT_TRUE(right) << (forward ? "scramble" : "descramble") << " of " << size << " split at "
                           << split;
      }
    }
  }
}

TEST_P(EveryCodec, LongStreamsInRandomPieces) {
  std::mt19937 random(4096);
  const Bytes original = random_bytes(150000, random);
  const Bytes expected = Figure14(sample_key).scrambled(original);
  for (int round = 0; round < 10; ++round) {
    for (const bool forward : {true, false}) {
      mps_state state = state_of(sample_key);
      Bytes bytes = forward ? original : expected;
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t piece = std::min<std::size_t>(random() % 5000, bytes.size() - at);
        (forward ? GetParam().scramble : GetParam().descramble)(&state, bytes.data() + at, bytes.data() + at,
                                                                piece);
        at += piece;
      }
      ASSERT_TRUE(bytes == (forward ? expected : original)) << round;
    }
  }
}

/// Both directions leave the same register behind, so that one may take over from the other at any byte.
TEST_P(EveryCodec, DirectionsMayAlternate) {
  std::mt19937 random(2);
  const Bytes original = random_bytes(2000, random);
  const Bytes expected = Figure14(sample_key).scrambled(original);
  mps_state state = state_of(sample_key);
  for (std::size_t at = 0, piece; at < original.size(); at += piece) {
    piece = std::min<std::size_t>(random() % 150, original.size() - at);
    const bool forward = random() % 2;
    const auto in = std::span(forward ? original : expected).subspan(at, piece);
    const auto want = std::span(forward ? expected : original).subspan(at, piece);
    EXPECT_EQ(to_hex(run(forward ? GetParam().scramble : GetParam().descramble, state, in)), to_hex(want));
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::ValuesIn(codec_table()),
                         [](const auto& codec) { return std::string(codec.param.name); });

}  // namespace
}  // namespace mps::test
