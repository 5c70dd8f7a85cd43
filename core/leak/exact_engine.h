// SPDX-License-Identifier: GPL-2.0-or-later
/// What exact (linear) decoding gets out of a partial capture of one direction, and how much the capture
/// tells at all.
///
/// With P[i] the XOR of all original bytes up to i, each captured byte says S[i] = P[i] ^ P[i-W-1] and each
/// original byte is b[i] = P[i] ^ P[i-1] (Kato et al. 2018, figures 9 and 10, rewritten). Observations are
/// thus edges of a graph; b[i] is determined exactly when P[i-1] and P[i] are connected, and under uniform
/// plaintext it is uniform otherwise. One pass builds the graph, a second one reads it. On a complete capture
/// with a key this is the descrambler; under loss it gives every byte that follows from what was captured,
/// and no other.
///
/// Not an attack: no assumption about the content is made. Zero determined bytes are not secrecy; the
/// equivocation here is for plaintext without any redundancy, and real plaintext is not that.
///
/// Cost: time linear in the captured bytes, or without bytes in (number of intervals) * W, whatever their
/// lengths. Memory: W + the unseen bytes since the last unseen stretch longer than W, the intervals, and the
/// result. Thread safety: a call shares nothing with another call but its arguments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/determined.h"
#include "core/leak/interval.h"
#include "core/leak/known_bytes.h"
#include "core/leak/seen_source.h"

namespace mps {

/// The W register bytes that stand before the first position of a problem: zeros, then `key_length` others.
struct StartRegister {
  std::uint32_t key_length = 8;  ///< 0..W; these bytes end the register
  bool key_known = false;
  std::vector<std::uint8_t>
      key;  ///< key_length bytes if known; may be left out when the problem has no bytes at all

  /// The stream's beginning: zeros and a key nobody knows.
  static StartRegister unknown_key(std::uint32_t key_length = 8);
  /// The stream's beginning with its key (raw key or HMAC bytes).
  static StartRegister with_key(std::span<const std::uint8_t> key);
  /// As with_key, without values.
  static StartRegister with_some_key(std::uint32_t key_length = 8);
  /// Anywhere in the stream: nothing known about the W bytes before.
  static StartRegister interior(std::uint32_t window = 64);
  /// Anywhere in the stream, the W original bytes before being known: a descrambler's register, oldest byte
  /// first.
  static StartRegister resumed(std::span<const std::uint8_t> register_bytes);
};

/// A set of positions about which the engine says how much is known. Clipped to the problem's range.
struct Target {
  enum class Kind : std::uint8_t {
    seen,                    ///< the captured positions
    seen_and_window_before,  ///< and the W positions before each captured run
    whole,                   ///< the problem's whole range
    ranges,                  ///< `ranges`, in any order, may overlap
  };
  Kind kind = Kind::seen;
  Intervals ranges;
};

struct ExactProblem {
  std::uint32_t window = 64;  ///< W, 1..65535
  StartRegister start;        ///< stands before range.begin
  Interval range;             ///< stream positions considered; captured pieces and cribs must lie inside
  const KnownBytes* known = nullptr;  ///< optional; must outlive the call
  std::vector<Target> targets;        ///< at most 32
  bool summarise_runs = true;         ///< ExactResult::runs is wanted: 32 bytes and a sort of 66 for each
};

/// Receives determined original bytes in stream order; a byte is delivered once. Known plaintext is delivered
/// too.
class ExactSink {
 public:
  virtual ~ExactSink() = default;
  virtual void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) = 0;
};

/// Uncertainty about a target, in bits; 8 per byte, since all bit lanes obey the same equations.
struct TargetLeakage {
  std::uint64_t prior_bits = 0;  ///< before the capture, given key (if known), zeros and known plaintext
  std::uint64_t equivocation_bits = 0;  ///< after the capture
  std::uint64_t leak_bits() const { return prior_bits - equivocation_bits; }
};

/// A maximal captured interval.
struct RunSummary {
  Interval where;
  std::uint32_t columns = 0;       ///< min(length, W + 1): positions that do not repeat one another
  std::uint32_t columns_open = 0;  ///< how many of them are determined
  std::uint32_t bytes_to_open =
      0;  ///< right bytes that must be learnt to determine the whole run: its equivocation
};

struct ExactResult {
  DeterminedSet determined;  ///< known plaintext included
  std::uint64_t seen_count = 0;
  std::uint64_t known_count = 0;            ///< positions of known plaintext
  std::uint64_t determined_seen_count = 0;  ///< of the captured positions
  std::uint64_t independent_equations = 0;  ///< captured bytes that add to zeros, key and known plaintext
  std::uint64_t redundant_equations = 0;    ///< captured bytes that only check them
  std::uint64_t checks_passed = 0;          ///< redundant equations that hold; 0 when there are no bytes
  std::uint64_t checks_failed = 0;          ///< those that do not, and positions where cribs disagree
  Intervals failed_checks;             ///< where; a wrong crib byte fails each check with probability 255/256
  std::vector<TargetLeakage> targets;  ///< in the order of the problem's targets
  std::vector<RunSummary> runs;        ///< in stream order; empty unless wanted
  std::uint64_t key_equivocation_bits = 0;  ///< of the start register's key bytes
  std::vector<bool> key_determined;         ///< one per key byte
  std::vector<std::uint8_t> key;            ///< values where determined, 0 elsewhere; empty without bytes
};

/// Solves the problem. `sink` may be null; it is not called when `seen` has no bytes.
/// Errors (one line of text): a field out of its range, pieces unordered or out of range, values missing
/// although `seen` has bytes, more than 2^31 unknowns that hang together. Contradictory cribs are no error:
/// they are counted, and the equation that came first in the stream stays in force.
tl::expected<ExactResult, std::string> solve_exactly(const ExactProblem& problem, SeenSource& seen,
                                                     ExactSink* sink = nullptr);

}  // namespace mps
