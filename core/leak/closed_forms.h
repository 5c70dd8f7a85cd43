// SPDX-License-Identifier: GPL-2.0-or-later
/// Leakage of the scrambler for the simple cases, as formulas: what one would write on paper about one run, a
/// few runs, or a crib. All results are in bytes (8 bits each, uniform plaintext). The exact engine needs
/// none of them and is tested against all of them; they explain its numbers. Not for runs of at most W bytes
/// that interact across gaps shorter than W: there is no such formula.
#pragma once

#include <cstdint>

#include "core/leak/interval.h"

namespace mps {

/// The code and what the analyst knows of its register.
struct SchemeParameters {
  std::uint32_t window = 64;     ///< W
  std::uint32_t key_length = 8;  ///< KL, at most W
  bool key_known = false;

  std::uint64_t period() const { return std::uint64_t{window} + 1; }
  /// Register bytes that nobody told the analyst.
  std::uint32_t unknown_key_bytes() const { return key_known ? 0 : key_length; }
};

/// Equivocation of one captured run about itself; nothing else is captured.
std::uint64_t run_equivocation(const SchemeParameters& scheme, Interval run);
/// What the run says about itself: its length less the equivocation.
std::uint64_t run_leakage(const SchemeParameters& scheme, Interval run);
/// Equivocation of a run that begins at least W after the start, together with the W bytes before it;
/// any length of at least one byte gives the same.
std::uint64_t region_equivocation(const SchemeParameters& scheme);
/// Equivocation of several runs about themselves. Every run must be longer than W; normalised, at least one.
std::uint64_t runs_equivocation(const SchemeParameters& scheme, const Intervals& runs);
/// What any set of captured positions says about the whole stream. `seen` normalised.
std::uint64_t stream_leakage(const SchemeParameters& scheme, const Intervals& seen);
/// Key bytes that follow once the stream is known: those on which the captured positions depend. `seen`
/// normalised.
std::uint64_t key_bytes_bound(const SchemeParameters& scheme, const Intervals& seen);
/// Equivocation of an interior run longer than W when bytes are known on `residues` different positions
/// modulo W + 1 (in the run, or in the W bytes before it).
std::uint64_t crib_equivocation(const SchemeParameters& scheme, std::uint64_t residues);
/// Determined bytes of a stream captured from its first byte on, `length` bytes, without further knowledge.
std::uint64_t prefix_determined(const SchemeParameters& scheme, std::uint64_t length);

}  // namespace mps
