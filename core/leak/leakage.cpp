// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/leakage.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "core/leak/controls.h"
#include "core/leak/hardened_view.h"
#include "core/scramble/mps_scramble.h"

namespace mps {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Captured bytes of the tapped subflows, read again piece by piece.
class TappedBytes final : public SeenSource {
 public:
  TappedBytes(std::vector<SeenSlice> slices, std::span<const SeenExtent> extents, PayloadStore& store)
      : slices_(std::move(slices)), extents_(extents), store_(store) {}
  std::size_t count() const override { return slices_.size(); }
  Interval piece(std::size_t index) const override { return slices_[index].where; }
  bool has_bytes() const override { return true; }
  std::span<const std::uint8_t> bytes(std::size_t index) override {
    const SeenSlice& slice = slices_[index];
    buffer_.resize(slice.where.end - slice.where.begin);
    if (!store_.read(extents_[slice.extent].locator + slice.skip, buffer_))
      std::fill(buffer_.begin(), buffer_.end(), 0);
    return buffer_;
  }

 private:
  std::vector<SeenSlice> slices_;
  std::span<const SeenExtent> extents_;
  PayloadStore& store_;
  Bytes buffer_;
};

std::vector<std::span<const std::uint8_t>> views(const std::vector<Bytes>& runs) {
  return {runs.begin(), runs.end()};
}

std::vector<RunRecovery> attack_with_all(std::span<const ScrambledRun> runs, const LeakageOptions& options) {
  AttackOptions attack_options;
  for (const Crib& crib : options.cribs)
    attack_options.known.push_back({static_cast<std::int64_t>(crib.offset), crib.bytes});
  attack_options.register_key_size = options.register_key_length;
  attack_options.threads = options.threads;
  attack_options.stop = options.stop;
  attack_options.progress = options.progress;
  return attack(runs, options.models, attack_options);
}

/// The plaintext, and where each run stands in it; kept apart from the runs, so that no attack learns a place
/// from the truth.
struct Truth {
  std::span<const std::uint8_t> bytes;
  std::vector<std::optional<std::uint64_t>> at;  ///< of each run's first byte

