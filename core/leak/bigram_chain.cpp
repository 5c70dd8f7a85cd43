// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/bigram_chain.h"

#include <algorithm>

namespace mps {
namespace {

constexpr std::size_t max_rows = 200;  // 200 * 255 fits the 16-bit sums
constexpr std::size_t table = std::size_t{256} * 256;

using Row = std::array<std::int32_t, 256>;

/// What one column adds by itself: fixed value and hints.
Row own_costs(const PadProblem& problem, std::size_t column) {
  Row row{};
  if (!problem.hint.empty()) row = problem.hint[column];
  if (const auto& fixed = problem.fixed[column]) {
    const std::int32_t kept = row[*fixed];
    row.fill(BigramChain::impossible);
    row[*fixed] = kept;
  }
  return row;
}

/// Messages are relative: the least is 0. Keeps sums bounded however often they go round.
void level(Row& row) {
  const std::int32_t least = *std::min_element(row.begin(), row.end());
  for (auto& cost : row) cost = std::min(cost - least, BigramChain::impossible);
}

/// out[y] = min over x of in[x] + pair[x][y].
Row pass_right(const Row& in, const std::uint16_t* pair) {
  Row out;
  out.fill(2 * BigramChain::impossible);
  for (std::size_t x = 0; x < 256; ++x) {
    if (in[x] >= BigramChain::impossible) continue;
    const std::uint16_t* costs = pair + x * 256;
    for (std::size_t y = 0; y < 256; ++y) out[y] = std::min(out[y], in[x] + costs[y]);
  }
  level(out);
  return out;
}

/// out[x] = min over y of in[y] + pair[x][y].
Row pass_left(const Row& in, const std::uint16_t* pair) {
  Row out;
  for (std::size_t x = 0; x < 256; ++x) {
    const std::uint16_t* costs = pair + x * 256;
    std::int32_t least = 2 * BigramChain::impossible;
    for (std::size_t y = 0; y < 256; ++y) least = std::min(least, in[y] + costs[y]);
    out[x] = least;
  }
  level(out);
  return out;
}

void add(Row& row, const Row& other) {
  for (std::size_t k = 0; k < 256; ++k) row[k] += other[k];
}

}  // namespace

BigramBlocks::BigramBlocks(const LanguageModel& model) : costs_(16 * table) {
  const auto costs = model.bigram_costs();
  for (std::size_t low = 0; low < 16; ++low) {
    for (std::size_t k = 0; k < table; ++k) costs_[low * table + k] = costs[k ^ low];
  }
}

BigramChain::BigramChain(const PadProblem& problem, const BigramBlocks& blocks)
    : pairs_(pad_columns * table) {
  const auto rows = spread_rows(problem.size(), max_rows);
  rows_ = rows.size();
  for (std::size_t column = 0; column < pad_columns; ++column) {
    std::uint16_t* const sums = pairs_.data() + column * table;
    for (const std::size_t row : rows) {
      const std::size_t p = row * pad_columns + column;
      if (p < problem.text_begin || p + 1 >= problem.size()) continue;
      const unsigned left = problem.base[p];
      const unsigned right = problem.base[p + 1];
      const unsigned high = right & 0xf0;
      for (unsigned x = 0; x < 256; ++x) {
        const std::uint8_t* const costs = blocks.row(right, left ^ x);
        std::uint16_t* const sum = sums + x * 256;
        for (unsigned block = 0; block < 256; block += 16) {
          const std::uint8_t* const from = costs + (block ^ high);
          for (unsigned k = 0; k < 16; ++k)
            sum[block + k] = static_cast<std::uint16_t>(sum[block + k] + from[k]);
        }
      }
    }
  }
}

void BigramChain::solve(const PadProblem& problem) {
  ColumnCosts own;
  ColumnCosts forward;
  for (std::size_t c = 0; c < pad_columns; ++c) own[c] = own_costs(problem, c);
  forward[0].fill(0);
  backward_[pad_columns - 1].fill(0);
  // Once round leaves the ring open at column 0; the second time every column has heard from both sides.
  for (int lap = 0; lap < 2; ++lap) {
    for (std::size_t c = 0; c < pad_columns; ++c) {
      Row sum = forward[c];
      add(sum, own[c]);
      forward[(c + 1) % pad_columns] = pass_right(sum, pairs_.data() + c * table);
    }
    for (std::size_t c = pad_columns; c-- > 0;) {
      const std::size_t next = (c + 1) % pad_columns;
      if (lap == 0 && c == pad_columns - 1) continue;
      Row sum = backward_[next];
      add(sum, own[next]);
      backward_[c] = pass_left(sum, pairs_.data() + c * table);
    }
  }
  for (std::size_t c = 0; c < pad_columns; ++c) {
    above_best_[c] = forward[c];
    add(above_best_[c], backward_[c]);
    add(above_best_[c], own[c]);
    level(above_best_[c]);
  }
}

}  // namespace mps
