// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/repeating_pad.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/lab/choice_trail.h"

namespace mps::lab {
namespace {

constexpr std::size_t max_rows = 128;    ///< that costs are summed over, evenly spread
constexpr std::size_t beam_work = 4000;  ///< states x rows, so that long runs are as quick as short ones
constexpr std::size_t least_states = 48, most_states = 400;
constexpr std::size_t values_tried = 12;    ///< of each state, the likeliest by the bigram model
constexpr std::size_t values_changed = 48;  ///< of each column, the likeliest letters
constexpr int max_rounds = 6;
constexpr double accept_deviations = 3;  // these three as core/leak/attack.cpp
constexpr double accept_evidence_bits = 40;
constexpr double accept_bytes_per_column = 1.5;
constexpr unsigned context_size = LanguageModel::max_context;
constexpr std::uint64_t tail_mask = (std::uint64_t{1} << (8 * context_size)) - 1;

/// The bytes of a text before `at`, the nearest in the low byte, and how many there are, as the model wants
/// them.
LanguageModel::Context context_before(const LanguageModel& model, std::span<const std::uint8_t> text,
                                      std::size_t at) {
  const auto depth = std::min<std::size_t>(context_size, at);
  std::uint64_t recent = 0;
  for (std::size_t k = depth; k > 0; --k) recent = recent << 8 | text[at - k];
  return model.context(recent, static_cast<unsigned>(depth));
}

/// The 256 values, the cheapest first; only the first `count` of them are in order.
std::array<std::uint8_t, 256> by_cost(const std::array<std::int32_t, 256>& costs, std::size_t count) {
  std::array<std::uint8_t, 256> order;
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  std::ranges::partial_sort(order, order.begin() + count, [&](std::uint8_t a, std::uint8_t b) {
    return costs[a] != costs[b] ? costs[a] < costs[b] : a < b;
  });
  return order;
}

struct State {
  std::int64_t cost = 0;
  std::uint64_t tail = 0;  ///< last pad bytes, the nearest in the low byte
  ChoiceTrail::Place trail = ChoiceTrail::root;
};

class Solver {
 public:
  Solver(std::span<const PadRow> rows, std::size_t columns, const LanguageModel& model,
         const std::stop_token& stop)
      : rows_(rows), columns_(columns), model_(model), stop_(stop) {
    const std::size_t kept = std::min(rows.size(), max_rows);
    for (std::size_t k = 0; k < kept; ++k) chosen_.push_back(k * rows.size() / kept);
  }

  Bytes beam() const;
  /// Changes single columns as long as that helps.
  void descend(Bytes& pad) const;

 private:
  std::array<std::int32_t, 256> bigram_costs(const State& state, std::size_t column) const;
  /// The same without looking at neighbours.
  std::array<std::int32_t, 256> letter_costs(std::size_t column) const;
  std::int64_t cost_of(const State& state, std::size_t column, std::uint8_t value) const;
  static bool has(const PadRow& row, std::size_t column) {
    return row.first <= column && column - row.first < row.base.size();
  }
  /// A row's text right before `column`, under the state's pad.
  static std::uint64_t text_before(const PadRow& row, std::size_t column, std::uint64_t tail,
                                   unsigned& depth);