  bool empty() const { return bytes.empty(); }
  /// Of run k's bytes; empty where they are not known.
  std::span<const std::uint8_t> of(std::size_t k, std::size_t size) const {
    if (k >= at.size() || !at[k] || *at[k] > bytes.size() || size > bytes.size() - *at[k]) return {};
    return bytes.subspan(*at[k], size);
  }
  /// Of the run's region [a-64, a+n), or of the run alone at the stream's start.
  std::span<const std::uint8_t> of_region(std::size_t k, std::size_t size) const {
    const auto own = of(k, size);
    return own.empty() || *at[k] < pad_window ? own : bytes.subspan(*at[k] - pad_window, size + pad_window);
  }
};

std::vector<std::span<const std::uint8_t>> regions_of(std::span<const ScrambledRun> runs,
                                                      const Truth& truth) {
  std::vector<std::span<const std::uint8_t>> out;
  for (std::size_t k = 0; k < runs.size(); ++k) out.push_back(truth.of_region(k, runs[k].bytes.size()));
  return out;
}

/// Where a run whose offset nobody knows stands in the plaintext: S[i] ^ S[i-1] = b[i] ^ b[i-65] holds
/// nowhere else but in plaintext that repeats itself. None without a place, or with several.
std::optional<std::uint64_t> locate(std::span<const std::uint8_t> run,
                                    std::span<const std::uint8_t> plaintext) {
  constexpr std::size_t enough = 1024;
  if (run.size() < 2 * pad_columns || plaintext.size() < run.size()) return std::nullopt;
  Bytes wanted, differences;
  for (std::size_t i = 1; i < std::min(run.size(), enough); ++i) wanted.push_back(run[i] ^ run[i - 1]);
  for (std::size_t i = pad_columns; i < plaintext.size(); ++i)
    differences.push_back(plaintext[i] ^ plaintext[i - pad_columns]);
  const std::boyer_moore_horspool_searcher searcher(wanted.begin(), wanted.end());
  const auto found = std::search(differences.begin(), differences.end(), searcher);
  if (found == differences.end()) return std::nullopt;
  if (std::search(found + 1, differences.end(), searcher) != differences.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - differences.begin()) + pad_columns - 1;
}

/// Runs whose offsets count from the truth's first byte.
Truth placed_truth(std::span<const ScrambledRun> runs, std::span<const std::uint8_t> truth) {
  Truth placed{truth, {}};
  for (const ScrambledRun& run : runs) placed.at.push_back(run.offset);
  return placed;
}

/// Runs whose offsets count from an unknown place, or that have none: one that can be located tells the place
/// of all that have offsets.
Truth located_truth(std::span<const ScrambledRun> runs, std::span<const std::uint8_t> truth) {
  Truth placed{truth, std::vector<std::optional<std::uint64_t>>(runs.size())};
  if (truth.empty()) return placed;
  std::optional<std::uint64_t> origin;  // may be "negative": unsigned arithmetic brings it back
  for (std::size_t k = 0; k < runs.size(); ++k) {
    if (runs[k].offset && origin) continue;
    placed.at[k] = locate(runs[k].bytes, truth);
    if (placed.at[k] && runs[k].offset) origin = *runs[k].offset - *placed.at[k];
  }
  for (std::size_t k = 0; k < runs.size(); ++k)
    if (runs[k].offset && origin) placed.at[k] = *runs[k].offset - *origin;
  if (std::none_of(placed.at.begin(), placed.at.end(), [](const auto& at) { return at.has_value(); }))
    placed.bytes = {};
  return placed;
}

Inference infer(std::span<const ScrambledRun> runs, const LeakageOptions& options, const Truth& truth) {
  Inference inference;
  inference.model = names_of(options.models);
  inference.model_bits_per_byte = options.models.front()->calibration().bits_per_byte;
  inference.runs = attack_with_all(runs, options);
  inference.claim = claim_recovery(inference.runs);
  for (const ScrambledRun& run : runs) {
    inference.attacked_bytes += run.bytes.size();
    const auto margin = unicity_margin(run.bytes.size(), inference.model_bits_per_byte);
    inference.unicity_runs += margin.bits > 0;
  }
  if (!truth.empty()) inference.score = score_recovery(inference.runs, regions_of(runs, truth));
  if (options.stop.stop_requested()) inference.all_attacked = false;
  return inference;
}

Controls measure_controls(std::span<const ScrambledRun> runs, const LeakageOptions& options,
                          const Truth& truth) {
  Controls controls;
  std::vector<std::span<const std::uint8_t>> seen;
  std::uint64_t bytes = 0;
  for (const ScrambledRun& run : runs) {  // a sample is enough to show what chance gives
    if (bytes > 256 * 1024) break;
    seen.push_back(run.bytes);
    bytes += run.bytes.size();
  }
  const auto recoded = prf_control(seen, options.seed);
  const auto recoded_views = views(recoded);
  controls.prf_difference = first_difference(recoded_views);
  controls.prf_randomness = randomness(recoded_views);
  if (options.attack && !options.models.empty()) {
    std::vector<ScrambledRun> control_runs;
    for (std::size_t i = 0; i < recoded.size(); ++i) control_runs.push_back({runs[i].offset, recoded[i]});
    LeakageOptions quiet = options;
    quiet.progress = nullptr;
    quiet.cribs.clear();
    const auto results = attack_with_all(control_runs, quiet);
    controls.prf_runs = results.size();
    for (const auto& result : results) controls.prf_accepted += result.read();
    if (!truth.empty()) {
      const auto score = score_recovery(results, regions_of(control_runs, truth));
      if (score.bytes)
        controls.prf_right = static_cast<double>(score.bytes_right) / static_cast<double>(score.bytes);
    }
    if (!truth.empty()) {
      const Bytes gzip =
          compressed_control(truth.bytes.first(std::min<std::size_t>(truth.bytes.size(), 1 << 20)));
      controls.gzip_bytes = gzip.size();
      if (!gzip.empty()) {
        const ScrambledRun run{std::nullopt, gzip};
        const auto result = attack_with_all(std::span(&run, 1), quiet);
        controls.gzip_accepted = result.front().read();
      }
    }
  }
  return controls;
}

/// M7 over all runs, as one: the sample is the union of their bytes.
std::optional<ZeroWorkLeak> zero_work(std::span<const ScrambledRun> runs, const Truth& truth) {
  ZeroWorkLeak sum;
  double equal = 0, low = 0, high = 0, naive = 0;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    const auto right = truth.of(k, runs[k].bytes.size());
    if (right.empty()) continue;
    const ZeroWorkLeak one = zero_work_leak(runs[k].bytes, right);
    const auto n = static_cast<double>(one.bytes);
    sum.bytes += one.bytes;
    equal += one.equal_rate * n;
    low += one.equal_low * n;
    high += one.equal_high * n;
    naive += one.naive_rate * n;
    sum.naive_columns = wilson(sum.naive_columns.hits + one.naive_columns.hits,
                               sum.naive_columns.trials + one.naive_columns.trials);
  }
  if (sum.bytes == 0) return std::nullopt;
  const auto n = static_cast<double>(sum.bytes);
  sum.equal_rate = equal / n;
  sum.equal_low = low / n;
  sum.equal_high = high / n;
  sum.naive_rate = naive / n;
  return sum;
}

