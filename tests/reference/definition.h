// SPDX-License-Identifier: GPL-2.0-or-later
/// The scheme as the paper's figures 9 and 10 define it, for a window of any size W and any initial register:
/// S[i] = b[i] ^ (b[i-1] ^ ... ^ b[i-W]). One loop in another; nothing is carried along.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mps::test {

/// b[-W..-1]: zeros, then the last W bytes of `key`.
inline std::vector<std::uint8_t> initial_register(std::size_t window, std::span<const std::uint8_t> key) {
  std::vector<std::uint8_t> out(window, 0);
  for (std::size_t i = 1; i <= window && i <= key.size(); ++i) out[window - i] = key[key.size() - i];
  return out;
}

inline std::vector<std::uint8_t> scramble_by_definition(std::vector<std::uint8_t> reg,
                                                        std::span<const std::uint8_t> original) {
  const std::size_t window = reg.size();
  std::vector<std::uint8_t>& b = reg;
  b.insert(b.end(), original.begin(), original.end());
  std::vector<std::uint8_t> scrambled;
  for (std::size_t i = window; i < b.size(); ++i) {
    std::uint8_t sum = b[i];
    for (std::size_t back = 1; back <= window; ++back) sum ^= b[i - back];
    scrambled.push_back(sum);
  }
  return scrambled;
}

inline std::vector<std::uint8_t> descramble_by_definition(std::vector<std::uint8_t> reg,
                                                          std::span<const std::uint8_t> scrambled) {
  const std::size_t window = reg.size();
  std::vector<std::uint8_t>& b = reg;
  for (const std::uint8_t s : scrambled) {
    std::uint8_t sum = s;
    for (std::size_t back = 1; back <= window; ++back) sum ^= b[b.size() - back];
    b.push_back(sum);
  }
  return {b.begin() + static_cast<std::ptrdiff_t>(window), b.end()};
}

}  // namespace mps::test
