// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/pad_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mps {
namespace {

constexpr std::size_t max_cost_rows = 200;
constexpr std::size_t max_beam_rows = 48;
constexpr std::int32_t unit = LanguageModel::units_per_bit;
constexpr std::int32_t candidate_slack = 110 * unit;  ///< a value this much worse under bigrams is not tried
constexpr std::int32_t beam_slack = 120 * unit;       ///< a state this much worse than the best is dropped
constexpr std::size_t least_candidates = 6;
constexpr std::uint64_t tail_mask = (std::uint64_t{1} << (8 * LanguageModel::max_context)) - 1;
constexpr int max_descents = 6;
constexpr std::int64_t pair_slack = 64 * unit;  ///< parity moves that cost more are not weighed
constexpr float doubtful_margin_bits = 6;
/// A model is surer of itself on text that it does not know well than it has a right to be: likelihoods are
/// flattened by these powers. Measured, see docs/leakage.md.
constexpr double temperature = 2;
constexpr std::size_t pair_reach = 2;         ///< columns apart of changes that are weighed together
constexpr std::size_t pair_work = 4096;       ///< values x values x rows of such a pair at most
constexpr std::size_t least_pair_values = 3;  ///< with fewer left, pairs are not weighed
constexpr std::size_t most_pair_values = 24;

struct State {
  std::int64_t cost;
  std::uint64_t tail;   ///< pads of the columns before, nearest in the low byte
  std::uint32_t trail;  ///< index into the trail of choices
  std::uint8_t parity;  ///< XOR of all pads so far
};

struct Step {
  std::int64_t rank;  ///< cost plus what the chain expects to follow
  std::int64_t cost;
  std::uint64_t tail;
  std::uint32_t from;
  std::uint8_t value;
  std::uint8_t parity;
};

struct Choice {
  std::uint32_t before;
  std::uint8_t value;
};

/// Total order, so that ties do not depend on the library's sort.
bool better(const Step& a, const Step& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (a.tail != b.tail) return a.tail < b.tail;
  if (a.parity != b.parity) return a.parity < b.parity;
  return a.from < b.from;
}

/// Keeps the best `limit` steps, one per tail (and parity, where it matters): later costs depend on nothing
/// else.
void select(std::vector<Step>& steps, std::size_t limit, bool by_parity) {
  if (steps.empty()) return;
  const auto best = std::min_element(steps.begin(), steps.end(), better)->rank;
  std::erase_if(steps, [&](const Step& step) { return step.rank > best + beam_slack; });
  if (steps.size() > 3 * limit) {
    std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(3 * limit), steps.end(),
                     better);
    steps.resize(3 * limit);
  }
  const auto key = [&](const Step& s) { return (s.tail & tail_mask) << 8 | (by_parity ? s.parity : 0); };
  std::sort(steps.begin(), steps.end(),
            [&](const Step& a, const Step& b) { return key(a) != key(b) ? key(a) < key(b) : better(a, b); });
  steps.erase(
      std::unique(steps.begin(), steps.end(), [&](const Step& a, const Step& b) { return key(a) == key(b); }),
      steps.end());
  const auto kept = static_cast<std::ptrdiff_t>(std::min(limit, steps.size()));
  std::partial_sort(steps.begin(), steps.begin() + kept, steps.end(), better);
  steps.resize(static_cast<std::size_t>(kept));
}

std::uint64_t tail_before(const Pad& pad, std::size_t column) {
  std::uint64_t tail = 0;
  for (std::size_t k = LanguageModel::max_context; k > 0; --k)
    tail = tail << 8 | pad[(column + pad_columns - k) % pad_columns];
  return tail;
}

}  // namespace