/// Everything that looks at bytes; `leakage` has its structure already.
void measure_bytes(Leakage& leakage, std::span<const ScrambledRun> runs, const LeakageOptions& options,
                   const Truth& truth) {
  std::vector<std::span<const std::uint8_t>> seen;
  for (const ScrambledRun& run : runs) seen.push_back(run.bytes);
  leakage.sign = scrambling_sign(seen);
  leakage.randomness = randomness(seen);
  if (!truth.empty() && !runs.empty() && truth.at.front() && *truth.at.front() >= leakage.runs.front().begin)
    leakage.truth_at = *truth.at.front() - leakage.runs.front().begin;
  if (!leakage.scrambled) return;
  // Attacks and zero-work decoding are those on the paper's scheme; on a hardened one they show what chance
  // gives.
  leakage.zero_work = zero_work(runs, truth);
  // Whoever decodes every byte has nothing left to guess.
  if (leakage.exact && leakage.exact_seen() == leakage.seen_bytes) return;
  if (options.attack && !options.models.empty() && !runs.empty()) {
    leakage.inference = infer(runs, options, truth);
    const bool head_seen = leakage.head && !leakage.runs.empty() && leakage.runs.front().begin == 0;
    if (head_seen && !leakage.has_key) {
      std::vector<KnownText> known;
      for (const Crib& crib : options.cribs)
        known.push_back({static_cast<std::int64_t>(crib.offset), crib.bytes});
      leakage.inference->key = recover_key(runs.front(), *options.models.front(), options.register_key_length,
                                           4, known, options.stop);
    }
  }
  if (options.controls && !runs.empty() && !is_hardened(leakage.scheme))
    leakage.controls = measure_controls(runs, options, truth);
  leakage.cancelled = options.stop.stop_requested();
}

}  // namespace

StreamEvidence::StreamEvidence(const Connection& connection, Direction direction, PayloadStore& store)
    : connection_(connection), direction_(direction), store_(store) {
  const DataStream& stream = connection.stream(direction);
  start_known_ = stream.origin_known();
  std::uint64_t base = 0;
  if (!start_known_ && !stream.extents().empty())
    base = std::min_element(stream.extents().begin(), stream.extents().end(),
                            [](const Extent& a, const Extent& b) { return a.offset < b.offset; })
               ->offset;
  extents_.reserve(stream.extents().size());
  for (const Extent& e : stream.extents())
    extents_.push_back(
        {e.offset - base, e.locator, e.length, e.frame, static_cast<std::uint16_t>(e.subflow)});
  coverage_ = subflow_coverage(extents_);
  length_ = stream.length().value_or(0);
  if (!coverage_.empty()) length_ = std::max(length_, coverage_.back().where.end);
}

SubflowMask StreamEvidence::all_subflows() const {
  SubflowMask all = 0;
  for (const auto& subflow : connection_.subflows) all |= mask_of(subflow->index);
  return all;
}

std::unique_ptr<SeenSource> StreamEvidence::source(SubflowMask tapped) const {
  return std::make_unique<TappedBytes>(slices_seen_by(tapped, extents_), extents_, store_);
}

