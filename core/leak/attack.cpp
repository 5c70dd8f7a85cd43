// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/attack.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>

#include "core/leak/bigram_chain.h"

namespace mps {
namespace {

constexpr std::int32_t hint_limit = 48 * LanguageModel::units_per_bit;  ///< a neighbour's word is no proof
constexpr double accept_deviations = 3;
constexpr double accept_evidence_bits = 40;
/// Seen bytes for every unknown byte of the pad. With fewer, fluent guesses were measured to be 5 to 100 %
/// right.
constexpr double accept_bytes_per_column = 1.5;
constexpr double accept_parity_mass = 1.0 / 64;
constexpr std::size_t least_area = 24;
constexpr std::size_t preferred_area = 65;
/// Content that repeats every 65 bytes looks alike; over twice that length it would have to do so four times.
constexpr std::size_t accept_area = 130;

/// Runs that share columns, in stream order; indices into the caller's runs.
using Cluster = std::vector<std::size_t>;

std::vector<Cluster> clusters_of(std::span<const ScrambledRun> runs) {
  std::vector<std::size_t> order;
  std::vector<Cluster> out;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    if (runs[k].bytes.empty()) continue;
    if (runs[k].offset)
      order.push_back(k);
    else
      out.push_back({k});
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return *runs[a].offset != *runs[b].offset ? *runs[a].offset < *runs[b].offset : a < b;
  });
  std::uint64_t end = 0;
  bool open = false;
  for (const std::size_t k : order) {
    const std::uint64_t begin = *runs[k].offset;
    if (open && begin >= end && begin - end < pad_window)
      out.back().push_back(k);
    else
      out.push_back({k});
    end = begin + runs[k].bytes.size();
    open = true;
  }
  // Longest first, so that no thread is left alone with the largest piece at the end.
  std::stable_sort(out.begin(), out.end(), [&](const Cluster& a, const Cluster& b) {
    return runs[a.front()].bytes.size() > runs[b.front()].bytes.size();
  });
  return out;
}

/// A column of one run that is a column of another: the pads differ by a known byte.
struct SharedColumn {
  std::size_t here;
  std::size_t there;
  std::uint8_t difference;
};

/// Where the regions of two runs overlap. Overlaps are of at most 64 positions, so each column comes once.
std::vector<SharedColumn> shared_columns(const ScrambledRun& a, const PadProblem& pa, const ScrambledRun& b,
                                         const PadProblem& pb) {
  const auto begin_a = static_cast<std::int64_t>(*a.offset);
  const auto begin_b = static_cast<std::int64_t>(*b.offset);
  const auto first = std::max(begin_a, begin_b);
  const auto last = std::min(begin_a + static_cast<std::int64_t>(pa.size()),
                             begin_b + static_cast<std::int64_t>(pb.size()));
  std::vector<SharedColumn> out;
  for (std::int64_t at = first; at < last && out.size() < pad_columns; ++at) {
    const auto qa = static_cast<std::size_t>(at - begin_a);
    const auto qb = static_cast<std::size_t>(at - begin_b);
    out.push_back({PadProblem::column(qa), PadProblem::column(qb),
                   static_cast<std::uint8_t>(pa.base[qa] ^ pb.base[qb])});
  }
  return out;
}

class ClusterAttack {
 public:
  ClusterAttack(std::span<const ScrambledRun> runs, const Cluster& cluster, const LanguageModel& model,
                const BigramBlocks& blocks, const AttackOptions& options, std::vector<RunRecovery>& results)
      : runs_(runs),
        cluster_(cluster),
        model_(model),
        blocks_(blocks),
        options_(options),
        results_(results) {}

