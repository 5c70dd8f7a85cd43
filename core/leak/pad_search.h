// SPDX-License-Identifier: GPL-2.0-or-later
/// Finds the pad of one run: a left-to-right beam over the 65 columns under the full n-gram model, steered by
/// the bigram chain, then single-column descent, then the parity of the pad. Deterministic; no randomness
/// anywhere.
///
/// It always returns its best guess, for random bytes too: whether to believe it is decided in attack.h.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "core/leak/bigram_chain.h"
#include "core/leak/column_posterior.h"
#include "core/leak/language_model.h"
#include "core/leak/pad_problem.h"

namespace mps {

/// How wide a beam may be.
struct BeamLimits {
  std::size_t states;      ///< kept per column at most
  std::size_t candidates;  ///< values tried per column at most
  std::size_t work;        ///< states x rows per column at most: keeps long runs as quick as short ones
};

struct SearchLimits {
  BeamLimits narrow{400, 24, 4000};  ///< always tried; settles nearly all long runs
  BeamLimits wide{800, 48, 16'000};  ///< where the narrow guess lacks parity or a column is in doubt
};

struct PadGuess {
  Pad pad{};
  std::int64_t cost = 0;                         ///< of the summed rows, 1/16 bit
  bool parity = false;                           ///< XOR of the pad is as the run demands
  bool parity_forced = false;                    ///< only because columns were moved for it
  bool from_area = false;                        ///< pad taken from a stretch of repeating S
  std::array<float, pad_columns> margin_bits{};  ///< cost of the best other value in this column alone
  std::array<float, pad_columns> probability{};  ///< of this value, given the XOR of the pad
  double parity_mass = 0;  ///< how natural the right XOR is for this guess (column_posterior.h)
};

class PadSearch {
 public:
  /// All three are borrowed. The chain must have been solved for this problem.
  PadSearch(const PadProblem& problem, const LanguageModel& model, const BigramChain& chain,
            const SearchLimits& limits);

  /// Stops early (with a poor guess) when asked to.
  PadGuess run(const std::stop_token& stop) const;
  /// The best pads found that satisfy the parity, best first, with their costs; for short lists of free
  /// columns.
  std::vector<PadGuess> ranked(std::size_t count, const std::stop_token& stop) const;
  /// Cost of a pad over the summed rows, all contexts known, hints included.
  std::int64_t cost(const Pad& pad) const;
  /// Fills in margin_bits, probability and parity_mass.
  void rate_columns(PadGuess& guess) const;

 private:
  struct Pass {
    std::size_t start = 0;           ///< column the beam begins at
    const Pad* reference = nullptr;  ///< pad that supplies contexts across the cut; none in a first pass
    bool force_parity = false;
    const BeamLimits* limits = nullptr;
  };

  struct ParityMove {
    std::int64_t extra = std::int64_t{1} << 40;
    std::size_t column = pad_columns;  ///< pad_columns: none
  };

  std::vector<PadGuess> beam(const Pass& pass, std::size_t count, const std::stop_token& stop) const;
  void refine(PadGuess& best, const BeamLimits& limits, const std::stop_token& stop) const;
  void descend(PadGuess& guess, std::size_t candidates, const std::stop_token& stop) const;
  /// [change of the XOR of the pad]: the two cheapest single columns that make it, so that a pair need not
  /// use one twice.
  std::array<std::array<ParityMove, 2>, 256> parity_moves(const PadGuess& guess) const;
  void repair_parity(PadGuess& guess, const std::stop_token& stop) const;
  std::vector<PairChange> pair_changes(const PadGuess& guess) const;
  void weigh_columns(PadGuess& guess) const;
  bool convincing(const PadGuess& guess) const;
  bool hopeless(const PadGuess& guess) const;
  bool offer(PadGuess& best, const Pad& pad) const;
  std::int64_t column_cost(const Pad& pad, std::size_t column, std::uint8_t value) const;
  std::size_t first_start() const;
  std::int32_t hint(std::size_t column, std::uint8_t value) const {
    return problem_.hint.empty() ? 0 : problem_.hint[column][value];
  }

  const PadProblem& problem_;
  const LanguageModel& model_;
  const BigramChain& chain_;
  SearchLimits limits_;
  std::vector<std::uint32_t> rows_;  ///< rows that costs are summed over
  std::vector<std::uint32_t> beam_rows_;
  std::vector<std::uint64_t> before_;  ///< base of the 5 positions before each, nearest in the low byte
  std::array<std::vector<std::uint8_t>, pad_columns> candidates_;  ///< best first
};

}  // namespace mps