PadSearch::PadSearch(const PadProblem& problem, const LanguageModel& model, const BigramChain& chain,
                     const SearchLimits& limits)
    : problem_(problem),
      model_(model),
      chain_(chain),
      limits_(limits),
      rows_(spread_rows(problem.size(), max_cost_rows)),
      beam_rows_(spread_rows(problem.size(), max_beam_rows)),
      before_(problem.size()) {
  for (std::size_t p = 1; p < before_.size(); ++p)
    before_[p] = (before_[p - 1] << 8 | problem.base[p - 1]) & tail_mask;
  for (std::size_t c = 0; c < pad_columns; ++c) {
    const auto& above = chain.above_best()[c];
    auto& list = candidates_[c];
    if (problem.fixed[c]) {
      list = {*problem.fixed[c]};
      continue;
    }
    std::array<std::uint8_t, 256> order{};
    for (unsigned v = 0; v < 256; ++v) order[v] = static_cast<std::uint8_t>(v);
    std::sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
      return above[a] != above[b] ? above[a] < above[b] : a < b;
    });
    for (const std::uint8_t v : order) {
      if (list.size() >= limits.wide.candidates) break;
      if (list.size() >= least_candidates && above[v] > candidate_slack) break;
      list.push_back(v);
    }
  }
}

/// Beams begin where most is known: behind the longest stretch of fixed columns, or at the region's begin.
std::size_t PadSearch::first_start() const {
  for (std::size_t c = 0; c < pad_columns; ++c) {
    if (problem_.fixed[c] && !problem_.fixed[(c + pad_columns - 1) % pad_columns]) return c;
  }
  return 0;
}

std::vector<PadGuess> PadSearch::beam(const Pass& pass, std::size_t count,
                                      const std::stop_token& stop) const {
  std::size_t last_free = pad_columns;  // order index of the column that the parity decides
  for (std::size_t t = 0; pass.force_parity && t < pad_columns; ++t) {
    if (!problem_.fixed[(pass.start + t) % pad_columns]) last_free = t;
  }
  const double scale = static_cast<double>(beam_rows_.size()) / static_cast<double>(chain_.rows_summed());
  const std::size_t width =
      std::clamp<std::size_t>(pass.limits->work / beam_rows_.size(), 48, pass.limits->states);
  std::vector<Choice> trail{{0, 0}};
  std::vector<State> states{{0, pass.reference ? tail_before(*pass.reference, pass.start) : 0, 0, 0}};
  std::vector<Step> steps;
  std::vector<std::int64_t> totals;
  for (std::size_t t = 0; t < pad_columns; ++t) {
    if (stop.stop_requested()) return {};
    const std::size_t column = (pass.start + t) % pad_columns;
    steps.clear();
    for (std::uint32_t s = 0; s < states.size(); ++s) {
      const State& state = states[s];
      std::span<const std::uint8_t> values = candidates_[column];
      values = values.first(std::min(values.size(), pass.limits->candidates));
      std::uint8_t forced = problem_.parity ^ state.parity;
      if (t == last_free) {  // the fixed columns behind it add what is known already
        for (std::size_t c = t + 1; c < pad_columns; ++c)
          forced ^= *problem_.fixed[(pass.start + c) % pad_columns];
        values = std::span<const std::uint8_t>(&forced, 1);
      }
      totals.assign(values.size(), 0);
      for (const std::size_t row : beam_rows_) {
        const std::size_t p = row * pad_columns + column;
        if (p < problem_.text_begin || p >= problem_.size()) continue;
        std::size_t depth = std::min<std::size_t>(LanguageModel::max_context, p - problem_.text_begin);
        if (!pass.reference) depth = std::min(depth, t);
        const auto context = model_.context(before_[p] ^ state.tail, static_cast<unsigned>(depth));
        const std::uint8_t base = problem_.base[p];
        for (std::size_t k = 0; k < values.size(); ++k)
          totals[k] += model_.cost(context, static_cast<std::uint8_t>(base ^ values[k]));
      }
      for (std::size_t k = 0; k < values.size(); ++k) {
        const std::int64_t cost = state.cost + totals[k] + hint(column, values[k]);
        const double ahead = scale * chain_.to_go()[column][values[k]];
        steps.push_back({cost + static_cast<std::int64_t>(ahead), cost,
                         (state.tail << 8 | values[k]) & tail_mask, s, values[k],
                         static_cast<std::uint8_t>(state.parity ^ values[k])});
      }
    }
    select(steps, width, pass.force_parity);
    std::vector<State> next;
    next.reserve(steps.size());
    for (const Step& step : steps) {
      trail.push_back({states[step.from].trail, step.value});
      next.push_back({step.cost, step.tail, static_cast<std::uint32_t>(trail.size() - 1), step.parity});
    }
    states = std::move(next);
  }
  std::vector<PadGuess> out;
  for (const State& state : states) {
    if (out.size() >= count) break;
    PadGuess guess;
    std::uint32_t at = state.trail;
    for (std::size_t t = pad_columns; t-- > 0; at = trail[at].before)
      guess.pad[(pass.start + t) % pad_columns] = trail[at].value;
    guess.cost = cost(guess.pad);
    guess.parity = xor_of(guess.pad) == problem_.parity;
    out.push_back(guess);
  }
  return out;
}

