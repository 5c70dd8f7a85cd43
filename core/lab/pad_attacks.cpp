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

/// The seen runs of a lane that are plaintext not all determined, up to the limit: the last one may be a
/// run's beginning. Counts in `result` how many bytes there are.
Intervals open_runs(const Intervals& seen, const ExactView& exact, const Agreement& agreement,
                    const AttackLimits& limits, AttackResult& result) {
  Intervals runs;
  std::uint64_t left = limits.max_bytes;
  for (const Interval& run : intersection(seen, normalised({{0, agreement.length()}}))) {
    if (total_length(intersection(exact.determined, {run})) == run.length()) continue;
    result.attackable += run.length();
    const std::uint64_t fits = std::min(left, run.length());
    if (fits > 0) runs.push_back({run.begin, run.begin + fits});
    left -= fits;
  }
  return runs;
}

/// A pair as far as it is attacked, and what came out of it.
struct ReadPair {
  Interval a, b;
  /// Where the shorter one was filled up there is nothing to compare with.
  std::span<const std::uint8_t> mixed;
  std::array<Bytes, 2> texts;
  bool accepted = false;
  const LanguageModel* model = nullptr;  ///< that the texts were read with
};

std::vector<PadRow> rows_of(std::span<const std::uint8_t> mixed) {
  return {{0, Bytes(mixed.size())}, {0, Bytes(mixed.begin(), mixed.end())}};
}

/// Two rows are too few for any model to accept what it reads, so all would be tried on all of it. The
/// beginning tells which one fits.
const LanguageModel* fitting_model(std::span<const std::uint8_t> mixed, Models models,
                                   const std::stop_token& stop) {
  constexpr std::size_t enough = 256;
  if (models.size() == 1) return models.front();
  const auto begin = mixed.first(std::min(mixed.size(), enough));
  return solve_repeating_pad(rows_of(begin), begin.size(), models, stop).model;
}

/// Which of two stretches of text comes first, the sum of them alone does not say: a pair can be turned
/// round. What decides is how well its end goes with the beginning of the next one.
class PairOrder {
 public:
  explicit PairOrder(std::span<const ReadPair> pairs) : pairs_(pairs) {}

  /// For each pair whether it is to be turned round.
  std::vector<bool> best() const {
    std::vector<std::array<bool, 2>> from(pairs_.size());
    std::array<std::int64_t, 2> cost{};
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      const ReadPair& pair = pairs_[k];
      const bool follows = k > 0 && pairs_[k - 1].b.end == pair.a.begin &&
                           pairs_[k - 1].mixed.size() == pairs_[k - 1].b.length();
      const bool whole = pair.mixed.size() == pair.a.length();
      std::array<std::int64_t, 2> now{};
      for (const bool turned : {false, true}) {
        std::array<std::int64_t, 2> ways = cost;
        if (follows)
          for (const bool before : {false, true})
            ways[before] += joint(*pair.model, part(k - 1, before, 1), part(k, turned, 0));
        from[k][turned] = ways[1] < ways[0];
        now[turned] = std::min(ways[0], ways[1]);
        if (whole) now[turned] += joint(*pair.model, part(k, turned, 0), part(k, turned, 1));
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
    return pairs_[pair].texts[turned ? 1 - which : which];
  }
  /// Cost of the first bytes of `right` behind the last ones of `left`.
  static std::int64_t joint(const LanguageModel& model, const Bytes& left, const Bytes& right) {
    constexpr std::size_t reach = LanguageModel::max_context;
    Bytes text(left.end() - static_cast<std::ptrdiff_t>(std::min(reach, left.size())), left.end());
    const std::size_t begin = text.size();
    text.insert(text.end(), right.begin(),
                right.begin() + static_cast<std::ptrdiff_t>(std::min(reach, right.size())));
    return static_cast<std::int64_t>(LanguageModel::units_per_bit *
                                     (model.cost_bits(text) - model.cost_bits(std::span(text).first(begin))));
  }

  std::span<const ReadPair> pairs_;
};

}  // namespace

