// SPDX-License-Identifier: GPL-2.0-or-later
// The stream falls into independent parts at every unseen, unknown stretch longer than W: no equation reaches
// across it. Each part is built (equations into the graph), then settled (determined bytes, equivocation) and
// forgotten, so memory is bounded by the largest part. Settling walks the same segments again from the same
// ring and numbers the nodes in the same order, which is why no node has to be stored per position.
#include "core/leak/exact_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/leak/exact_walk.h"

namespace mps {
namespace {

constexpr std::uint64_t max_position = std::uint64_t{1} << 60;  // 8 bits a byte still fit in 64 bits
constexpr std::size_t max_targets = 32;
constexpr std::size_t chunk_size = 16384;

std::uint8_t xor_of(std::uint8_t a, std::uint8_t b) {
  return static_cast<std::uint8_t>(a ^ b);
}

class Solver {
 public:
  Solver(const ExactProblem& problem, SeenSource& source, ExactSink* sink)
      : problem_(problem),
        source_(source),
        sink_(source.has_bytes() ? sink : nullptr),
        values_(source.has_bytes()),
        period_(problem.window + 1),
        ring_(problem.window, problem.range.begin),
        part_ring_(ring_),
        descrambler_(problem.window) {}

  tl::expected<ExactResult, std::string> solve();

 private:
  std::optional<std::string> check() const;
  std::optional<std::string> collect_runs();
  void collect_targets();
  void start_ring();
  bool take(const Segment& segment);
  void open_part_after_gap(const Segment& gap);
  void close_part();
  void settle(const Segment& segment);
  void settle_key();
  void settle_gap(const Segment& segment);
  void settle_seen(const Segment& segment);
  void summarise_run(const Segment& segment);

  void advance_unseen(const Segment& segment);
  void advance_seen(const Segment& segment);
  void equate_known(const Segment& segment);
  void skip_seen(const Segment& segment);
  void join_targets(const Segment& segment, std::uint64_t edges);
  Intervals determined_within(const Segment& segment, std::uint64_t count);
  void deliver_gap(const Segment& segment, const Intervals& pattern);
  void deliver_seen(const Segment& segment, const Intervals& pattern);
  void deliver_known(const Segment& segment);
  std::uint8_t solution(std::uint64_t position);
  const std::uint8_t* known_at(const Segment& segment) const;

  template <typename Visit>
  void for_each_chunk(const Segment& segment, Visit visit);

  const ExactProblem& problem_;
  SeenSource& source_;
  ExactSink* sink_;
  const bool values_;
  const std::uint64_t period_;

  Intervals seen_;                         // runs: as long as they can be
  std::vector<std::size_t> first_pieces_;  // of each run
  Intervals known_;
  std::vector<Intervals> targets_;

