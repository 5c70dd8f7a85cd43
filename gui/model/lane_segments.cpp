// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/lane_segments.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "gui/model/capture_document.h"

namespace mps::gui {
namespace {

/// Stream bytes that have been seen so far, merged.
class Covered {
 public:
  /// Whether all of [from, to) was there before; then adds it.
  bool add(std::uint64_t from, std::uint64_t to) {
    auto next = stretches_.upper_bound(from);
    if (next != stretches_.begin()) {
      const auto before = std::prev(next);
      if (before->second >= to) return true;
      if (before->second >= from) {
        from = before->first;
        next = stretches_.erase(before);
      }
    }
    while (next != stretches_.end() && next->first <= to) {
      to = std::max(to, next->second);
      next = stretches_.erase(next);
    }
    stretches_.emplace_hint(next, from, to);
    return false;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> stretches_;
};

}  // namespace

LaneSegments LaneSegments::of_stream(const CaptureDocument& document, std::size_t connection,
                                     Direction direction) {
  const Connection& live = document.connection(connection);
  const DataStream& stream = live.stream(direction);
  const std::uint64_t base = stream.origin_known() ? 0 : stream.first_offset();
  std::vector<Arrival> arrivals;
  arrivals.reserve(stream.extents().size());
  for (const Extent& extent : stream.extents())
    arrivals.push_back({extent.offset - base, document.time_of(extent.frame), extent.length, extent.frame,
                        static_cast<std::uint16_t>(extent.subflow)});
  return {live.subflows.size(), arrivals};
}

LaneSegments::LaneSegments(std::size_t lanes, const std::vector<Arrival>& arrivals)
    : lanes_(lanes), longest_(lanes), repeated_(lanes), repeated_ticks_(lanes) {
  if (arrivals.empty()) return;
  const auto [first, last] =
      std::minmax_element(arrivals.begin(), arrivals.end(),
                          [](const Arrival& a, const Arrival& b) { return a.time_ns < b.time_ns; });
  begin_ns_ = first->time_ns;
  while ((last->time_ns - begin_ns_) / tick_ns_ >= (std::int64_t{1} << 32)) tick_ns_ *= 2;
  seconds_per_tick_ = static_cast<double>(tick_ns_) * 1e-9;
  end_tick_ = static_cast<std::uint64_t>((last->time_ns - begin_ns_) / tick_ns_) + 1;

  std::vector<std::size_t> sizes(lanes);
  for (const Arrival& arrival : arrivals)
    if (arrival.subflow < lanes) ++sizes[arrival.subflow];
  for (std::size_t i = 0; i < lanes; ++i) lanes_[i].reserve(sizes[i]);
  Covered covered;
  for (const Arrival& arrival : arrivals) {
    const bool repeated = covered.add(arrival.offset, arrival.offset + arrival.length);
    if (arrival.subflow >= lanes) continue;
    const std::uint32_t length = std::min(arrival.length, LaneSegment::repeated_bit - 1);
    lanes_[arrival.subflow].push_back({arrival.offset, length | (repeated ? LaneSegment::repeated_bit : 0),
                                       arrival.frame, static_cast<std::uint32_t>(tick_of(arrival.time_ns)),
                                       0});
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    auto& lane = lanes_[i];
    std::stable_sort(lane.begin(), lane.end(),
                     [](const LaneSegment& a, const LaneSegment& b) { return a.offset < b.offset; });
    std::vector<std::uint32_t> order(lane.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return lane[a].tick < lane[b].tick; });
    for (std::uint32_t k = 0; k < lane.size(); ++k) {
      lane[k].by_time = order[k];
      longest_[i] = std::max(longest_[i], lane[k].bytes());
      if (lane[k].repeated()) {
        repeated_[i].push_back(k);
        repeated_ticks_[i].push_back(lane[k].tick);
      }
    }
    std::sort(repeated_ticks_[i].begin(), repeated_ticks_[i].end());
  }
}

std::uint64_t LaneSegments::tick_of(std::int64_t time_ns) const {
  const std::int64_t tick = (std::max(time_ns, begin_ns_) - begin_ns_) / tick_ns_;
  return std::min(static_cast<std::uint64_t>(tick), end_tick_ - 1);
}

std::size_t LaneSegments::size() const {
  std::size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane.size();
  return sum;
}

LaneMark LaneSegments::bytes_in(std::size_t index, std::uint64_t from, std::uint64_t to) const {
  const auto& lane = lanes_[index];
  // Segments are ordered by offset and none is longer than `longest_`, so only the last few before `to` can
  // matter.
  const auto touches = [&](const LaneSegment& segment) {
    return segment.offset < to && segment.end() > from;
  };
  const std::uint64_t reach = from > longest_[index] ? from - longest_[index] : 0;
  const auto last_before = [&](const auto& items, auto offset_of) {
    return std::partition_point(items.begin(), items.end(),
                                [&](const auto& item) { return offset_of(item) < to; });
  };
  const auto& repeats = repeated_[index];
  const auto offset_of_repeat = [&](std::uint32_t k) { return lane[k].offset; };
  for (auto it = last_before(repeats, offset_of_repeat); it != repeats.begin();) {
    --it;
    if (lane[*it].offset < reach) break;
    if (touches(lane[*it])) return LaneMark::repeated;
  }
  for (auto it = last_before(lane, [](const LaneSegment& segment) { return segment.offset; });
       it != lane.begin();) {
    --it;
    if (it->offset < reach) break;
    if (touches(*it)) return LaneMark::first;
  }
  return LaneMark::none;
}

LaneMark LaneSegments::ticks_in(std::size_t index, std::uint64_t from, std::uint64_t to) const {
  const auto& repeats = repeated_ticks_[index];
  const auto repeat = std::lower_bound(repeats.begin(), repeats.end(), from);
  if (repeat != repeats.end() && *repeat < to) return LaneMark::repeated;
  return first_in(index, from, to) ? LaneMark::first : LaneMark::none;
}

const LaneSegment* LaneSegments::first_in(std::size_t index, std::uint64_t from, std::uint64_t to) const {
  const auto& lane = lanes_[index];
  const auto found = std::partition_point(lane.begin(), lane.end(), [&](const LaneSegment& segment) {
    return lane[segment.by_time].tick < from;
  });
  if (found == lane.end() || lane[found->by_time].tick >= to) return nullptr;
  return &lane[found->by_time];
}

const LaneSegment* LaneSegments::at(std::size_t index, std::uint64_t offset) const {
  const auto& lane = lanes_[index];
  const LaneSegment* found = nullptr;
  auto it = std::partition_point(lane.begin(), lane.end(),
                                 [&](const LaneSegment& segment) { return segment.offset <= offset; });
  while (it != lane.begin()) {
    --it;
    if (it->offset + longest_[index] <= offset) break;
    if (it->end() > offset && (!found || it->tick < found->tick)) found = &*it;
  }
  return found;
}

}  // namespace mps::gui
