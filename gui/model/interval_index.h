// SPDX-License-Identifier: GPL-2.0-or-later
/// Normalised intervals with prefix sums: how many bytes of a range they cover, in logarithmic time. Painters
/// ask this once per pixel column.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/leak/interval.h"

namespace mps::gui {

class IntervalIndex {
 public:
  IntervalIndex() = default;
  /// Any order, may overlap.
  explicit IntervalIndex(Intervals intervals) : intervals_(normalised(std::move(intervals))) {
    before_.reserve(intervals_.size() + 1);
    before_.push_back(0);
    for (const Interval& interval : intervals_) before_.push_back(before_.back() + interval.length());
  }

  const Intervals& intervals() const { return intervals_; }
  bool empty() const { return intervals_.empty(); }
  std::uint64_t total() const { return before_.empty() ? 0 : before_.back(); }
  bool contains(std::uint64_t offset) const {
    const auto next = after(offset);
    return next != intervals_.begin() && std::prev(next)->contains(offset);
  }
  /// Covered bytes of [from, to).
  std::uint64_t covered(std::uint64_t from, std::uint64_t to) const {
    return from < to ? covered_below(to) - covered_below(from) : 0;
  }
  /// Begin of the first stretch that is not covered and begins after `offset`; none behind the last interval.
  std::optional<std::uint64_t> next_gap(std::uint64_t offset) const {
    const auto found = std::find_if(intervals_.begin(), intervals_.end(),
                                    [&](const Interval& interval) { return interval.end > offset; });
    return found == intervals_.end() ? std::nullopt : std::optional(found->end);
  }
  /// The same backwards.
  std::optional<std::uint64_t> previous_gap(std::uint64_t offset) const {
    std::optional<std::uint64_t> gap;
    for (const Interval& interval : intervals_) {
      if (interval.end >= offset) break;
      gap = interval.end;
    }
    return gap;
  }

 private:
  Intervals::const_iterator after(std::uint64_t offset) const {
    return std::upper_bound(
        intervals_.begin(), intervals_.end(), offset,
        [](std::uint64_t value, const Interval& interval) { return value < interval.begin; });
  }
  std::uint64_t covered_below(std::uint64_t offset) const {
    const auto next = after(offset);
    if (next == intervals_.begin()) return 0;
    const auto last = std::prev(next);
    const auto k = static_cast<std::size_t>(last - intervals_.begin());
    return before_[k] + std::min(offset, last->end) - last->begin;
  }

  Intervals intervals_;
  std::vector<std::uint64_t> before_;  ///< [k] bytes in the intervals before k
};

}  // namespace mps::gui
