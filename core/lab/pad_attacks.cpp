// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/pad_attacks.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "core/lab/repeating_pad.h"
#include "core/leak/attack.h"

namespace mps::lab {
namespace {

/// Calls work(k) for every k, on several threads.
template <typename Work>
void each(std::size_t count, const AttackLimits& limits, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t k = next++; k < count && !limits.stop.stop_requested(); k = next++) work(k);
  };
  unsigned threads = limits.threads ? limits.threads : std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<std::size_t>(threads, std::max<std::size_t>(count, 1)));
  std::vector<std::jthread> workers;
  for (unsigned k = 1; k < threads; ++k) workers.emplace_back(take);
  take();
}

/// The seen runs of a lane that are plaintext not all determined, as many as the limit allows.
Intervals open_runs(const Intervals& seen, const ExactView& exact, const Agreement& agreement,
                    const AttackLimits& limits) {
  Intervals runs;
  std::uint64_t total = 0;
  for (const Interval& run : intersection(seen, normalised({{0, agreement.length()}}))) {
    if (total_length(intersection(exact.determined, {run})) == run.length()) continue;
    if (total + run.length() > limits.max_bytes) break;
    total += run.length();
    runs.push_back(run);
  }
  return runs;
}

/// Which of two stretches of text comes first, the sum of them alone does not say: a pair can be turned
/// round. What decides is how well its end goes with the beginning of the next one.
class PairOrder {
 public:
  PairOrder(std::span<const std::array<Bytes, 2>> pairs, const LanguageModel& model)
      : pairs_(pairs), model_(model) {}

  /// For each pair whether it is to be turned round; neighbours must be neighbours in the stream where
  /// `adjacent`.
  std::vector<bool> best(const std::vector<bool>& adjacent_to_previous) const {
    std::vector<std::array<bool, 2>> from(pairs_.size());
    std::array<std::int64_t, 2> cost{};
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      std::array<std::int64_t, 2> now{};
      for (const bool turned : {false, true}) {
        std::array<std::int64_t, 2> ways = cost;
        if (k > 0 && adjacent_to_previous[k])
          for (const bool before : {false, true})
            ways[before] += joint(part(k - 1, before, 1), part(k, turned, 0));
        from[k][turned] = ways[1] < ways[0];
        now[turned] = std::min(ways[0], ways[1]) + joint(part(k, turned, 0), part(k, turned, 1));
      }
      cost = now;
    }
    std::vector<bool> turned(pairs_.size());
    bool state = cost[1] < cost[0];
    for (std::size_t k = pairs_.size(); k-- > 0; state = from[k][state]) turned[k] = state;
    return turned;
  }

 private:
  const Bytes& part(std::size_t pair, bool turned, std::size_t which) const {
    return pairs_[pair][turned ? 1 - which : which];
  }
  /// Cost of the first bytes of `right` behind the last ones of `left`.
  std::int64_t joint(const Bytes& left, const Bytes& right) const {
    constexpr std::size_t reach = LanguageModel::max_context;
    Bytes text(left.end() - static_cast<std::ptrdiff_t>(std::min(reach, left.size())), left.end());
    const std::size_t begin = text.size();
    text.insert(text.end(), right.begin(),
                right.begin() + static_cast<std::ptrdiff_t>(std::min(reach, right.size())));
    return static_cast<std::int64_t>(
        LanguageModel::units_per_bit *
        (model_.cost_bits(text) - model_.cost_bits(std::span(text).first(begin))));
  }

  std::span<const std::array<Bytes, 2>> pairs_;
  const LanguageModel& model_;
};

}  // namespace

AttackResult attack_scrambled(std::span<const std::uint8_t> lane, const Intervals& seen,
                              const ExactView& exact, const Agreement& agreement, const LanguageModel& model,
                              const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("repeating pad of 65 bytes, language model {}", model.name());
  const Intervals open = open_runs(seen, exact, agreement, limits);
  std::vector<ScrambledRun> runs;
  for (const Interval& run : open) runs.push_back({run.begin, lane.subspan(run.begin, run.length())});
  AttackOptions options;
  options.threads = limits.threads;
  options.stop = limits.stop;
  for (const Interval& known : exact.determined) {
    const auto bytes = std::span(exact.plaintext).subspan(known.begin, known.length());
    options.known.push_back({static_cast<std::int64_t>(known.begin), {bytes.begin(), bytes.end()}});
  }
  for (const RunRecovery& run : mps::attack(runs, model, options)) {
    if (run.region.empty()) continue;
    // The region starts 64 bytes before the run, which may be before the stream.
    const std::uint64_t before = std::min<std::uint64_t>(*run.offset, pad_window);
    const auto text = std::span(run.region).subspan(pad_window - before);
    result.guesses.push_back({{*run.offset - before, *run.offset - before + text.size()},
                              {text.begin(), text.end()},
                              run.accepted()});
  }
  return result;
}

