// SPDX-License-Identifier: GPL-2.0-or-later
/// Arithmetic in GF(256), polynomials modulo x^8 + x^4 + x^3 + x + 1 (the field of AES). Addition is XOR.
/// Table look-ups: not for secrets on a machine that an attacker shares.
#pragma once

#include <array>
#include <cstdint>

namespace mps::lab {

struct Gf256Tables {
  std::array<std::uint8_t, 510> power{};  ///< of the generator 3, twice round
  std::array<unsigned, 256> logarithm{};

  constexpr Gf256Tables() {
    unsigned value = 1;
    for (unsigned k = 0; k < 255; ++k) {
      power[k] = power[k + 255] = static_cast<std::uint8_t>(value);
      logarithm[value] = k;
      value ^= value << 1;  // times 3 = times x, plus once
      if (value & 0x100) value ^= 0x11b;
    }
  }
};
inline constexpr Gf256Tables gf256_tables;

constexpr std::uint8_t gf256_multiply(std::uint8_t a, std::uint8_t b) {
  const auto& t = gf256_tables;
  return a && b ? t.power[t.logarithm[a] + t.logarithm[b]] : std::uint8_t{0};
}

/// Precondition: b != 0.
constexpr std::uint8_t gf256_divide(std::uint8_t a, std::uint8_t b) {
  const auto& t = gf256_tables;
  return a ? t.power[255 + t.logarithm[a] - t.logarithm[b]] : std::uint8_t{0};
}

}  // namespace mps::lab
