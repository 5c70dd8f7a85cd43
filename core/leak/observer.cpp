// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/observer.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <queue>

namespace mps {
namespace {

/// Indices of the extents in stream order, those that begin together in the order given.
std::vector<std::size_t> stream_order(std::span<const SeenExtent> extents) {
  std::vector<std::size_t> order(extents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto earlier = [&](std::size_t a, std::size_t b) { return extents[a].offset < extents[b].offset; };
  if (!std::is_sorted(order.begin(), order.end(), earlier))
    std::stable_sort(order.begin(), order.end(), earlier);
  return order;
}

void append_masked(std::vector<MaskInterval>& coverage, MaskInterval next) {
  if (next.where.empty() || next.mask == 0) return;
  if (!coverage.empty() && coverage.back().mask == next.mask && coverage.back().where.end == next.where.begin)
    coverage.back().where.end = next.where.end;
  else
    coverage.push_back(next);
}

tl::expected<ExactResult, std::string> solve_structure(const SchemeParameters& scheme,
                                                       std::uint64_t stream_length, const Intervals& seen,
                                                       const KnownBytes* known) {
  ExactProblem problem;
  problem.window = scheme.window;
  problem.start = scheme.key_known ? StartRegister::with_some_key(scheme.key_length)
                                   : StartRegister::unknown_key(scheme.key_length);
  problem.range = {0, stream_length};
  problem.known = known;
  problem.targets = {
      {Target::Kind::seen, {}}, {Target::Kind::seen_and_window_before, {}}, {Target::Kind::whole, {}}};
  SeenPositions source(seen);
  return solve_exactly(problem, source);
}

}  // namespace

std::vector<MaskInterval> subflow_coverage(std::span<const SeenExtent> extents) {
  std::vector<MaskInterval> coverage;
  using End = std::pair<std::uint64_t, std::uint16_t>;              // where an extent ends, its bit
  std::priority_queue<End, std::vector<End>, std::greater<>> open;  // extents around `position`
  std::array<std::size_t, other_subflows + 1> open_with{};          // how many of them carry each bit
  SubflowMask mask = 0;
  std::uint64_t position = 0;
  const auto emit_to = [&](std::uint64_t end) {
    append_masked(coverage, {{position, end}, mask});
    position = std::max(position, end);
  };
  const auto close_until = [&](std::uint64_t limit) {
    for (; !open.empty() && open.top().first <= limit; open.pop()) {
      const auto [end, bit] = open.top();
      emit_to(end);
      if (--open_with[bit] == 0) mask &= ~mask_of(bit);
    }
  };
  for (const std::size_t index : stream_order(extents)) {
    const SeenExtent& extent = extents[index];
    if (extent.length == 0) continue;
    close_until(extent.offset);
    emit_to(extent.offset);
    const std::uint16_t bit = std::min(extent.subflow, other_subflows);
    open.emplace(extent.offset + extent.length, bit);
    if (open_with[bit]++ == 0) mask |= mask_of(bit);
  }
  close_until(UINT64_MAX);
  return coverage;
}

Intervals seen_by(SubflowMask tapped, std::span<const MaskInterval> coverage) {
  Intervals seen;
  for (const MaskInterval& interval : coverage)
    if (interval.mask & tapped) append_merged(seen, interval.where);
  return seen;
}

std::vector<SeenSlice> slices_seen_by(SubflowMask tapped, std::span<const SeenExtent> extents) {
  std::vector<SeenSlice> slices;
  std::uint64_t position = 0;
  for (const std::size_t index : stream_order(extents)) {
    const SeenExtent& extent = extents[index];
    const std::uint64_t end = extent.offset + extent.length;
    const std::uint64_t begin = std::max(position, extent.offset);
    if (!(mask_of(extent.subflow) & tapped) || begin >= end) continue;
    slices.push_back({{begin, end}, index, static_cast<std::uint32_t>(begin - extent.offset)});
    position = end;
  }
  return slices;
}

tl::expected<ExactResult, std::string> solve_observer(const Observer& observer,
                                                      const SchemeParameters& scheme,
                                                      std::uint64_t stream_length,
                                                      std::span<const MaskInterval> coverage) {
  SchemeParameters theirs = scheme;
  theirs.key_known = observer.has_keys;
  const KnownBytes values(observer.cribs);
  const KnownBytes known = KnownBytes::positions(values.where());
  return solve_structure(theirs, stream_length, seen_by(observer.tapped, coverage), &known);
}

std::vector<SubflowMask> observer_subsets(unsigned subflows) {
  std::vector<SubflowMask> subsets;
  if (subflows <= max_matrix_subflows) {
    for (SubflowMask mask = 0; mask < SubflowMask{1} << subflows; ++mask) subsets.push_back(mask);
    return subsets;
  }
  const unsigned bits = std::min(subflows, 64u);
  const SubflowMask all = bits == 64 ? ~SubflowMask{0} : (SubflowMask{1} << bits) - 1;
  subsets.push_back(0);
  for (unsigned bit = 0; bit < bits; ++bit) subsets.push_back(SubflowMask{1} << bit);
  for (unsigned bit = 0; bit < bits; ++bit) subsets.push_back(all & ~(SubflowMask{1} << bit));
  subsets.push_back(all);
  return subsets;
}

tl::expected<std::vector<ObserverRow>, std::string> observer_matrix(unsigned subflows,
                                                                    const SchemeParameters& scheme,
                                                                    std::uint64_t stream_length,
                                                                    std::span<const MaskInterval> coverage) {
  std::vector<ObserverRow> rows;
  for (const SubflowMask tapped : observer_subsets(subflows)) {
    ObserverRow row;
    row.tapped = tapped;
    row.seen = seen_by(tapped, coverage);
    row.seen_bytes = total_length(row.seen);
    auto exact = solve_structure(scheme, stream_length, row.seen, nullptr);
    if (!exact) return tl::unexpected(exact.error());
    row.exact = std::move(*exact);
    rows.push_back(std::move(row));
  }
  return rows;
}

tl::expected<HeadExposure, std::string> head_exposure(SubflowMask tapped, const SchemeParameters& scheme,
                                                      std::uint64_t stream_length,
                                                      std::span<const MaskInterval> coverage,
                                                      const KnownBytes* known) {
  HeadExposure head;
  const Intervals seen = seen_by(tapped, coverage);
  head.exposed = intersection(seen, {{0, scheme.period()}});
  KnownBytes positions;
  if (known) positions = KnownBytes::positions(known->where());

  SchemeParameters parameters = scheme;
  parameters.key_known = false;
  head.key_bytes_bound = key_bytes_bound(parameters, seen);
  auto result = solve_structure(parameters, stream_length, seen, &positions);
  if (!result) return tl::unexpected(result.error());
  head.without_key = std::move(result->determined);
  head.key_equivocation_bits = result->key_equivocation_bits;
  head.key_determined = std::move(result->key_determined);

  parameters.key_known = true;
  result = solve_structure(parameters, stream_length, seen, &positions);
  if (!result) return tl::unexpected(result.error());
  head.with_key = std::move(result->determined);
  return head;
}

}  // namespace mps