std::int64_t PadSearch::cost(const Pad& pad) const {
  std::int64_t total = 0;
  for (std::size_t column = 0; column < pad_columns; ++column) {
    const std::uint64_t tail = tail_before(pad, column);
    total += hint(column, pad[column]);
    for (const std::size_t row : rows_) {
      const std::size_t p = row * pad_columns + column;
      if (p < problem_.text_begin || p >= problem_.size()) continue;
      const auto depth = std::min<std::size_t>(LanguageModel::max_context, p - problem_.text_begin);
      total += model_.cost(model_.context(before_[p] ^ tail, static_cast<unsigned>(depth)),
                           static_cast<std::uint8_t>(problem_.base[p] ^ pad[column]));
    }
  }
  return total;
}

/// Cost of the bytes of one column and of those whose context it is in, were its pad `value`.
std::int64_t PadSearch::column_cost(const Pad& pad, std::size_t column, std::uint8_t value) const {
  std::int64_t total = hint(column, value);
  const std::uint64_t change = pad[column] ^ value;
  for (std::size_t ahead = 0; ahead <= LanguageModel::max_context; ++ahead) {
    const std::size_t here = (column + ahead) % pad_columns;
    const std::uint64_t tail = tail_before(pad, here) ^ (ahead == 0 ? 0 : change << (8 * (ahead - 1)));
    const auto own = static_cast<std::uint8_t>(ahead == 0 ? value : pad[here]);
    for (const std::size_t row : rows_) {
      const std::size_t first = row * pad_columns + column;
      const std::size_t p = first + ahead;
      if (p < problem_.text_begin || p >= problem_.size()) continue;
      const auto depth = std::min<std::size_t>(LanguageModel::max_context, p - problem_.text_begin);
      total += model_.cost(model_.context(before_[p] ^ tail, static_cast<unsigned>(depth)),
                           static_cast<std::uint8_t>(problem_.base[p] ^ own));
    }
  }
  return total;
}

bool PadSearch::offer(PadGuess& best, const Pad& pad) const {
  const std::int64_t offered = cost(pad);
  if (offered >= best.cost) return false;
  best.pad = pad;
  best.cost = offered;
  best.parity = xor_of(pad) == problem_.parity;
  return true;
}

void PadSearch::descend(PadGuess& guess, std::size_t candidates, const std::stop_token& stop) const {
  for (int round = 0; round < max_descents; ++round) {
    bool moved = false;
    for (std::size_t c = 0; c < pad_columns && !stop.stop_requested(); ++c) {
      if (candidates_[c].size() < 2) continue;
      std::int64_t least = column_cost(guess.pad, c, guess.pad[c]);
      std::uint8_t value = guess.pad[c];
      for (const std::uint8_t other :
           std::span(candidates_[c]).first(std::min(candidates, candidates_[c].size()))) {
        const std::int64_t cost_there = column_cost(guess.pad, c, other);
        if (cost_there < least) {
          least = cost_there;
          value = other;
        }
      }
      moved = moved || value != guess.pad[c];
      guess.pad[c] = value;
    }
    if (!moved) break;
  }
  guess.cost = cost(guess.pad);
  guess.parity = xor_of(guess.pad) == problem_.parity;
}

std::array<std::array<PadSearch::ParityMove, 2>, 256> PadSearch::parity_moves(const PadGuess& guess) const {
  std::array<std::array<ParityMove, 2>, 256> moves;
  moves[0][0] = {0, pad_columns};
  for (std::size_t c = 0; c < pad_columns; ++c) {
    if (problem_.fixed[c]) continue;
    const std::int64_t own = column_cost(guess.pad, c, guess.pad[c]);
    for (const std::uint8_t value : candidates_[c]) {
      const auto change = static_cast<std::uint8_t>(value ^ guess.pad[c]);
      if (change == 0) continue;
      const ParityMove move{column_cost(guess.pad, c, value) - own, c};
      auto& [first, second] = moves[change];
      if (move.extra < first.extra) {
        second = first;
        first = move;
      } else if (move.extra < second.extra) {
        second = move;
      }
    }
  }
  return moves;
}

