// SPDX-License-Identifier: GPL-2.0-or-later
/// Attacks of an analyst who has wire bytes, knows the scheme and a language, and has no key. All schemes
/// here that only XOR leave the same problem behind, text under a pad that is used again: the scrambler with
/// a period of 65 (core/leak's attack), chaining with a period of L, and network coding with a period of a
/// whole segment, twice.
///
/// Results are guesses. Nothing here looks at the plaintext; core/lab/report.h scores guesses against it.
#pragma once

#include <span>
#include <vector>

#include "core/lab/scheme.h"

namespace mps::lab {

/// The attack of core/leak on the seen runs of a scrambled lane. Bytes that are determined exactly help it.
AttackResult attack_scrambled(std::span<const std::uint8_t> lane, const Intervals& seen,
                              const ExactView& exact, const Agreement& agreement, Models models,
                              const AttackLimits& limits);

/// Runs of C[i] = b[i] ^ b[i-L].
AttackResult attack_chained(std::span<const std::uint8_t> lane, const Intervals& seen, std::uint32_t block,
                            const ExactView& exact, const Agreement& agreement, Models models,
                            const AttackLimits& limits);

/// Two stretches of one stream, b right behind a, of which only the XOR is seen; the shorter one filled up.
struct MixedPair {
  Interval a, b;
  std::span<const std::uint8_t> mixed;  ///< as long as the longer of both
};
AttackResult attack_mixed_pairs(std::span<const MixedPair> pairs, Models models, const AttackLimits& limits);

}  // namespace mps::lab