  Ring ring_;                     // where the walk stands
  Potentials graph_;              // of the current part
  std::uint64_t nodes_ = 0;       // numbered so far by the walk
  std::vector<Segment> part_;     // segments of the current part
  Ring part_ring_;                // ring at its beginning
  std::uint64_t part_nodes_ = 0;  // nodes_ at its beginning
  bool first_part_ = true;
  std::vector<Potentials> target_graphs_;
  Descrambler descrambler_;
  std::vector<std::uint8_t> buffer_;
  ExactResult result_;
};

std::optional<std::string> Solver::check() const {
  const auto& p = problem_;
  if (p.start.key_length > p.window)
    return fmt::format("key of {} bytes does not fit in a window of {}", p.start.key_length, p.window);
  if (p.start.key.size() != (p.start.key_known && (values_ || !p.start.key.empty()) ? p.start.key_length : 0))
    return fmt::format("{} key bytes given, {} expected", p.start.key.size(), p.start.key_length);
  if (p.range.begin > p.range.end || p.range.end > max_position)
    return fmt::format("stream range {}..{} is reversed or too long", p.range.begin, p.range.end);
  if (p.targets.size() > max_targets) return fmt::format("more than {} targets", max_targets);
  if (p.known && !p.known->runs().empty()) {
    if (values_ && !p.known->has_values()) return std::string("known plaintext without values");
    if (p.known->runs().front().where.begin < p.range.begin || p.known->runs().back().where.end > p.range.end)
      return std::string("known plaintext outside the stream");
  }
  return std::nullopt;
}

std::optional<std::string> Solver::collect_runs() {
  const std::size_t count = source_.count();
  std::uint64_t position = problem_.range.begin;
  for (std::size_t i = 0; i < count; ++i) {
    const Interval piece = source_.piece(i);
    if (piece.empty() || piece.begin < position)
      return fmt::format("captured piece {} ({}..{}) is empty or out of order", i, piece.begin, piece.end);
    if (piece.end > problem_.range.end)
      return fmt::format("captured piece {} ({}..{}) ends outside the stream", i, piece.begin, piece.end);
    position = piece.end;
    if (!seen_.empty() && seen_.back().end == piece.begin) {
      seen_.back().end = piece.end;
    } else {
      seen_.push_back(piece);
      first_pieces_.push_back(i);
    }
  }
  result_.seen_count = total_length(seen_);
  return std::nullopt;
}

void Solver::collect_targets() {
  for (const Target& target : problem_.targets) {
    switch (target.kind) {
      case Target::Kind::seen:
        targets_.push_back(seen_);
        break;
      case Target::Kind::seen_and_window_before:
        targets_.push_back(extended_backwards(seen_, problem_.window, problem_.range.begin));
        break;
      case Target::Kind::whole:
        targets_.push_back(normalised({problem_.range}));
        break;
      case Target::Kind::ranges:
        targets_.push_back(intersection(normalised(target.ranges), normalised({problem_.range})));
        break;
    }
  }
  result_.targets.resize(targets_.size());
  target_graphs_.resize(targets_.size());
}

/// P[begin-W-1] is the reference node 0; the zeros keep it, known key bytes shift it, unknown ones need new
/// nodes.
void Solver::start_ring() {
  const StartRegister& start = problem_.start;
  nodes_ = 1;
  std::uint8_t prefix = 0;
  for (std::uint64_t k = 0; k < period_; ++k) {
    const std::uint64_t key_index = k + start.key_length - period_;  // wraps above key_length for the zeros
    const bool is_key = key_index < start.key_length;
    if (is_key && start.key_known && !start.key.empty()) prefix = xor_of(prefix, start.key[key_index]);
    const bool is_new = is_key && !start.key_known;
    ring_.node[k] = is_new ? static_cast<Potentials::Node>(nodes_++) : 0;
    ring_.weight[k] = is_new ? std::uint8_t{0} : prefix;
  }
  graph_.grow(static_cast<Potentials::Node>(nodes_));
  part_ring_ = ring_;
  part_nodes_ = nodes_;
}

template <typename Visit>
void Solver::for_each_chunk(const Segment& segment, Visit visit) {
  const std::size_t last =
      segment.run + 1 < first_pieces_.size() ? first_pieces_[segment.run + 1] : source_.count();
  // First piece of the run that reaches into the segment.
  std::size_t low = first_pieces_[segment.run];
  for (std::size_t high = last; low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (source_.piece(middle).end <= segment.where.begin)
      low = middle + 1;
    else
      high = middle;
  }
  for (std::size_t i = low; i < last; ++i) {
    const Interval piece = source_.piece(i);
    if (piece.begin >= segment.where.end) return;
    std::uint64_t begin = std::max(piece.begin, segment.where.begin);
    const std::uint64_t end = std::min(piece.end, segment.where.end);
    const auto bytes = source_.bytes(i);
    while (begin < end) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, chunk_size));
      visit(begin, bytes.subspan(static_cast<std::size_t>(begin - piece.begin), step));
      begin += step;
    }
  }
}

const std::uint8_t* Solver::known_at(const Segment& segment) const {
  const KnownRun& run = problem_.known->runs()[segment.known_run];
  return run.bytes.data() + (segment.where.begin - run.where.begin);
}

// ---- building ----

/// Moves the ring over unseen positions: new nodes, or P[i-1] ^ b[i] where the byte is known. Adds no
/// equation.
void Solver::advance_unseen(const Segment& segment) {
  const std::uint64_t length = segment.where.length();
  const std::uint64_t kept = std::min(length, period_);  // older nodes leave the ring again
  std::size_t slot = ring_.slot(segment.where.end - kept);
  if (!segment.known) {
    for (std::uint64_t i = 0; i < kept; ++i, slot = ring_.after(slot)) {
      ring_.node[slot] = static_cast<Potentials::Node>(nodes_++);
      ring_.weight[slot] = 0;
    }
    return;
  }
  const std::size_t before = ring_.slot(segment.where.begin - 1);
  const Potentials::Node node = ring_.node[before];
  std::uint8_t weight = ring_.weight[before];
  const std::uint8_t* original = values_ ? known_at(segment) : nullptr;
  if (original)
    for (std::uint64_t i = 0; i < length - kept; ++i) weight = xor_of(weight, *original++);
  for (std::uint64_t i = 0; i < kept; ++i, slot = ring_.after(slot)) {
    if (original) weight = xor_of(weight, *original++);
    ring_.node[slot] = node;
    ring_.weight[slot] = weight;
  }
}