/// The true pad has the parity. The cheapest way to it: one column or two, all columns at once (a constant
/// taken for another one), or a beam whose last column is decided by it.
void PadSearch::repair_parity(PadGuess& guess, const std::stop_token& stop) const {
  const auto error = static_cast<std::uint8_t>(xor_of(guess.pad) ^ problem_.parity);
  PadGuess best;
  best.cost = std::numeric_limits<std::int64_t>::max();
  const auto moves = parity_moves(guess);
  std::size_t turned = 0;  // a column in doubt
  for (unsigned change = 0; change < 256; ++change) {
    const unsigned rest = change ^ error;
    if (rest < change) continue;
    for (const ParityMove& a : moves[change]) {
      for (const ParityMove& b : moves[rest]) {
        if (a.column == b.column || a.extra + b.extra > pair_slack) continue;
        Pad moved = guess.pad;
        if (a.column < pad_columns) moved[a.column] ^= static_cast<std::uint8_t>(change);
        if (b.column < pad_columns) moved[b.column] ^= static_cast<std::uint8_t>(rest);
        if (xor_of(moved) == problem_.parity && offer(best, moved))
          turned = b.column < pad_columns ? b.column : a.column;
      }
    }
  }
  if (problem_.free_columns() == pad_columns) {
    Pad shifted = guess.pad;
    for (auto& byte : shifted) byte ^= error;
    offer(best, shifted);
  }
  for (const PadGuess& forced :
       beam({(turned + 1) % pad_columns, &guess.pad, true, &limits_.narrow}, 4, stop))
    offer(best, forced.pad);
  if (best.cost == std::numeric_limits<std::int64_t>::max()) return;
  guess = best;
  guess.parity_forced = true;
}

/// Pairs of near columns whose joint change costs less than the two changes apart: a syllable that another
/// could stand for.
std::vector<PairChange> PadSearch::pair_changes(const PadGuess& guess) const {
  std::vector<PairChange> out;
  const std::size_t work_a_row = pair_work / std::max<std::size_t>(rows_.size(), 1);
  const auto values =
      std::min(most_pair_values, static_cast<std::size_t>(std::sqrt(static_cast<double>(work_a_row))));
  if (values < least_pair_values) return out;
  for (std::size_t a = 0; a < pad_columns; ++a) {
    for (std::size_t apart = 1; apart <= pair_reach; ++apart) {
      const std::size_t b = (a + apart) % pad_columns;
      if (problem_.fixed[a] || problem_.fixed[b]) continue;
      const std::int64_t own_b = column_cost(guess.pad, b, guess.pad[b]);
      const std::int64_t own_a = column_cost(guess.pad, a, guess.pad[a]);
      Pad moved = guess.pad;
      for (const std::uint8_t va : std::span(candidates_[a]).first(std::min(values, candidates_[a].size()))) {
        if (va == guess.pad[a]) continue;
        moved[a] = va;
        const std::int64_t a_alone = column_cost(guess.pad, a, va) - own_a;
        const std::int64_t b_kept = column_cost(moved, b, guess.pad[b]);
        for (const std::uint8_t vb :
             std::span(candidates_[b]).first(std::min(values, candidates_[b].size()))) {
          if (vb == guess.pad[b]) continue;
          const std::int64_t joint = a_alone + column_cost(moved, b, vb) - b_kept;
          const std::int64_t apart_cost = a_alone + column_cost(guess.pad, b, vb) - own_b;
          if (joint >= apart_cost || joint > pair_slack) continue;
          out.push_back({a, b, static_cast<std::uint8_t>(va ^ guess.pad[a] ^ vb ^ guess.pad[b]),
                         std::exp2(-static_cast<double>(joint) / unit / temperature)});
        }
      }
    }
  }
  return out;
}

