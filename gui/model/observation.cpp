// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/observation.h"

#include <algorithm>
#include <chrono>

#include "core/scramble/mps_scramble.h"
#include "gui/model/scheme_text.h"

namespace mps::gui {
namespace {

/// Runs of a stream whose start is unknown carry offsets from 2^32 on in attack results.
std::uint64_t attack_base(const StreamEvidence& evidence) {
  return evidence.start_known() ? 0 : std::uint64_t{1} << 32;
}

void place_inferred(RecoveredStream& recovered, const Leakage& leakage, std::uint64_t base) {
  if (!leakage.inference) return;
  for (const RunRecovery& run : leakage.inference->runs) {
    if (!run.offset) continue;
    const std::uint64_t begin = *run.offset - base;
    // What stands before offset 0 is the register.
    for (std::size_t from = begin < pad_window ? pad_window - begin : 0; from < run.region.size();) {
      std::size_t to = from;
      while (to < run.region.size() && run.accepts(to)) ++to;
      if (to > from)
        recovered.infer(begin + from - pad_window, std::span(run.region).subspan(from, to - from));
      from = to + 1;
    }
  }
  for (const RunRecovery& run : leakage.inference->runs)
    if (!run.accepted() && run.offset) recovered.guess(*run.offset - base, run.seen());
}

void place_plain(RecoveredStream& recovered, const StreamSnapshot& stream) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20;
  std::vector<std::uint8_t> bytes;
  for (const Interval& run : recovered.seen().intervals())
    for (std::uint64_t at = run.begin; at < run.end; at += bytes.size()) {
      bytes.assign(std::min(run.end - at, piece), 0);
      if (at < recovered.size()) stream.read_wire(at, bytes);
      recovered.determined(at, bytes);
    }
}

std::uint64_t count_right(const RecoveredStream& recovered, const IntervalIndex& part,
                          std::span<const std::uint8_t> truth) {
  std::uint64_t right = 0;
  for (const Interval& where : part.intervals())
    for (std::uint64_t i = where.begin; i < where.end && i < truth.size(); ++i)
      right += recovered.byte(i) == truth[i];
  return right;
}

}  // namespace

const char* to_string(ByteState state) {
  switch (state) {
    case ByteState::unseen:
      return "not tapped";
    case ByteState::unknown:
      return "tapped, not recovered";
    case ByteState::guessed:
      return "guessed, not accepted";
    case ByteState::inferred:
      return "inferred";
    case ByteState::exact:
      return "exact";
  }
  return "";
}

RecoveredStream::RecoveredStream(std::uint64_t length, Intervals seen)
    : length_(length), bytes_(std::min(length, limit)), seen_(std::move(seen)) {}

void RecoveredStream::keep(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (offset >= bytes_.size()) return;
  std::copy_n(bytes.begin(), std::min<std::uint64_t>(bytes.size(), bytes_.size() - offset),
              bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
}

void RecoveredStream::determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (offset >= length_) return;
  keep(offset, bytes);
  if (exact_found_.size() == most_stretches) return;
  append_merged(exact_found_, {offset, std::min(offset + bytes.size(), length_)});
}

void RecoveredStream::place(std::uint64_t offset, std::span<const std::uint8_t> bytes, const Intervals& taken,
                            Intervals& found) {
  if (offset >= length_) return;
  const Interval where{offset, std::min<std::uint64_t>(offset + bytes.size(), length_)};
  for (const Interval& free : complement(intersection(taken, {where}), where)) {
    keep(free.begin, bytes.subspan(free.begin - offset, free.length()));
    found.push_back(free);
  }
}

void RecoveredStream::infer(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  place(offset, bytes, exact_found_, inferred_found_);
}

void RecoveredStream::guess(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  Intervals taken = exact_found_;
  taken.insert(taken.end(), inferred_found_.begin(), inferred_found_.end());
  place(offset, bytes, normalised(std::move(taken)), guessed_found_);
}

void RecoveredStream::seal() {
  exact_ = IntervalIndex(std::move(exact_found_));
  inferred_ = IntervalIndex(std::move(inferred_found_));
  guessed_ = IntervalIndex(std::move(guessed_found_));
}

ByteState RecoveredStream::state(std::uint64_t offset) const {
  if (exact_.contains(offset)) return ByteState::exact;
  if (inferred_.contains(offset)) return ByteState::inferred;
  if (guessed_.contains(offset)) return ByteState::guessed;
  return seen_.contains(offset) ? ByteState::unknown : ByteState::unseen;
}

