// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/interval.h"

#include <algorithm>

namespace mps {

void append_merged(Intervals& intervals, Interval next) {
  if (next.empty()) return;
  if (!intervals.empty() && next.begin <= intervals.back().end) {
    intervals.back().end = std::max(intervals.back().end, next.end);
    return;
  }
  intervals.push_back(next);
}

Intervals normalised(Intervals intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  Intervals merged;
  for (const Interval& interval : intervals) append_merged(merged, interval);
  return merged;
}

std::uint64_t total_length(const Intervals& intervals) {
  std::uint64_t total = 0;
  for (const Interval& interval : intervals) total += interval.length();
  return total;
}

bool contains(const Intervals& intervals, std::uint64_t offset) {
  const auto after = std::upper_bound(intervals.begin(), intervals.end(), offset,
                                      [](std::uint64_t o, const Interval& i) { return o < i.begin; });
  return after != intervals.begin() && std::prev(after)->contains(offset);
}

Intervals intersection(const Intervals& left, const Intervals& right) {
  Intervals common;
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() && r != right.end()) {
    append_merged(common, {std::max(l->begin, r->begin), std::min(l->end, r->end)});
    if (l->end < r->end)
      ++l;
    else
      ++r;
  }
  return common;
}

Intervals complement(const Intervals& intervals, Interval within) {
  Intervals rest;
  std::uint64_t position = within.begin;
  for (const Interval& interval : intervals) {
    append_merged(rest, {position, std::min(interval.begin, within.end)});
    position = std::max(position, interval.end);
  }
  append_merged(rest, {position, within.end});
  return rest;
}

Intervals extended_backwards(const Intervals& intervals, std::uint64_t reach, std::uint64_t lowest) {
  Intervals extended;
  for (const Interval& interval : intervals) {
    const std::uint64_t room = interval.begin > lowest ? interval.begin - lowest : 0;
    append_merged(extended, {interval.begin - std::min(room, reach), interval.end});
  }
  return extended;
}

}  // namespace mps