void PadSearch::rate_columns(PadGuess& guess) const {
  ChangeWeights weights{};
  for (std::size_t c = 0; c < pad_columns; ++c) {
    guess.margin_bits[c] = std::numeric_limits<float>::infinity();
    weights[c][0] = 1;
    if (candidates_[c].size() < 2) continue;
    const std::int64_t own = column_cost(guess.pad, c, guess.pad[c]);
    for (const std::uint8_t value : candidates_[c]) {
      if (value == guess.pad[c]) continue;
      const double extra = static_cast<double>(column_cost(guess.pad, c, value) - own) / unit;
      guess.margin_bits[c] = std::min(guess.margin_bits[c], static_cast<float>(extra));
      weights[c][static_cast<std::uint8_t>(value ^ guess.pad[c])] = std::exp2(-extra / temperature);
    }
  }
  const auto posterior = pad_posterior(weights, pair_changes(guess),
                                       static_cast<std::uint8_t>(xor_of(guess.pad) ^ problem_.parity));
  for (std::size_t c = 0; c < pad_columns; ++c)
    guess.probability[c] = static_cast<float>(posterior.probability[c]);
  guess.parity_mass = posterior.parity_mass;
}

/// For whoever only asks whether to go on.
void PadSearch::weigh_columns(PadGuess& guess) const {
  for (std::size_t c = 0; c < pad_columns; ++c) {
    guess.margin_bits[c] = std::numeric_limits<float>::infinity();
    const std::int64_t own = column_cost(guess.pad, c, guess.pad[c]);
    for (const std::uint8_t value : candidates_[c]) {
      if (value == guess.pad[c]) continue;
      const double extra = static_cast<double>(column_cost(guess.pad, c, value) - own) / unit;
      guess.margin_bits[c] = std::min(guess.margin_bits[c], static_cast<float>(extra));
    }
  }
}

/// Beams with every column's context taken from the guess, cut at two places the first pass saw less of.
void PadSearch::refine(PadGuess& best, const BeamLimits& limits, const std::stop_token& stop) const {
  const std::size_t start = first_start();
  for (const std::size_t turn : {std::size_t{32}, std::size_t{13}}) {
    const Pad reference = best.pad;
    bool moved = false;
    for (const PadGuess& guess : beam({(start + turn) % pad_columns, &reference, false, &limits}, 1, stop))
      moved = offer(best, guess.pad);
    if (!moved) break;
    descend(best, limits.candidates, stop);
  }
}

/// Parity is a check of 8 bits that nothing has been fitted to yet.
bool PadSearch::convincing(const PadGuess& guess) const {
  return guess.parity &&
         *std::min_element(guess.margin_bits.begin(), guess.margin_bits.end()) > doubtful_margin_bits;
}

/// Reads so much worse than random bytes would let a pad read that more work will not help.
bool PadSearch::hopeless(const PadGuess& guess) const {
  std::size_t scored = 0;
  for (const std::size_t row : rows_) scored += std::min(pad_columns, problem_.size() - row * pad_columns);
  const double rate =
      static_cast<double>(guess.cost) / unit / static_cast<double>(std::max<std::size_t>(scored, 1));
  const auto size = static_cast<double>(problem_.size());
  return rate > 8 * (size - pad_window) / size + 1.5;
}

PadGuess PadSearch::run(const std::stop_token& stop) const {
  PadGuess best;
  best.cost = std::numeric_limits<std::int64_t>::max();
  for (const BeamLimits* limits : {&limits_.narrow, &limits_.wide}) {
    for (const PadGuess& guess : beam({first_start(), nullptr, false, limits}, 1, stop))
      offer(best, guess.pad);
    if (stop.stop_requested()) return best;
    descend(best, limits->candidates, stop);
    if (!hopeless(best)) refine(best, *limits, stop);
    weigh_columns(best);
    if (convincing(best) || hopeless(best)) break;
  }
  if (stop.stop_requested()) return best;
  if (!best.parity) repair_parity(best, stop);
  rate_columns(best);
  return best;
}

std::vector<PadGuess> PadSearch::ranked(std::size_t count, const std::stop_token& stop) const {
  auto out = beam({first_start(), nullptr, true, &limits_.wide}, 16 * count, stop);
  std::stable_sort(out.begin(), out.end(),
                   [](const PadGuess& a, const PadGuess& b) { return a.cost < b.cost; });
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace mps
