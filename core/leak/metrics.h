// SPDX-License-Identifier: GPL-2.0-or-later
/// Metrics of an attack: unicity (M4), recovered bytes (M5), zero-work leak (M7). M1 to M3 are
/// exact_engine.h's and are never added to these; M6 and M8 are in statistics.h.
///
/// Truth means the original bytes, known only where all paths and the key were captured. Without it there is
/// nothing but "accepted".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/leak/attack.h"
#include "core/leak/proportion.h"

namespace mps {

/// M4: how far a run is beyond the length at which only one text of entropy h fits. A bound, not an attack;
/// the h of a model is above the content's own.
struct UnicityMargin {
  double bits = 0;    ///< 8n - h(n + 64); negative: several texts fit
  double length = 0;  ///< n* = 64h / (8 - h); infinite for h >= 8
};
UnicityMargin unicity_margin(std::size_t run_size, double bits_per_byte);

/// M5: recovered against truth, over the runs that the attack attempted.
struct RecoveryScore {
  std::size_t runs = 0;
  std::size_t bytes = 0;  ///< seen bytes of these runs
  std::size_t bytes_right = 0;
  /// The same of the bytes that the attack accepts; what is left of both are mere guesses.
  std::size_t accepted_bytes = 0;
  std::size_t accepted_bytes_right = 0;
  std::size_t before_bytes = 0;  ///< unseen bytes before, where the truth has them
  std::size_t before_right = 0;
  double mean = 0;  ///< share of right bytes, over runs
  double median = 0;
  double least = 0;
  Proportion opened;          ///< runs with >= 99 % of the seen bytes right
  Proportion accepted;        ///< runs that the attack accepts whole, whatever the truth
  Proportion accepted_right;  ///< accepted runs with >= 99 % right: how far "accepted" can be trusted

  std::size_t guessed_bytes() const { return bytes - accepted_bytes; }
  std::size_t guessed_bytes_right() const { return bytes_right - accepted_bytes_right; }
};

/// truth[k] holds the original bytes of results[k]'s region [a-64, a+n), or of the run [a, a+n) alone; an
/// entry of any other size is left out of the score.
RecoveryScore score_recovery(std::span<const RunRecovery> results,
                             std::span<const std::span<const std::uint8_t>> truth);

/// What can be said without truth.
struct RecoveryClaim {
  std::size_t runs = 0;
  std::size_t runs_accepted = 0;
  std::size_t runs_in_part = 0;  ///< accepted, but for columns in doubt
  std::size_t bytes = 0;
  std::size_t bytes_accepted = 0;  ///< inferred, unverified; all others are mere guesses
  double expected_right = 0;       ///< of them, by the model's own confidence; optimistic
};
RecoveryClaim claim_recovery(std::span<const RunRecovery> results);

/// M7: what is legible without any work. Columns, not bytes, are independent: the interval is over the 65
/// columns.
struct ZeroWorkLeak {
  std::size_t bytes = 0;
  double equal_rate = 0;  ///< S[i] == b[i]; 1/256 by chance
  double equal_low = 0;   ///< 95 %, by the scatter of the columns
  double equal_high = 1;
  double naive_rate = 0;     ///< bytes right after descrambling from a register of zeros
  Proportion naive_columns;  ///< columns all right after that
};
/// Run and truth are of the same size, else the result is empty.
ZeroWorkLeak zero_work_leak(std::span<const std::uint8_t> run, std::span<const std::uint8_t> truth);

}  // namespace mps
