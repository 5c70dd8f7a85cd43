// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/determined.h"

#include <algorithm>
#include <utility>

namespace mps {

std::uint64_t DeterminedSet::Part::count() const {
  const std::uint64_t periods = where.length() / period;
  const std::uint64_t rest = where.length() % period;
  std::uint64_t total = 0;
  for (const Interval& range : pattern) {
    total += periods * range.length();
    total += Interval{range.begin, std::min(range.end, rest)}.length();
  }
  return total;
}

void DeterminedSet::append(Interval where) {
  if (where.empty()) return;
  count_ += where.length();
  if (!parts_.empty() && parts_.back().period == 1 && parts_.back().where.end == where.begin) {
    parts_.back().where.end = where.end;
    return;
  }
  parts_.push_back({where, 1, {{0, 1}}});
}

void DeterminedSet::append(Part part) {
  if (part.where.empty() || part.pattern.empty()) return;
  const Interval& first = part.pattern.front();
  if (first.begin == 0 && first.end >= std::min(part.period, part.where.length())) return append(part.where);
  count_ += part.count();
  parts_.push_back(std::move(part));
}

bool DeterminedSet::for_each_range(const std::function<bool(Interval)>& visit) const {
  Interval open;  // the range that the next one may still extend
  const auto take = [&](Interval range) {
    if (!open.empty() && open.end == range.begin) {
      open.end = range.end;
      return true;
    }
    const Interval complete = std::exchange(open, range);
    return complete.empty() || visit(complete);
  };
  for (const Part& part : parts_) {
    if (part.period == 1) {
      if (!take(part.where)) return false;
      continue;
    }
    for (std::uint64_t base = part.where.begin; base < part.where.end; base += part.period)
      for (const Interval& range : part.pattern) {
        const Interval place{base + range.begin, std::min(base + range.end, part.where.end)};
        if (!place.empty() && !take(place)) return false;
      }
  }
  return open.empty() || visit(open);
}

Intervals DeterminedSet::ranges(std::size_t limit) const {
  Intervals found;
  for_each_range([&](Interval range) {
    if (found.size() >= limit) return false;
    found.push_back(range);
    return true;
  });
  return found;
}

bool DeterminedSet::contains(std::uint64_t offset) const {
  const auto after = std::upper_bound(parts_.begin(), parts_.end(), offset,
                                      [](std::uint64_t o, const Part& part) { return o < part.where.begin; });
  if (after == parts_.begin()) return false;
  const Part& part = *std::prev(after);
  return part.where.contains(offset) &&
         mps::contains(part.pattern, (offset - part.where.begin) % part.period);
}

}  // namespace mps