AttackResult attack_chained(std::span<const std::uint8_t> lane, const Intervals& seen, std::uint32_t block,
                            const ExactView& exact, const Agreement& agreement, const LanguageModel& model,
                            const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("repeating pad of {} bytes, language model {}", block, model.name());
  const Intervals open = open_runs(seen, exact, agreement, limits);
  result.guesses.resize(open.size());
  each(open.size(), limits, [&](std::size_t k) {
    // b[i] = base[i] ^ b[the position of its column in the first row]: the pad is the block before the run.
    const Interval run = open[k];
    Bytes base(block + run.length());
    for (std::size_t p = block; p < base.size(); ++p) base[p] = base[p - block] ^ lane[run.begin + p - block];
    const std::size_t text_begin = run.begin < block ? block - run.begin : 0;  // before it stands the IV
    std::vector<PadRow> rows;
    for (std::size_t begin = 0; begin < base.size(); begin += block) {
      const std::size_t from = std::max(begin, text_begin), to = std::min(begin + block, base.size());
      if (from < to)
        rows.push_back({from - begin, Bytes(base.begin() + static_cast<std::ptrdiff_t>(from),
                                            base.begin() + static_cast<std::ptrdiff_t>(to))});
    }
    const PadSolution solution = solve_repeating_pad(rows, block, model, limits.stop);
    const std::uint64_t first = run.begin + text_begin - block;
    result.guesses[k] = {{first, run.end}, text_of(rows, solution.pad), solution.accepted};
  });
  if (limits.stop.stop_requested())
    std::erase_if(result.guesses, [](const Guess& g) { return g.bytes.empty(); });
  return result;
}

AttackResult attack_mixed_pairs(std::span<const MixedPair> pairs, const LanguageModel& model,
                                const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("two texts under one pad, language model {}", model.name());
  std::size_t count = 0;
  for (std::uint64_t total = 0; count < pairs.size(); ++count) {
    total += pairs[count].mixed.size();
    if (total > limits.max_bytes) break;
  }
  std::vector<std::array<Bytes, 2>> texts(count);
  std::vector<std::uint8_t> is_accepted(count);  // vector<bool> is not for several threads
  each(count, limits, [&](std::size_t k) {
    // Where one of them was filled up there is nothing to compare with.
    const std::size_t both = std::min(pairs[k].a.length(), pairs[k].b.length());
    const auto mixed = pairs[k].mixed.first(both);
    const std::vector<PadRow> rows{{0, Bytes(both)}, {0, Bytes(mixed.begin(), mixed.end())}};
    const PadSolution solution = solve_repeating_pad(rows, both, model, limits.stop);
    const Bytes text = text_of(rows, solution.pad);
    const auto middle = text.begin() + static_cast<std::ptrdiff_t>(both);
    texts[k] = {Bytes(text.begin(), middle), Bytes(middle, text.end())};
    is_accepted[k] = solution.accepted;
  });
  if (limits.stop.stop_requested()) return result;
  std::vector<bool> adjacent(count);
  for (std::size_t k = 1; k < count; ++k) adjacent[k] = pairs[k - 1].b.end == pairs[k].a.begin;
  const auto turned = PairOrder(texts, model).best(adjacent);
  for (std::size_t k = 0; k < count; ++k)
    for (const std::size_t which : {0u, 1u}) {
      Bytes& text = texts[k][turned[k] ? 1 - which : which];
      const std::uint64_t begin = (which == 0 ? pairs[k].a : pairs[k].b).begin;
      result.guesses.push_back({{begin, begin + text.size()}, std::move(text), is_accepted[k] != 0});
    }
  return result;
}

}  // namespace mps::lab
