// SPDX-License-Identifier: GPL-2.0-or-later
/// The 65 columns of a run as a cyclic chain of pairs under a bigram model: every value of every column is
/// weighed against all others by min-sum messages around the ring (Viterbi, twice round). What comes out is
/// how much worse the best whole pad with that value is than the best pad; it selects the candidates that
/// longer contexts then judge, and steers the beam.
#pragma once

#include <cstdint>
#include <vector>

#include "core/leak/language_model.h"
#include "core/leak/pad_problem.h"

namespace mps {

/// A model's bigram costs, stored 16 times over so that XOR with a byte becomes whole-block moves.
class BigramBlocks {
 public:
  explicit BigramBlocks(const LanguageModel& model);
  /// Costs after `previous`, where index z holds symbol z ^ (low & 15).
  const std::uint8_t* row(unsigned low, unsigned previous) const {
    return costs_.data() + ((low & 15) * 256 + previous) * 256;
  }

 private:
  std::vector<std::uint8_t> costs_;
};

class BigramChain {
 public:
  static constexpr std::int32_t impossible = 1 << 24;

  /// Sums the pair costs of all rows, of at most 200 rows evenly spread.
  BigramChain(const PadProblem& problem, const BigramBlocks& blocks);

  /// Runs the messages with the problem's fixed columns and hints. May be called again after these changed.
  void solve(const PadProblem& problem);

  /// Cost of the best pad through each value above that of the best pad, 1/16 bit.
  const ColumnCosts& above_best() const { return above_best_; }
  /// Least cost of everything to the right of a column, given its value.
  const ColumnCosts& to_go() const { return backward_; }
  /// Rows that were summed, of all: costs of to_go must be scaled by the inverse to compare with other row
  /// counts.
  std::size_t rows_summed() const { return rows_; }

 private:
  std::vector<std::uint16_t> pairs_;  ///< [column][value][value of the next column]
  std::size_t rows_ = 0;
  ColumnCosts above_best_;
  ColumnCosts backward_;
};

}  // namespace mps