  template <typename Done>
  void run(const Done& done) {
    for (const std::size_t k : cluster_)
      problems_.push_back(make_pad_problem(runs_[k], options_.register_key_size, options_.known));
    if (cluster_.size() > 1) exchange_hints();
    std::vector<std::size_t> order(cluster_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return problems_[a].size() > problems_[b].size(); });
    for (const std::size_t member : order) {
      if (options_.stop.stop_requested() || !solve(member)) return;
      done();
    }
  }

 private:
  const ScrambledRun& run_of(std::size_t member) const { return runs_[cluster_[member]]; }

  /// Adds what `chain` (of `from`) says about the columns it shares with `to` to the hints of `to`.
  void tell(std::size_t from, std::size_t to, const BigramChain& chain,
            std::vector<std::array<std::int32_t, 256>>& hint) const {
    for (const SharedColumn& shared :
         shared_columns(run_of(from), problems_[from], run_of(to), problems_[to])) {
      const auto& costs = chain.above_best()[shared.here];
      auto& row = hint[shared.there];
      for (std::size_t value = 0; value < 256; ++value)
        row[value] += std::min(costs[value ^ shared.difference], hint_limit);
    }
  }

  /// One sweep each way along the stream; a run is told what its neighbour knows without what it said itself.
  void exchange_hints() {
    const std::size_t n = cluster_.size();
    const std::vector<std::array<std::int32_t, 256>> silent(pad_columns, std::array<std::int32_t, 256>{});
    std::vector hints(n, silent);
    auto sweep = [&](bool forward) {
      std::vector<std::array<std::int32_t, 256>> said = silent;
      for (std::size_t step = 0; step + 1 < n && !options_.stop.stop_requested(); ++step) {
        const std::size_t from = forward ? step : n - 1 - step;
        const std::size_t to = forward ? from + 1 : from - 1;
        PadProblem& problem = problems_[from];
        problem.hint = said;
        BigramChain chain(problem, blocks_);
        chain.solve(problem);
        said = silent;
        tell(from, to, chain, said);
        for (std::size_t c = 0; c < pad_columns; ++c) {
          for (std::size_t v = 0; v < 256; ++v) hints[to][c][v] += said[c][v];
        }
      }
    };
    sweep(true);
    sweep(false);
    for (std::size_t k = 0; k < n; ++k) problems_[k].hint = std::move(hints[k]);
  }

  /// Runs already accepted settle the columns that they share with this one.
  void settle_shared(std::size_t member) {
    for (std::size_t other = 0; other < cluster_.size(); ++other) {
      const RunRecovery& result = results_[cluster_[other]];
      if (other == member || !result.accepted()) continue;
      for (const SharedColumn& shared :
           shared_columns(run_of(other), problems_[other], run_of(member), problems_[member])) {
        auto& fixed = problems_[member].fixed[shared.there];
        const auto value = static_cast<std::uint8_t>(pads_[other][shared.here] ^ shared.difference);
        if (!fixed) fixed = value;
      }
    }
  }

  /// False if stopped before there was a result.
  bool solve(std::size_t member) {
    PadProblem& problem = problems_[member];
    pads_.resize(cluster_.size());
    if (cluster_.size() > 1) settle_shared(member);
    BigramChain chain(problem, blocks_);
    chain.solve(problem);
    const PadSearch search(problem, model_, chain, options_.limits);
    PadGuess guess = search.run(options_.stop);
    if (options_.stop.stop_requested()) return false;
    RunRecovery result;
    result.areas = repeating_areas(run_of(member).bytes, least_area);
    consider_area(problem, run_of(member).bytes, result.areas, search, guess);
    pads_[member] = guess.pad;
    judge(member, guess, result);
    results_[cluster_[member]] = std::move(result);
    return true;
  }

  /// A language model takes zero pages for spaces or dashes; the parity of the guess then fails by that
  /// difference.
  static void consider_area(const PadProblem& problem, std::span<const std::uint8_t> run,
                            const std::vector<RepeatingArea>& areas, const PadSearch& search,
                            PadGuess& guess) {
    const auto longest =
        std::max_element(areas.begin(), areas.end(),
                         [](const RepeatingArea& a, const RepeatingArea& b) { return a.size < b.size; });
    if (longest == areas.end() || (guess.parity && !guess.parity_forced)) return;
    const Pad pad = pad_of_area(problem, run, *longest);
    const std::int64_t cost = search.cost(pad);
    if (cost >= guess.cost && longest->size < preferred_area) return;
    guess.pad = pad;
    guess.cost = cost;
    guess.parity = xor_of(pad) == problem.parity;
    guess.parity_forced = false;
    guess.from_area = true;
    search.rate_columns(guess);
    if (longest->size < accept_area) return;
    guess.parity_mass = 1;  // what the model holds of it no longer matters
    guess.probability.fill(1);
  }

  void judge(std::size_t member, const PadGuess& guess, RunRecovery& result) const {
    const PadProblem& problem = problems_[member];
    const auto seen = static_cast<double>(problem.size() - pad_window);
    result.offset = run_of(member).offset;
    result.region = apply_pad(problem, guess.pad);
    result.parity = xor_of(guess.pad) == problem.parity;
    result.parity_forced = guess.parity_forced;
    result.from_area = guess.from_area;
    result.parity_mass = guess.parity_mass;
    result.joined_runs = cluster_.size();
    result.contradictions = problem.contradictions;
    const auto text = std::span(result.region).subspan(problem.text_begin);
    const double cost = model_.cost_bits(text);
    const ModelCalibration& calibration = model_.calibration();
    const double h = std::min(calibration.bits_per_byte, 7.99);
    result.bits_per_byte = cost / static_cast<double>(std::max<std::size_t>(text.size(), 1));
    result.accept_below = h + accept_deviations * calibration.deviation_at(text.size());
    const auto register_bytes =
        std::min(problem.text_begin, std::min(options_.register_key_size, pad_window));
    result.evidence_bits = 8 * seen - cost - 8 * static_cast<double>(register_bytes);
    result.unicity_length = 64 * h / (8 - h);
    double sum = 0;
    result.margin_bits = *std::min_element(guess.margin_bits.begin(), guess.margin_bits.end());
    for (std::size_t p = pad_window; p < problem.size(); ++p) sum += guess.probability[PadProblem::column(p)];
    result.confidence = static_cast<float>(sum / seen);
    result.column_probability = guess.probability;
    result.verdict = verdict(problem, result);
  }

  static Verdict verdict(const PadProblem& problem, const RunRecovery& result) {
    if (!result.parity || result.parity_mass < accept_parity_mass) return Verdict::parity_fails;
    const auto seen = result.seen().size();
    const bool by_area =
        result.from_area && std::any_of(result.areas.begin(), result.areas.end(),
                                        [](const RepeatingArea& area) { return area.size >= accept_area; });
    if (!by_area && result.bits_per_byte > result.accept_below) return Verdict::unlike_model;
    if (!by_area &&
        (result.evidence_bits < accept_evidence_bits ||
         static_cast<double>(seen) < accept_bytes_per_column * static_cast<double>(problem.free_columns())))
      return Verdict::too_short;
    std::size_t sure = 0;
    for (std::size_t p = pad_window; p < problem.size(); ++p) sure += result.sure(PadProblem::column(p));
    return sure == seen ? Verdict::accepted : 2 * sure > seen ? Verdict::partly : Verdict::doubtful;
  }

  std::span<const ScrambledRun> runs_;
  const Cluster& cluster_;
  const LanguageModel& model_;
  const BigramBlocks& blocks_;
  const AttackOptions& options_;
  std::vector<RunRecovery>& results_;  ///< only the cluster's own are touched
  std::vector<PadProblem> problems_;
  std::vector<Pad> pads_;
};

}  // namespace