/// Seen bytes leave the ring's nodes as they are.
void Solver::skip_seen(const Segment& segment) {
  if (!values_) return;
  for_each_chunk(segment, [this](std::uint64_t offset, std::span<const std::uint8_t> scrambled) {
    ring_.fold(offset, scrambled);
  });
}

/// Seen and known: each position closes P[i-1] - P[i]. After W + 1 of them every further one is a check.
void Solver::equate_known(const Segment& segment) {
  std::size_t slot = ring_.slot(segment.where.begin);
  std::size_t before = ring_.slot(segment.where.begin - 1);
  if (!values_) {
    const std::uint64_t distinct = std::min(segment.where.length(), period_);
    result_.redundant_equations += segment.where.length() - distinct;
    for (std::uint64_t i = 0; i < distinct; ++i, before = slot, slot = ring_.after(slot))
      if (graph_.unite(ring_.node[before], ring_.node[slot], 0) != Potentials::Join::merged)
        ++result_.redundant_equations;
    return;
  }
  const std::uint8_t* original = known_at(segment);
  for_each_chunk(segment, [&](std::uint64_t offset, std::span<const std::uint8_t> scrambled) {
    for (std::size_t i = 0; i < scrambled.size(); ++i, before = slot, slot = ring_.after(slot)) {
      ring_.weight[slot] = xor_of(ring_.weight[slot], scrambled[i]);
      const std::uint8_t between = xor_of(xor_of(ring_.weight[slot], ring_.weight[before]), *original++);
      const auto join = graph_.unite(ring_.node[before], ring_.node[slot], between);
      if (join == Potentials::Join::merged) continue;
      ++result_.redundant_equations;
      if (join == Potentials::Join::agrees) {
        ++result_.checks_passed;
      } else {
        ++result_.checks_failed;
        append_merged(result_.failed_checks, {offset + i, offset + i + 1});
      }
    }
  });
}

void Solver::advance_seen(const Segment& segment) {
  if (segment.known)
    equate_known(segment);
  else
    skip_seen(segment);
}

/// False when there are more nodes than the graph can number.
bool Solver::take(const Segment& segment) {
  for (std::size_t k = 0; k < targets_.size(); ++k)
    if (!segment.known && (segment.targets >> k & 1))
      result_.targets[k].prior_bits += 8 * segment.where.length();
  if (segment.known) result_.known_count += segment.where.length();
  if (!segment.seen && !segment.known && segment.where.length() >= period_) {
    open_part_after_gap(segment);
    return true;
  }
  part_.push_back(segment);
  if (segment.seen)
    advance_seen(segment);
  else
    advance_unseen(segment);
  if (nodes_ > Potentials::max_nodes) return false;
  graph_.grow(static_cast<Potentials::Node>(nodes_));
  return true;
}

/// Nothing connects the two sides of b[i] when S[i..i+W] are all unseen: the part before the gap is complete.
/// Such b[i] cost their full byte; of the gap's nodes only the last W + 1 can still meet an equation.
void Solver::open_part_after_gap(const Segment& gap) {
  close_part();
  const std::uint64_t tail = problem_.window;
  for (std::size_t k = 0; k < targets_.size(); ++k)
    if (gap.targets >> k & 1) result_.targets[k].equivocation_bits += 8 * (gap.where.length() - tail);
  graph_.clear();
  graph_.grow(static_cast<Potentials::Node>(period_));
  for (std::uint64_t k = 0; k < period_; ++k) {
    ring_.node[k] = static_cast<Potentials::Node>(k);
    ring_.weight[k] = 0;
  }
  nodes_ = period_;
  part_ring_ = ring_;
  part_nodes_ = nodes_;
  part_.clear();
  part_.push_back(gap);
  part_.back().where.begin = gap.where.end - tail;
  part_.back().in_ring = true;
}

// ---- settling ----

void Solver::close_part() {
  for (Potentials& graph : target_graphs_) graph = graph_;
  ring_ = part_ring_;
  nodes_ = part_nodes_;
  if (first_part_) settle_key();
  first_part_ = false;
  for (const Segment& segment : part_) settle(segment);
}