AttackResult attack_scrambled(std::span<const std::uint8_t> lane, const Intervals& seen,
                              const ExactView& exact, const Agreement& agreement, Models models,
                              const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("repeating pad of 65 bytes, models: {}", names_of(models));
  const Intervals open = open_runs(seen, exact, agreement, limits, result);
  std::vector<ScrambledRun> runs;
  for (const Interval& run : open) runs.push_back({run.begin, lane.subspan(run.begin, run.length())});
  AttackOptions options;
  options.threads = limits.threads;
  options.stop = limits.stop;
  for (const Interval& known : exact.determined) {
    const auto bytes = std::span(exact.plaintext).subspan(known.begin, known.length());
    options.known.push_back({static_cast<std::int64_t>(known.begin), {bytes.begin(), bytes.end()}});
  }
  for (const RunRecovery& run : mps::attack(runs, models, options)) {
    if (run.region.empty()) continue;
    // The region starts 64 bytes before the run, which may be before the stream.
    const std::uint64_t before = std::min<std::uint64_t>(*run.offset, pad_window);
    const auto text = std::span(run.region).subspan(pad_window - before);
    Guess guess{{*run.offset - before, *run.offset - before + text.size()}, {text.begin(), text.end()}, {}};
    for (std::size_t p = pad_window - before; p < run.region.size(); ++p)
      guess.accepted.push_back(run.accepts(p));
    result.guesses.push_back(std::move(guess));
    result.attacked += run.seen().size();
  }
  return result;
}

AttackResult attack_chained(std::span<const std::uint8_t> lane, const Intervals& seen, std::uint32_t block,
                            const ExactView& exact, const Agreement& agreement, Models models,
                            const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("repeating pad of {} bytes, models: {}", block, names_of(models));
  const Intervals open = open_runs(seen, exact, agreement, limits, result);
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
    const PadSolution solution = solve_repeating_pad(rows, block, models, limits.stop);
    const std::uint64_t first = run.begin + text_begin - block;
    Bytes text = text_of(rows, solution.pad);
    std::vector<bool> accepted(text.size(), solution.accepted);
    result.guesses[k] = {{first, run.end}, std::move(text), std::move(accepted)};
  });
  for (std::size_t k = 0; k < open.size(); ++k)
    if (!result.guesses[k].bytes.empty()) result.attacked += open[k].length();
  std::erase_if(result.guesses, [](const Guess& g) { return g.bytes.empty(); });
  return result;
}

AttackResult attack_mixed_pairs(std::span<const MixedPair> pairs, Models models, const AttackLimits& limits) {
  AttackResult result;
  result.method = fmt::format("two texts under one pad, models: {}", names_of(models));
  std::vector<ReadPair> read;
  std::uint64_t left = limits.max_bytes;
  for (const MixedPair& pair : pairs) {
    const std::uint64_t both = std::min(pair.a.length(), pair.b.length());
    result.attackable += both;
    const std::uint64_t fits = std::min(left, both);
    if (fits > 0) read.push_back({pair.a, pair.b, pair.mixed.first(fits), {}, false, nullptr});
    left -= fits;
  }
  each(read.size(), limits, [&](std::size_t k) {
    ReadPair& pair = read[k];
    const std::size_t size = pair.mixed.size();
    const auto rows = rows_of(pair.mixed);
    pair.model = fitting_model(pair.mixed, models, limits.stop);
    const PadSolution solution = solve_repeating_pad(rows, size, {&pair.model, 1}, limits.stop);
    const Bytes text = text_of(rows, solution.pad);
    const auto middle = text.begin() + static_cast<std::ptrdiff_t>(size);
    pair.texts = {Bytes(text.begin(), middle), Bytes(middle, text.end())};
    pair.accepted = solution.accepted;
  });
  if (limits.stop.stop_requested()) return result;
  const auto turned = PairOrder(read).best();
  for (std::size_t k = 0; k < read.size(); ++k) {
    for (const std::size_t which : {0u, 1u}) {
      Bytes& text = read[k].texts[turned[k] ? 1 - which : which];
      const std::uint64_t places[] = {read[k].a.begin, read[k].b.begin};
      const std::uint64_t begin = places[which];
      std::vector<bool> accepted(text.size(), read[k].accepted);
      result.guesses.push_back(
          {{begin, begin + text.size()}, std::move(text), std::move(accepted), places[1 - which]});
    }
    result.attacked += read[k].mixed.size();
  }
  return result;
}

}  // namespace mps::lab