bool StreamEvidence::load(SubflowMask tapped, std::uint64_t max_bytes, Intervals& runs,
                          std::vector<std::vector<std::uint8_t>>& bytes) const {
  runs = runs_of(tapped);
  std::uint64_t total = 0;
  std::size_t keep = 0;
  while (keep < runs.size() && total + runs[keep].length() <= max_bytes) total += runs[keep++].length();
  if (keep == 0 && !runs.empty()) {  // one run beyond the limit: its begin
    runs.front().end = runs.front().begin + max_bytes;
    keep = 1;
  }
  runs.resize(keep);
  bytes.clear();
  for (const Interval& run : runs) bytes.emplace_back(run.length());
  std::size_t r = 0;
  for (const SeenSlice& slice : slices_seen_by(tapped, extents_)) {
    while (r < runs.size() && runs[r].end <= slice.where.begin) ++r;
    if (r == runs.size()) break;
    const std::uint64_t end = std::min(slice.where.end, runs[r].end);
    const auto out = std::span(bytes[r]).subspan(slice.where.begin - runs[r].begin, end - slice.where.begin);
    if (!store_.read(extents_[slice.extent].locator + slice.skip, out)) return false;
  }
  return true;
}

tl::expected<Leakage, std::string> measure_leakage(const StreamEvidence& evidence, const Observer& observer,
                                                   const LeakageOptions& options,
                                                   std::span<const std::uint8_t> truth) {
  Leakage leakage;
  leakage.observer = observer.name;
  leakage.tapped = observer.tapped;
  leakage.sees_handshake = observer.sees_handshake;
  leakage.has_key = observer.has_keys;
  leakage.start_known = evidence.start_known();
  const Connection& connection = evidence.connection();
  leakage.scrambled = connection.scrambled ||
                      (!connection.capable_flags[0] && !connection.capable_flags[1] && !connection.fallback);
  leakage.scheme = connection.scrambled ? connection.scheme : Scheme::paper;
  leakage.scheme_known = connection.scrambled || !leakage.scrambled;
  const bool hardened = is_hardened(leakage.scheme);
  leakage.stream_bytes = evidence.length();
  leakage.runs = evidence.runs_of(observer.tapped);
  leakage.seen_bytes = total_length(leakage.runs);

  const SchemeParameters scheme{MPS_WINDOW, options.register_key_length, observer.has_keys};
  std::vector<Crib> cribs = options.cribs;
  cribs.insert(cribs.end(), observer.cribs.begin(), observer.cribs.end());
  std::erase_if(cribs, [&](const Crib& crib) { return crib.offset + crib.bytes.size() > evidence.length(); });
  const KnownBytes known(cribs);
  if (options.exact && hardened) {
    leakage.exact = read_hardened(evidence, observer, options.exact_sink);
  } else if (options.exact && leakage.scrambled) {
    ExactProblem problem;
    problem.range = {0, evidence.length()};
    problem.known = &known;
    problem.targets = {
        {Target::Kind::seen, {}}, {Target::Kind::seen_and_window_before, {}}, {Target::Kind::whole, {}}};
    if (!evidence.start_known())
      problem.start = StartRegister::interior();
    else if (observer.has_keys && !options.register_key.empty())
      problem.start = StartRegister::with_key(options.register_key);
    else
      problem.start = StartRegister::unknown_key(options.register_key_length);
    const auto source = evidence.source(observer.tapped);
    auto solved = solve_exactly(problem, *source, options.exact_sink);
    if (!solved) return tl::unexpected(solved.error());
    leakage.exact = std::move(*solved);
  }
  if (evidence.start_known() && leakage.scrambled && !hardened) {
    auto head = head_exposure(observer.tapped, scheme, evidence.length(), evidence.coverage(), &known);
    if (!head) return tl::unexpected(head.error());
    leakage.head = std::move(*head);
  }

  Intervals where;
  std::vector<Bytes> bytes;
  if (!evidence.load(observer.tapped, options.max_attack_bytes, where, bytes))
    return tl::unexpected(std::string("bytes of the capture could not be read again"));
  // Runs of a stream whose start is unknown get offsets far from any start, so that nobody takes them for
  // one.
  const std::uint64_t base = evidence.start_known() ? 0 : std::uint64_t{1} << 32;
  std::vector<ScrambledRun> runs;
  for (std::size_t i = 0; i < where.size(); ++i) runs.push_back({where[i].begin + base, bytes[i]});
  LeakageOptions shifted = options;
  shifted.cribs = cribs;
  for (Crib& crib : shifted.cribs) crib.offset += base;
  measure_bytes(leakage, runs, shifted, base ? located_truth(runs, truth) : placed_truth(runs, truth));
  if (leakage.inference && total_length(where) < leakage.seen_bytes) leakage.inference->all_attacked = false;
  return leakage;
}