void Solver::settle_key() {
  const std::uint64_t length = problem_.start.key_length;
  result_.key_determined.resize(length);
  if (values_) result_.key.resize(length);
  std::vector<Potentials::Node> roots;
  Potentials::Place before{};
  for (std::uint64_t i = 0; i <= length; ++i) {  // P just before the key, then after each of its bytes
    const std::size_t slot = period_ - 1 - length + i;
    Potentials::Place place = graph_.find(ring_.node[slot]);
    place.weight = xor_of(place.weight, ring_.weight[slot]);
    roots.push_back(place.root);
    if (i > 0 && place.root == before.root) {
      result_.key_determined[i - 1] = true;
      if (values_) result_.key[i - 1] = xor_of(place.weight, before.weight);
    }
    before = place;
  }
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  result_.key_equivocation_bits = 8 * (roots.size() - 1);
}

void Solver::settle(const Segment& segment) {
  if (segment.seen)
    settle_seen(segment);
  else
    settle_gap(segment);
}

/// Adds `edges` target edges from the segment's beginning on and counts those that are not implied.
void Solver::join_targets(const Segment& segment, std::uint64_t edges) {
  if (segment.targets == 0 || segment.known) return;
  for (std::size_t k = 0; k < targets_.size(); ++k) {
    if (!(segment.targets >> k & 1)) continue;
    std::size_t before = ring_.slot(segment.where.begin - 1);
    for (std::uint64_t i = 0; i < edges; ++i) {
      const std::size_t slot = ring_.after(before);
      if (target_graphs_[k].unite(ring_.node[before], ring_.node[slot], 0) == Potentials::Join::merged)
        result_.targets[k].equivocation_bits += 8;
      before = slot;
    }
  }
}

/// Which of the first `count` positions of a segment in the ring are determined, relative to its beginning.
Intervals Solver::determined_within(const Segment& segment, std::uint64_t count) {
  Intervals pattern;
  std::size_t slot = ring_.slot(segment.where.begin - 1);
  Potentials::Node before = graph_.find(ring_.node[slot]).root;
  for (std::uint64_t i = 0; i < count; ++i) {
    slot = ring_.after(slot);
    const Potentials::Node root = graph_.find(ring_.node[slot]).root;
    if (root == before) append_merged(pattern, {i, i + 1});
    before = root;
  }
  return pattern;
}

void Solver::settle_gap(const Segment& segment) {
  if (!segment.in_ring) advance_unseen(segment);
  if (segment.known) {
    result_.determined.append(segment.where);
    if (sink_) deliver_known(segment);
    return;
  }
  const std::uint64_t length = segment.where.length();  // at most W
  join_targets(segment, length);
  const Intervals pattern = determined_within(segment, length);
  result_.determined.append({segment.where, length, pattern});
  if (sink_) deliver_gap(segment, pattern);
}

void Solver::settle_seen(const Segment& segment) {
  if (problem_.summarise_runs && segment.where.begin == seen_[segment.run].begin) summarise_run(segment);
  const std::uint64_t distinct = std::min(segment.where.length(), period_);
  join_targets(segment, distinct);
  if (segment.known) {
    result_.determined.append(segment.where);
    result_.determined_seen_count += segment.where.length();
    if (sink_) deliver_known(segment);
  } else {
    const DeterminedSet::Part part{segment.where, period_, determined_within(segment, distinct)};
    result_.determined.append(part);
    result_.determined_seen_count += part.count();
    if (sink_ && !part.pattern.empty()) deliver_seen(segment, part.pattern);
  }
  skip_seen(segment);
}

/// The run's prefix XORs are a path once its bytes are learnt, so its rank is the number of components it
/// passes.
void Solver::summarise_run(const Segment& segment) {
  const Interval where = seen_[segment.run];
  RunSummary summary{where, static_cast<std::uint32_t>(std::min(where.length(), period_)), 0, 0};
  std::size_t slot = ring_.slot(where.begin - 1);
  std::vector<Potentials::Node> roots{graph_.find(ring_.node[slot]).root};
  for (std::uint32_t i = 0; i < summary.columns; ++i) {
    slot = ring_.after(slot);
    const Potentials::Node root = graph_.find(ring_.node[slot]).root;
    if (root == roots.back()) ++summary.columns_open;
    roots.push_back(root);
  }
  std::sort(roots.begin(), roots.end());
  summary.bytes_to_open =
      static_cast<std::uint32_t>(std::unique(roots.begin(), roots.end()) - roots.begin() - 1);
  result_.runs.push_back(summary);
}

