// SPDX-License-Identifier: GPL-2.0-or-later
/// Half-open ranges of stream offsets and the few set operations that the leakage code needs.
/// "Normalised" means: sorted by begin, none empty, none overlapping or touching another.
/// Offsets count from the first application byte of one direction; no wrap (the tracker has removed it).
#pragma once

#include <cstdint>
#include <vector>

namespace mps {

/// [begin, end) of stream offsets. Empty when end <= begin.
struct Interval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t length() const { return end > begin ? end - begin : 0; }
  bool empty() const { return end <= begin; }
  bool contains(std::uint64_t offset) const { return begin <= offset && offset < end; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

using Intervals = std::vector<Interval>;

/// The same set of offsets, normalised. Any input is accepted; empty intervals vanish.
Intervals normalised(Intervals intervals);

/// Appends to a list that stays normalised; `next` must not begin before the last interval begins.
void append_merged(Intervals& intervals, Interval next);

// The functions below take normalised lists and return normalised lists.
std::uint64_t total_length(const Intervals& intervals);
bool contains(const Intervals& intervals, std::uint64_t offset);
Intervals intersection(const Intervals& left, const Intervals& right);
/// What of `within` is not in `intervals`.
Intervals complement(const Intervals& intervals, Interval within);
/// Every interval together with the `reach` offsets before it, none below `lowest`.
Intervals extended_backwards(const Intervals& intervals, std::uint64_t reach, std::uint64_t lowest);

}  // namespace mps
