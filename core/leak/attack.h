// SPDX-License-Identifier: GPL-2.0-or-later
/// What a cryptanalyst recovers from scrambled bytes alone: no key, no handshake, only the scheme and a
/// language model (levels L3 and L4). Every result is inferred and unverified, and must never be added to
/// exactly determined bytes.
///
/// The scheme leaves each run a repeating-key XOR of period 65 (pad_problem.h). Runs with fewer than 64
/// unseen bytes between them share columns and are attacked together. No I/O, no clock, no randomness: the
/// same input gives the same result with any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/leak/language_model.h"
#include "core/leak/pad_problem.h"
#include "core/leak/pad_search.h"
#include "core/leak/repeating_areas.h"

namespace mps {

struct AttackOptions {
  std::vector<KnownText> known;       ///< cribs with a place; count only for runs whose offset is known
  std::size_t register_key_size = 8;  ///< unknown bytes of the initial register: 8 key, 20 or 32 HMAC
  unsigned threads = 0;               ///< 0: one per processor
  SearchLimits limits;
  std::stop_token stop;  ///< runs not finished by then are left unattempted
  /// After each run (runs done, runs in all). Called from worker threads, one call at a time.
  std::function<void(std::size_t, std::size_t)> progress;
};

/// Why a run's guess is or is not offered as recovered text.
enum class Verdict : std::uint8_t {
  accepted,       ///< the run reads as text of the model, and every column of it is sure
  partly,         ///< so for most of it; the bytes of columns in doubt are mere guesses
  not_attempted,  ///< empty, or cancelled before it was done
  parity_fails,   ///< the best pad does not have the XOR that the run demands, nor has any that is nearly as
                  ///< good
  unlike_model,   ///< reads worse than text that the model knows
  too_short,      ///< so few bytes for its unknown columns can read well and be wrong
  doubtful,       ///< reads well, but other readings are nearly as good in half of it and more
};
std::string_view to_string(Verdict verdict);

struct RunRecovery {
  std::optional<std::uint64_t> offset;  ///< of the run, as given
  /// Guessed original bytes of [a-64, a+n): 64 that were not seen, then the run's n. Empty if not attempted.
  /// Where the stream offset is below 0 they are the initial register.
  std::vector<std::uint8_t> region;
  Verdict verdict = Verdict::not_attempted;
  bool parity = false;
  bool parity_forced = false;  ///< the best guess without this condition lacked it
  bool from_area = false;      ///< the pad was read off a stretch of repeating scrambled bytes
  double bits_per_byte = 8;    ///< of the region's text under the model
  double accept_below = 0;     ///< h + 3 deviations at this length
  /// 8n less the cost of the region and of unknown register bytes: log2 odds of "text of this model" against
  /// uniformly random bytes, a lower bound. What a search can reach on random bytes is about 0.
  double evidence_bits = 0;
  double unicity_length = 0;  ///< n* = 64h / (8-h), M4
  float margin_bits = 0;      ///< least cost of changing one column
  float confidence = 0;       ///< mean over the run's bytes of the probability of their column's value
  double parity_mass = 0;     ///< how natural the right XOR is for this guess (column_posterior.h)
  std::array<float, pad_columns> column_probability{};  ///< [position in the region mod 65]
  std::size_t joined_runs = 1;     ///< runs attacked together with this one, itself included
  std::size_t contradictions = 0;  ///< known bytes that cannot be right
  std::vector<RepeatingArea> areas;

  bool accepted() const { return verdict == Verdict::accepted; }
  bool read() const { return accepted() || verdict == Verdict::partly; }
  /// Whether the byte at this position of the region is offered as recovered, not as a guess.
  bool accepts(std::size_t position) const {
    return accepted() || (verdict == Verdict::partly && sure(PadProblem::column(position)));
  }
  bool sure(std::size_t column) const { return column_probability[column] >= sure_probability; }
  std::size_t accepted_bytes() const;  ///< of the seen ones
  static constexpr float sure_probability = 0.99F;
  std::span<const std::uint8_t> before() const {
    return std::span(region).first(region.empty() ? 0 : pad_window);
  }
  std::span<const std::uint8_t> seen() const {
    return std::span(region).subspan(region.empty() ? 0 : pad_window);
  }
};

/// One result per run, in the order given. Runs are borrowed for the call, need not be sorted, and must not
/// overlap.
std::vector<RunRecovery> attack(std::span<const ScrambledRun> runs, const LanguageModel& model,
                                const AttackOptions& options = {});

/// The same with several models, each tried on the runs that the ones before it did not accept whole, or only
/// with a parity that was forced. Of several results the one with the most evidence remains, of those that
/// read the run if any does; one with a forced parity yields to more evidence in any case.
std::vector<RunRecovery> attack(std::span<const ScrambledRun> runs,
                                std::span<const LanguageModel* const> models,
                                const AttackOptions& options = {});

}  // namespace mps
