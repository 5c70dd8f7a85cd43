// SPDX-License-Identifier: GPL-2.0-or-later
/// Laws of the codec, for every implementation and any state, stream and split.
#include <gtest/gtest.h>
#include <rapidcheck.h>

// After gtest, which it relies on without including it.
#include <rapidcheck/gtest.h>

#include "tests/reference/definition.h"
#include "tests/support/codec_table.h"
#include "tests/support/hex.h"

namespace mps::test {
namespace {

mps_state state_of(const Bytes& key) {
  mps_state state;
  mps_state_init(&state, key.data(), key.size());
  return state;
}

/// Any state that a stream can reach is some 64 bytes and their XOR.
mps_state any_state() {
  return state_of(*rc::gen::container<Bytes>(MPS_WINDOW, rc::gen::arbitrary<std::uint8_t>()));
}

bool same(const mps_state& a, const mps_state& b) {
  return a.sum == b.sum && std::equal(a.window, a.window + MPS_WINDOW, b.window);
}

/// Longer than rapidcheck would draw by itself, and then with all block sizes of the vector units in reach.
Bytes any_stream() {
  const auto size = *rc::gen::inRange<std::size_t>(0, 3000);
  return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

std::vector<mps_codec> runnable() {
  std::vector<mps_codec> table = codec_table();
  std::erase_if(table, [](const mps_codec& codec) { return !codec.supported(); });
  return table;
}

mps_codec any_codec() {
  const mps_codec codec = *rc::gen::elementOf(runnable());
  RC_TAG(std::string(codec.name));
  return codec;
}

Bytes whole(mps_codec_fn* codec, mps_state& state, const Bytes& in) {
  Bytes out(in.size());
  codec(&state, out.data(), in.data(), in.size());
  return out;
}

/// In place, in pieces of any sizes (empty ones too), the last of which is what remains.
Bytes in_pieces(mps_codec_fn* codec, mps_state& state, Bytes bytes) {
  std::size_t at = 0;
  for (const std::size_t drawn :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 300))) {
    const std::size_t piece = std::min(drawn, bytes.size() - at);
    codec(&state, bytes.data() + at, bytes.data() + at, piece);
    at += piece;
  }
  codec(&state, bytes.data() + at, bytes.data() + at, bytes.size() - at);
  return bytes;
}

RC_GTEST_PROP(CodecProperty, DescramblingUndoesScrambling, ()) {
  const mps_codec encoder = any_codec(), decoder = any_codec();
  mps_state sender = any_state(), receiver = sender;
  const Bytes original = any_stream();
  RC_ASSERT(whole(decoder.descramble, receiver, whole(encoder.scramble, sender, original)) == original);
  RC_ASSERT(same(sender, receiver));
}

/// Every byte string is the scrambled form of exactly one other: there is nothing to reject.
RC_GTEST_PROP(CodecProperty, ScramblingUndoesDescrambling, ()) {
  const mps_codec encoder = any_codec(), decoder = any_codec();
  mps_state sender = any_state(), receiver = sender;
  const Bytes wire = any_stream();
  RC_ASSERT(whole(encoder.scramble, sender, whole(decoder.descramble, receiver, wire)) == wire);
  RC_ASSERT(same(sender, receiver));
}

RC_GTEST_PROP(CodecProperty, SplitsDoNotMatter, ()) {
  const mps_codec codec = any_codec();
  mps_state once = any_state(), pieces = once;
  const Bytes in = any_stream();
  const bool forward = *rc::gen::arbitrary<bool>();
  mps_codec_fn* const function = forward ? codec.scramble : codec.descramble;
  RC_ASSERT(whole(function, once, in) == in_pieces(function, pieces, in));
  RC_ASSERT(same(once, pieces));
}

RC_GTEST_PROP(CodecProperty, IsTheDefinition, ()) {
  const mps_codec codec = any_codec();
  const auto key = *rc::gen::arbitrary<Bytes>();
  const Bytes original = any_stream();
  mps_state state = state_of(key);
  RC_ASSERT(whole(codec.scramble, state, original) ==
            scramble_by_definition(initial_register(MPS_WINDOW, key), original));
}

/// The codec is linear over XOR, which is why it hides nothing from someone who knows enough of the
/// plaintext.
RC_GTEST_PROP(CodecProperty, IsLinear, ()) {
  const mps_codec codec = any_codec();
  const Bytes a = any_stream();
  const auto b = *rc::gen::container<Bytes>(a.size(), rc::gen::arbitrary<std::uint8_t>());
  mps_state state_a = any_state(), state_b = any_state(), state_sum;
  Bytes sum(a.size()), window(MPS_WINDOW);
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] = a[i] ^ b[i];
  for (std::size_t i = 0; i < MPS_WINDOW; ++i) window[i] = state_a.window[i] ^ state_b.window[i];
  state_sum = state_of(window);
  const Bytes of_a = whole(codec.scramble, state_a, a), of_b = whole(codec.scramble, state_b, b);
  const Bytes of_sum = whole(codec.scramble, state_sum, sum);
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(of_sum[i] == (of_a[i] ^ of_b[i]));
}

/// After 65 bytes the initial register no longer matters but for what the original bytes carry on.
RC_GTEST_PROP(CodecProperty, RegisterIsForgottenAfterTheWindow, ()) {
  const mps_codec codec = any_codec();
  mps_state one = any_state(), other = any_state();
  const Bytes original = any_stream();
  const Bytes from_one = whole(codec.scramble, one, original),
              from_other = whole(codec.scramble, other, original);
  if (original.size() >= MPS_WINDOW) {
    RC_ASSERT(same(one, other));
    RC_ASSERT(std::equal(from_one.begin() + MPS_WINDOW, from_one.end(), from_other.begin() + MPS_WINDOW));
  }
}

}  // namespace
}  // namespace mps::test
