// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstring>
#include <memory>
#include <random>

#include "bench/contestant.h"
#include "core/scramble/mps_codecs.h"

namespace mps::bench {
namespace {

constexpr std::size_t slow_limit = 64 * 1024;

mps_state start_state() {
  const std::uint8_t key[MPS_KEY_SIZE] = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};
  mps_state state;
  mps_state_init(&state, key, sizeof(key));
  return state;
}

// Against the straightforward form, the register afterwards included. That form is checked against the
// vectors.
bool agrees_with_straight(mps_codec_fn* tested, mps_codec_fn* straight, std::size_t size, bool in_place) {
  const Bytes in = message(size);
  Bytes want(size), got = in;
  mps_state want_state = start_state(), got_state = start_state();
  straight(&want_state, want.data(), in.data(), size);
  tested(&got_state, got.data(), in_place ? got.data() : in.data(), size);
  return mps_scramble_self_test() && got == want && got_state.sum == want_state.sum &&
         std::equal(std::begin(got_state.window), std::end(got_state.window), std::begin(want_state.window));
}

Contestant codec_contestant(const mps_codec& codec, bool descramble, bool in_place) {
  mps_codec_fn* tested = descramble ? codec.descramble : codec.scramble;
  mps_codec_fn* straight = descramble ? mps_descramble_straight : mps_scramble_straight;
  Contestant one;
  one.name = codec.name;
  one.direction = descramble ? "descramble" : "scramble";
  one.in_place = in_place;
  if (one.name == "straight") {
    one.paper_us = 950;
    one.largest = slow_limit;
  }
  if (one.name == "revised") one.paper_us = 35.2;
  // The register goes on from call to call, as in a connection.
  one.work = [tested, state = std::make_shared<mps_state>(start_state())](auto out, auto in) {
    tested(state.get(), out.data(), in.data(), in.size());
  };
  one.right = [=](std::size_t size) { return agrees_with_straight(tested, straight, size, in_place); };
  return one;
}

Contestant memcpy_contestant() {
  Contestant one;
  one.name = "memcpy";
  one.direction = "copy";
  one.work = [](auto out, auto in) {
    std::memcpy(out.data(), in.data(), in.size());
    asm volatile(""
                 :
                 : "r"(out.data())
                 : "memory");  // nobody reads the copy, and it must be made all the same
  };
  one.right = [](std::size_t) { return true; };
  return one;
}

}  // namespace

Bytes message(std::size_t size) {
  std::minstd_rand random(1);
  Bytes bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random() >> 8); });
  return bytes;
}

Field codec_contestants() {
  Field field;
  mps_size count;
  const mps_codec* all = mps_codecs(&count);
  for (const mps_codec& codec : std::span(all, count)) {
    if (!codec.supported()) {
      field.absent.push_back({codec.name, "this processor has no such unit"});
      continue;
    }
    for (bool in_place : {false, true}) {
      for (bool descramble : {false, true}) {
        field.contestants.push_back(codec_contestant(codec, descramble, in_place));
      }
    }
  }
  field.contestants.push_back(memcpy_contestant());
  return field;
}

}  // namespace mps::bench
