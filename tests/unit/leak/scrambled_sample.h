// SPDX-License-Identifier: GPL-2.0-or-later
/// Streams for the tests of core/leak: plaintext, what the scrambler makes of it, and runs cut out of that.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/leak/attack.h"
#include "core/scramble/mps_scramble.h"

namespace mps::test {

using Bytes = std::vector<std::uint8_t>;

inline const Bytes sample_key{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};

/// English prose that no bundled model has seen; installed on every Debian system by base-files. Empty
/// elsewhere.
inline Bytes english_text() {
  std::ifstream in("/usr/share/common-licenses/GPL-3", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random() >> 32);
  return out;
}

inline Bytes scrambled(const Bytes& plain, const Bytes& key = sample_key) {
  mps_state state;
  mps_state_init(&state, key.data(), key.size());
  Bytes out(plain.size());
  mps_scramble(&state, out.data(), plain.data(), plain.size());
  return out;
}

inline ScrambledRun run_at(const Bytes& stream, std::size_t offset, std::size_t size) {
  return {offset, std::span(stream).subspan(offset, size)};
}

inline ScrambledRun run_somewhere(const Bytes& stream, std::size_t offset, std::size_t size) {
  return {std::nullopt, std::span(stream).subspan(offset, size)};
}

/// Share of bytes of `guess` that equal those of `plain` at `offset`.
inline double share_right(std::span<const std::uint8_t> guess, const Bytes& plain, std::size_t offset) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < guess.size(); ++i) right += guess[i] == plain[offset + i];
  return guess.empty() ? 0 : static_cast<double>(right) / static_cast<double>(guess.size());
}

}  // namespace mps::test