std::size_t RunRecovery::accepted_bytes() const {
  std::size_t count = 0;
  for (std::size_t p = pad_window; p < region.size(); ++p) count += accepts(p);
  return count;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::partly:
      return "accepted in part";
    case Verdict::doubtful:
      return "in doubt";
    case Verdict::not_attempted:
      return "not attempted";
    case Verdict::parity_fails:
      return "parity fails";
    case Verdict::unlike_model:
      return "unlike the model";
    case Verdict::too_short:
      return "too short";
  }
  return "";
}

std::vector<RunRecovery> attack(std::span<const ScrambledRun> runs, const LanguageModel& model,
                                const AttackOptions& options) {
  std::vector<RunRecovery> results(runs.size());
  for (std::size_t k = 0; k < runs.size(); ++k) results[k].offset = runs[k].offset;
  const auto clusters = clusters_of(runs);
  const BigramBlocks blocks(model);
  std::atomic<std::size_t> next{0};
  std::mutex reporting;
  std::size_t done = 0;
  const auto report = [&] {
    const std::lock_guard lock(reporting);
    ++done;
    if (options.progress) options.progress(done, runs.size());
  };
  const auto work = [&] {
    for (std::size_t k = next++; k < clusters.size() && !options.stop.stop_requested(); k = next++)
      ClusterAttack(runs, clusters[k], model, blocks, options, results).run(report);
  };
  unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<std::size_t>(threads, std::max<std::size_t>(clusters.size(), 1)));
  {
    std::vector<std::jthread> workers;
    for (unsigned k = 1; k < threads; ++k) workers.emplace_back(work);
    work();
  }
  return results;
}

namespace {

/// A table of zeros reads as lines of blanks once its parity has been bent to fit: another model may know it
/// better.
bool settled(const RunRecovery& result) {
  return result.accepted() && !result.parity_forced;
}

/// Evidence decides between models that read a run, between those that do not, and against bent parity.
bool better(const RunRecovery& a, const RunRecovery& b) {
  const bool by_evidence = a.read() == b.read() || (b.read() && b.parity_forced);
  return by_evidence ? a.evidence_bits > b.evidence_bits : a.read();
}

}  // namespace

std::vector<RunRecovery> attack(std::span<const ScrambledRun> runs,
                                std::span<const LanguageModel* const> models, const AttackOptions& options) {
  std::vector<RunRecovery> best(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) best[i].offset = runs[i].offset;
  for (const LanguageModel* model : models) {
    std::vector<std::size_t> unread;
    std::vector<ScrambledRun> left;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (settled(best[i])) continue;
      unread.push_back(i);
      left.push_back(runs[i]);
    }
    if (unread.empty() || options.stop.stop_requested()) break;
    AttackOptions of_model = options;
    if (options.progress)
      of_model.progress = [&](std::size_t done, std::size_t all) {
        options.progress(runs.size() - all + done, runs.size());
      };
    auto results = attack(left, *model, of_model);
    for (std::size_t k = 0; k < unread.size(); ++k) {
      RunRecovery& so_far = best[unread[k]];
      if (results[k].region.empty()) continue;
      if (so_far.region.empty() || better(results[k], so_far)) so_far = std::move(results[k]);
    }
  }
  return best;
}

}  // namespace mps