// ---- values ----

/// b[position] of the solution in which every component's root is 0. Determined bytes are the same in every
/// solution.
std::uint8_t Solver::solution(std::uint64_t position) {
  const std::size_t slot = ring_.slot(position);
  const std::size_t before = ring_.slot(position - 1);
  const std::uint8_t at = xor_of(graph_.find(ring_.node[slot]).weight, ring_.weight[slot]);
  return xor_of(at, xor_of(graph_.find(ring_.node[before]).weight, ring_.weight[before]));
}

void Solver::deliver_known(const Segment& segment) {
  sink_->determined(segment.where.begin,
                    {known_at(segment), static_cast<std::size_t>(segment.where.length())});
}

void Solver::deliver_gap(const Segment& segment, const Intervals& pattern) {
  for (const Interval& range : pattern) {
    buffer_.resize(range.length());
    for (std::uint64_t i = range.begin; i < range.end; ++i)
      buffer_[i - range.begin] = solution(segment.where.begin + i);
    sink_->determined(segment.where.begin + range.begin, buffer_);
  }
}

/// The ring's solution satisfies every equation, so descrambling from it gives that solution's bytes all
/// along.
void Solver::deliver_seen(const Segment& segment, const Intervals& pattern) {
  const std::uint64_t begin = segment.where.begin;
  buffer_.resize(std::max<std::size_t>(chunk_size, problem_.window));
  for (std::uint64_t k = 0; k < problem_.window; ++k) buffer_[k] = solution(begin - problem_.window + k);
  descrambler_.set_register(std::span(buffer_).first(problem_.window));
  const bool everything = pattern.front() == Interval{0, std::min(period_, segment.where.length())};
  for_each_chunk(segment, [&](std::uint64_t offset, std::span<const std::uint8_t> scrambled) {
    const auto original = std::span(buffer_).first(scrambled.size());
    descrambler_.run(scrambled, original);
    if (everything) return sink_->determined(offset, original);
    const std::uint64_t end = offset + original.size();
    for (std::uint64_t base = begin + (offset - begin) / period_ * period_; base < end; base += period_)
      for (const Interval& range : pattern) {
        const Interval part{std::max(base + range.begin, offset), std::min(base + range.end, end)};
        if (!part.empty())
          sink_->determined(part.begin, original.subspan(part.begin - offset, part.length()));
      }
  });
}

tl::expected<ExactResult, std::string> Solver::solve() {
  if (auto error = check()) return tl::unexpected(*error);
  if (auto error = collect_runs()) return tl::unexpected(*error);
  collect_targets();
  if (problem_.known) known_ = problem_.known->where();
  start_ring();
  SegmentSweep sweep(problem_.range, seen_, known_, targets_);
  for (Segment segment; sweep.next(segment);)
    if (!take(segment)) return tl::unexpected(std::string("too many unknown bytes hang together"));
  close_part();
  result_.independent_equations = result_.seen_count - result_.redundant_equations;
  if (problem_.known && values_ && !problem_.known->conflicts().empty()) {
    result_.checks_failed += total_length(problem_.known->conflicts());
    Intervals all = problem_.known->conflicts();
    all.insert(all.end(), result_.failed_checks.begin(), result_.failed_checks.end());
    result_.failed_checks = normalised(std::move(all));
  }
  return std::move(result_);
}

}  // namespace

StartRegister StartRegister::unknown_key(std::uint32_t key_length) {
  return {key_length, false, {}};
}
StartRegister StartRegister::with_key(std::span<const std::uint8_t> key) {
  return {static_cast<std::uint32_t>(key.size()), true, {key.begin(), key.end()}};
}
StartRegister StartRegister::with_some_key(std::uint32_t key_length) {
  return {key_length, true, {}};
}
StartRegister StartRegister::interior(std::uint32_t window) {
  return {window, false, {}};
}
StartRegister StartRegister::resumed(std::span<const std::uint8_t> register_bytes) {
  return with_key(register_bytes);
}

tl::expected<ExactResult, std::string> solve_exactly(const ExactProblem& problem, SeenSource& seen,
                                                     ExactSink* sink) {
  if (problem.window < 1 || problem.window > 65535)  // before anything is sized by it
    return tl::unexpected(fmt::format("window {} is not in 1..65535", problem.window));
  return Solver(problem, seen, sink).solve();
}

}  // namespace mps
