// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/range_statistics.h"

namespace mps::gui {

RangeStatistics range_statistics(const StreamSnapshot& stream, SubflowMask tapped, Interval range) {
  RangeStatistics out;
  out.range = range;
  const Intervals runs = intersection(stream.evidence().runs_of(tapped), {range});
  out.tapped = total_length(runs);
  const auto source = stream.evidence().source(tapped);
  std::vector<std::vector<std::uint8_t>> bytes;
  for (const Interval& run : runs) {
    if (out.counted == RangeStatistics::counted_at_most) break;
    const std::uint64_t length = std::min(run.length(), RangeStatistics::counted_at_most - out.counted);
    read_seen(*source, run.begin, bytes.emplace_back(length));
    out.counted += length;
  }
  const std::vector<std::span<const std::uint8_t>> views(bytes.begin(), bytes.end());
  out.spectrum = lag_spectrum(views);
  out.randomness = randomness(views);
  const auto truth = stream.truth();
  for (std::uint64_t i = range.begin; i < std::min<std::uint64_t>(range.end, truth.size()); ++i)
    ++out.original[truth[i]];
  out.originals =
      truth.size() > range.begin ? std::min<std::uint64_t>(range.end, truth.size()) - range.begin : 0;
  return out;
}

}  // namespace mps::gui