  std::span<const PadRow> rows_;
  std::size_t columns_;
  const LanguageModel& model_;
  const std::stop_token& stop_;
  std::vector<std::size_t> chosen_;  ///< rows
};

std::uint64_t Solver::text_before(const PadRow& row, std::size_t column, std::uint64_t tail,
                                  unsigned& depth) {
  const std::size_t at = column - row.first;
  depth = static_cast<unsigned>(std::min<std::size_t>(context_size, at));
  std::uint64_t base = 0;
  for (std::size_t k = depth; k > 0; --k) base = base << 8 | row.base[at - k];
  return base ^ (tail & ((std::uint64_t{1} << (8 * depth)) - 1));
}

std::array<std::int32_t, 256> Solver::bigram_costs(const State& state, std::size_t column) const {
  std::array<std::int32_t, 256> sums{};
  for (const std::size_t r : chosen_) {
    const PadRow& row = rows_[r];
    if (!has(row, column)) continue;
    const std::uint8_t base = row.base[column - row.first];
    const std::uint8_t* costs = model_.unigram_costs().data();
    if (column > row.first) {
      const auto previous = static_cast<std::uint8_t>(row.base[column - row.first - 1] ^ state.tail);
      costs = model_.bigram_costs().data() + previous * std::size_t{256};
    }
    for (std::size_t v = 0; v < 256; ++v) sums[v] += costs[v ^ base];
  }
  return sums;
}

std::array<std::int32_t, 256> Solver::letter_costs(std::size_t column) const {
  std::array<std::int32_t, 256> sums{};
  for (const std::size_t r : chosen_) {
    if (!has(rows_[r], column)) continue;
    const std::uint8_t base = rows_[r].base[column - rows_[r].first];
    for (std::size_t v = 0; v < 256; ++v) sums[v] += model_.unigram_costs()[v ^ base];
  }
  return sums;
}

std::int64_t Solver::cost_of(const State& state, std::size_t column, std::uint8_t value) const {
  std::int64_t cost = 0;
  for (const std::size_t r : chosen_) {
    const PadRow& row = rows_[r];
    if (!has(row, column)) continue;
    unsigned depth = 0;
    const std::uint64_t recent = text_before(row, column, state.tail, depth);
    cost += model_.cost(model_.context(recent, depth),
                        static_cast<std::uint8_t>(row.base[column - row.first] ^ value));
  }
  return cost;
}

Bytes Solver::beam() const {
  const std::size_t width =
      std::clamp(beam_work / std::max<std::size_t>(chosen_.size(), 1), least_states, most_states);
  ChoiceTrail trail;
  std::vector<State> states{{}};
  struct Step {
    State state;
    std::uint8_t value;
  };
  std::vector<Step> steps;
  for (std::size_t column = 0; column < columns_ && !stop_.stop_requested(); ++column) {
    steps.clear();
    for (const State& state : states) {
      const auto costs = bigram_costs(state, column);
      const auto order = by_cost(costs, values_tried);
      for (std::size_t k = 0; k < values_tried; ++k)
        steps.push_back({{state.cost + cost_of(state, column, order[k]),
                          (state.tail << 8 | order[k]) & tail_mask, state.trail},
                         order[k]});
    }
    // Of states that the model cannot tell apart any more, the best one goes on.
    std::ranges::sort(steps, [](const Step& a, const Step& b) {
      return a.state.tail != b.state.tail ? a.state.tail < b.state.tail : a.state.cost < b.state.cost;
    });
    const auto same_state = [](const Step& a, const Step& b) { return a.state.tail == b.state.tail; };
    steps.erase(std::unique(steps.begin(), steps.end(), same_state), steps.end());
    const std::size_t kept = std::min(width, steps.size());
    std::ranges::partial_sort(
        steps, steps.begin() + static_cast<std::ptrdiff_t>(kept), [](const Step& a, const Step& b) {
          return a.state.cost != b.state.cost ? a.state.cost < b.state.cost : a.state.tail < b.state.tail;
        });
    states.clear();
    for (std::size_t k = 0; k < kept; ++k) {
      states.push_back(steps[k].state);
      states.back().trail = trail.add(steps[k].state.trail, steps[k].value);
    }
    std::vector<ChoiceTrail::Place*> alive;
    alive.reserve(states.size());
    for (State& state : states) alive.push_back(&state.trail);
    trail.trim(alive);
  }
  Bytes pad = trail.path_to(states.front().trail);
  pad.resize(columns_);  // shorter if it was stopped
  return pad;
}

void Solver::descend(Bytes& pad) const {
  Bytes text = text_of(rows_, pad);
  std::vector<std::vector<std::size_t>> all(columns_), summed(columns_);  // places in the text, by column
  std::size_t at = 0, next = 0;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const bool is_chosen = next < chosen_.size() && chosen_[next] == r;
    next += is_chosen;
    for (std::size_t k = 0; k < rows_[r].base.size(); ++k, ++at) {
      all[rows_[r].first + k].push_back(at);
      if (is_chosen) summed[rows_[r].first + k].push_back(at);
    }
  }
  const auto cost_around = [&](std::size_t column) {
    std::int64_t cost = 0;
    for (const std::size_t place : summed[column])
      for (std::size_t p = place; p <= place + context_size && p < text.size(); ++p)
        cost += model_.cost(context_before(model_, text, p), text[p]);
    return cost;
  };
  const auto put = [&](std::size_t column, std::uint8_t value) {
    const auto change = static_cast<std::uint8_t>(pad[column] ^ value);
    for (const std::size_t place : all[column]) text[place] ^= change;
    pad[column] = value;
  };
  std::vector<std::array<std::uint8_t, values_changed>> likely(columns_);
  for (std::size_t column = 0; column < columns_; ++column)
    std::ranges::copy_n(by_cost(letter_costs(column), values_changed).begin(), values_changed,
                        likely[column].begin());
  bool moved = true;
  for (int round = 0; moved && round < max_rounds; ++round) {
    moved = false;
    for (std::size_t column = 0; column < columns_ && !stop_.stop_requested(); ++column) {
      const std::uint8_t before = pad[column];
      std::uint8_t best = before;
      std::int64_t least = cost_around(column);
      for (const std::uint8_t value : likely[column]) {
        if (value == before) continue;
        put(column, value);
        const std::int64_t cost = cost_around(column);
        if (cost < least) {
          least = cost;
          best = value;
        }
      }
      put(column, best);
      moved = moved || best != before;
    }
  }
}

PadSolution solve_with(const LanguageModel& model, std::span<const PadRow> rows, std::size_t columns,
                       const std::stop_token& stop) {
  const Solver solver(rows, columns, model, stop);
  PadSolution solution;
  solution.model = &model;
  solution.pad = solver.beam();
  solver.descend(solution.pad);
  const Bytes text = text_of(rows, solution.pad);
  solution.text_size = text.size();
  solution.cost_bits = model.cost_bits(text);
  const double known =
      static_cast<double>(text.size()) - static_cast<double>(columns);  // bytes the rows tell
  solution.evidence_bits = 8 * known - solution.cost_bits;
  const auto& calibration = model.calibration();
  const double accept_below =
      calibration.bits_per_byte + accept_deviations * calibration.deviation_at(text.size());
  solution.accepted = solution.cost_bits <= accept_below * static_cast<double>(text.size()) &&
                      solution.evidence_bits >= accept_evidence_bits &&
                      known >= accept_bytes_per_column * static_cast<double>(columns);
  return solution;
}

}  // namespace

Bytes text_of(std::span<const PadRow> rows, std::span<const std::uint8_t> pad) {
  Bytes text;
  for (const PadRow& row : rows)
    for (std::size_t k = 0; k < row.base.size(); ++k) text.push_back(row.base[k] ^ pad[row.first + k]);
  return text;
}

PadSolution solve_repeating_pad(std::span<const PadRow> rows, std::size_t columns,
                                std::span<const LanguageModel* const> models, const std::stop_token& stop) {
  PadSolution best;
  for (const LanguageModel* model : models) {
    PadSolution solution = solve_with(*model, rows, columns, stop);
    if (!best.model || solution.accepted || solution.evidence_bits > best.evidence_bits)
      best = std::move(solution);
    if (best.accepted || stop.stop_requested()) break;
  }
  return best;
}

}  // namespace mps::lab