tl::expected<Leakage, std::string> measure_runs(std::span<const ScrambledRun> runs,
                                                const LeakageOptions& options,
                                                std::span<const std::uint8_t> truth) {
  Leakage leakage;
  leakage.observer = "raw";
  SeenViews source;
  const bool offsets_known =
      std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run.offset.has_value(); });
  leakage.start_known = offsets_known;
  const KnownBytes known(options.cribs);
  for (const ScrambledRun& run : runs) {
    const std::uint64_t begin = run.offset.value_or(0);
    leakage.runs.push_back({begin, begin + run.bytes.size()});
    source.add(begin, run.bytes);
    leakage.seen_bytes += run.bytes.size();
  }
  if (leakage.runs.empty()) return leakage;
  leakage.stream_bytes = leakage.runs.back().end;
  if (options.exact) {
    ExactProblem problem;
    problem.range = {0, leakage.stream_bytes};
    problem.known = &known;
    problem.targets = {
        {Target::Kind::seen, {}}, {Target::Kind::seen_and_window_before, {}}, {Target::Kind::whole, {}}};
    problem.start =
        offsets_known ? StartRegister::unknown_key(options.register_key_length) : StartRegister::interior();
    auto solved = solve_exactly(problem, source, options.exact_sink);
    if (!solved) return tl::unexpected(solved.error());
    leakage.exact = std::move(*solved);
  }
  if (offsets_known) {
    std::vector<MaskInterval> coverage;
    for (const Interval& run : leakage.runs) coverage.push_back({run, mask_of(0)});
    auto head = head_exposure(mask_of(0), {MPS_WINDOW, options.register_key_length, false},
                              leakage.stream_bytes, coverage, &known);
    if (!head) return tl::unexpected(head.error());
    leakage.head = std::move(*head);
  }
  measure_bytes(leakage, runs, options,
                offsets_known ? placed_truth(runs, truth) : located_truth(runs, truth));
  return leakage;
}

Observer observer_of(const Connection& connection, SubflowMask tapped) {
  Observer observer;
  observer.tapped = tapped;
  for (const auto& subflow : connection.subflows) {
    if (!(tapped & mask_of(subflow->index))) continue;
    observer.name += fmt::format("{}{}", observer.name.empty() ? "" : "+", subflow->index);
    if (subflow->initial) observer.sees_handshake = true;
  }
  if (observer.name.empty()) observer.name = "none";
  observer.has_keys = observer.sees_handshake && connection.keys[0] && connection.keys[1] &&
                      connection.key_source[0] == KeySource::handshake;
  return observer;
}

tl::expected<Observer, std::string> named_observer(const Connection& connection, const std::string& name,
                                                   SubflowMask trusted, SubflowMask untrusted) {
  SubflowMask tapped = 0;
  if (name == "trusted") {
    tapped = trusted;
  } else if (name == "untrusted") {
    tapped = untrusted;
  } else if (name == "all") {
    for (const auto& subflow : connection.subflows) tapped |= mask_of(subflow->index);
  } else if (name != "none") {
    std::istringstream words(name);
    for (std::string word; std::getline(words, word, ',');) {
      if (word.empty() || word.size() > 5 || word.find_first_not_of("0123456789") != std::string::npos)
        return tl::unexpected(fmt::format("'{}' is not a set of subflows", name));
      const auto index = static_cast<std::size_t>(std::stoul(word));
      if (index >= connection.subflows.size())
        return tl::unexpected(fmt::format("there is no subflow {}", index));
      tapped |= mask_of(static_cast<std::uint16_t>(index));
    }
  }
  Observer observer = observer_of(connection, tapped);
  if (name == "trusted" || name == "untrusted" || name == "all") observer.name = name;
  return observer;
}

}  // namespace mps