std::uint64_t Observation::inferred_bytes() const {
  std::uint64_t sum = 0;
  for (const Interval& run : leakage.runs) sum += recovered->inferred().covered(run.begin, run.end);
  return sum;
}

Observer observer_for(const StreamSnapshot& stream, const ObserverChoice& choice) {
  Observer observer = observer_of(stream.evidence().connection(), choice.tapped);
  const bool available = !stream.register_key().empty();
  if (choice.keys_known && available) observer.has_keys = true;
  if (!available) observer.has_keys = false;
  return observer;
}

tl::expected<ObservationPtr, std::string> observe(
    std::shared_ptr<const StreamSnapshot> stream, const ObserverChoice& choice,
    const AttackSettings& settings, const std::vector<const LanguageModel*>& models,
    const std::stop_token& stop, const std::function<void(std::size_t, std::size_t)>& progress) {
  const auto started = std::chrono::steady_clock::now();
  const StreamEvidence& evidence = stream->evidence();
  auto recovered = std::make_shared<RecoveredStream>(evidence.length(), evidence.runs_of(choice.tapped));
  LeakageOptions options;
  options.attack = options.controls = !models.empty();
  options.controls = options.controls && settings.controls;
  options.models = models;
  options.seed = settings.seed;
  options.max_attack_bytes = settings.max_bytes;
  options.register_key = stream->register_key();
  options.register_key_length = stream->register_key_length();
  options.exact_sink = recovered.get();
  options.stop = stop;
  options.progress = progress;
  auto leakage = measure_leakage(evidence, observer_for(*stream, choice), options, stream->truth());
  if (!leakage) return tl::unexpected(leakage.error());

  auto observation = std::make_shared<Observation>();
  observation->choice = choice;
  observation->settings = settings;
  observation->leakage = std::move(*leakage);
  observation->attacked = !models.empty() && !observation->leakage.cancelled;
  place_inferred(*recovered, observation->leakage, attack_base(evidence));
  if (!observation->leakage.scrambled) place_plain(*recovered, *stream);
  recovered->seal();
  observation->right = count_right(*recovered, recovered->inferred(), stream->truth());
  observation->guessed_right = count_right(*recovered, recovered->guessed(), stream->truth());
  observation->recovered = std::move(recovered);
  observation->stream = std::move(stream);
  observation->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return observation;
}

KnownPlaintextCurve known_plaintext_curve(const StreamSnapshot& stream, SubflowMask tapped) {
  KnownPlaintextCurve curve;
  curve.obstacle = known_plaintext_obstacle(stream.coding());
  if (!curve.obstacle.empty()) return curve;
  // Where the stream's beginning was not captured, offsets count from the first byte seen, which has others
  // before it.
  const bool start_known = stream.evidence().start_known();
  bool head = false;
  for (const Interval& run : stream.evidence().runs_of(tapped)) {
    const bool interior = !start_known || run.begin >= MPS_WINDOW;
    if (interior && run.length() > curve.run.length()) curve.run = run;
    head |= !interior && run.length() > MPS_PERIOD;
  }
  if (curve.run.length() <= MPS_PERIOD) {
    curve.obstacle = head
                         ? "The only tapped stretch of more than 65 bytes begins within the stream's first "
                           "64, where the initial register, known but for the key, stands in for known bytes."
                         : "No tapped stretch is longer than 65 bytes, so there is no column to open.";
    return curve;
  }
  const std::vector<MaskInterval> alone{{curve.run, 1}};
  const auto solve = [&](std::uint64_t known, std::uint64_t step) {
    Observer observer;
    observer.tapped = 1;
    for (std::uint64_t k = 0; k < known; ++k)
      observer.cribs.push_back({curve.run.begin + k * step, std::vector<std::uint8_t>(1)});
    KnownPlaintextCurve::Point point;
    if (const auto result = solve_observer(observer, stream.scheme(false), curve.run.end, alone)) {
      point.share = Observation::share(result->determined_seen_count, curve.run.length());
      if (!result->runs.empty()) point.to_open = result->runs.front().bytes_to_open;
    }
    return point;
  };
  for (std::uint64_t known = 0; known <= MPS_PERIOD; ++known) {
    curve.spread.push_back(solve(known, 1));
    if (known == 0 || (known - 1) * MPS_PERIOD < curve.run.length())
      curve.stacked.push_back(solve(known, MPS_PERIOD));
  }
  return curve;
}

}  // namespace mps::gui
