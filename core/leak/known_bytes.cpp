// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/known_bytes.h"

#include <algorithm>

namespace mps {

KnownBytes::KnownBytes(std::vector<Crib> cribs) {
  std::stable_sort(cribs.begin(), cribs.end(),
                   [](const Crib& a, const Crib& b) { return a.offset < b.offset; });
  Intervals conflicts;
  for (const Crib& crib : cribs) {
    if (crib.bytes.empty()) continue;
    const bool joins = !runs_.empty() && crib.offset <= runs_.back().where.end;
    if (!joins) runs_.push_back({{crib.offset, crib.offset}, {}});
    KnownRun& run = runs_.back();
    const std::uint64_t begin = crib.offset - run.where.begin;  // place of the crib within the run
    const std::size_t shared =
        static_cast<std::size_t>(std::min<std::uint64_t>(run.bytes.size() - begin, crib.bytes.size()));
    for (std::size_t i = 0; i < shared; ++i)
      if (run.bytes[begin + i] != crib.bytes[i]) conflicts.push_back({crib.offset + i, crib.offset + i + 1});
    run.bytes.insert(run.bytes.end(), crib.bytes.begin() + static_cast<std::ptrdiff_t>(shared),
                     crib.bytes.end());
    run.where.end = run.where.begin + run.bytes.size();
  }
  conflicts_ = normalised(std::move(conflicts));
}

KnownBytes KnownBytes::positions(const Intervals& where) {
  KnownBytes known;
  for (const Interval& interval : normalised(where)) known.runs_.push_back({interval, {}});
  return known;
}

Intervals KnownBytes::where() const {
  Intervals all;
  for (const KnownRun& run : runs_) append_merged(all, run.where);
  return all;
}

bool KnownBytes::has_values() const {
  return std::none_of(runs_.begin(), runs_.end(), [](const KnownRun& run) { return run.bytes.empty(); });
}

}  // namespace mps
