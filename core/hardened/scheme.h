// SPDX-License-Identifier: GPL-2.0-or-later
/// What may be done to a stream between the application and MPTCP, by the words that all programs use
/// (--scheme): the paper's scrambler, or one of the two hardened codecs of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mps {

enum class Scheme : std::uint8_t {
  paper,  ///< Kato et al. 2018: core/scramble
  h1,     ///< PRF-xor: PrfXor
  h2,     ///< nonlinear ratchet over the plaintext: Ratchet
};
inline constexpr std::array all_schemes{Scheme::paper, Scheme::h1, Scheme::h2};

/// "paper", "h1", "h2".
std::string_view to_string(Scheme scheme);
/// For sentences: "the paper's scrambler", "H1 (PRF-xor)", "H2 (ratchet)".
std::string_view name_of(Scheme scheme);
constexpr bool is_hardened(Scheme scheme) {
  return scheme != Scheme::paper;
}

/// False where this machine's libgcrypt refuses what the scheme is made of, as it does in FIPS mode. No codec
/// of such a scheme may be constructed. Asked once a process.
bool is_available(Scheme scheme);
/// One sentence for whoever meets such a scheme.
inline constexpr std::string_view why_unavailable =
    "libgcrypt runs in FIPS mode and refuses BLAKE2s and ChaCha20, which the hardened schemes are made of";

/// The bit of the MP_CAPABLE flags that announces each scheme, by Scheme; RFC 8684 leaves these unassigned.
struct SchemeFlags {
  std::array<std::uint8_t, all_schemes.size()> bits{0x10, 0x08, 0x04};
  std::uint8_t of(Scheme scheme) const { return bits[static_cast<std::size_t>(scheme)]; }
  void set(Scheme scheme, std::uint8_t bit) { bits[static_cast<std::size_t>(scheme)] = bit; }
};

}  // namespace mps
