// SPDX-License-Identifier: GPL-2.0-or-later
/// Segments of one stream by subflow, for drawing: a painter asks for each pixel column whether anything lies
/// in it, never for all segments. 24 bytes a segment (G2), for both axes together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/mptcp/sequence.h"

namespace mps::gui {

class CaptureDocument;

struct LaneSegment {
  std::uint64_t offset = 0;  ///< in the stream
  std::uint32_t length = 0;  ///< bytes; the top bit marks a repetition
  std::uint32_t frame = 0;
  std::uint32_t tick = 0;     ///< capture time in ticks() since the first segment
  std::uint32_t by_time = 0;  ///< index of the k-th segment of the lane in time
  static constexpr std::uint32_t repeated_bit = 0x80000000;

  std::uint32_t bytes() const { return length & ~repeated_bit; }
  std::uint64_t end() const { return offset + bytes(); }
  bool repeated() const { return (length & repeated_bit) != 0; }
};
static_assert(sizeof(LaneSegment) == 24);

/// What a column of pixels shows of a lane.
enum class LaneMark : std::uint8_t { none, first, repeated };

class LaneSegments {
 public:
  /// What one segment brings, in capture order.
  struct Arrival {
    std::uint64_t offset;
    std::int64_t time_ns;
    std::uint32_t length;
    std::uint32_t frame;
    std::uint16_t subflow;
  };
  static LaneSegments of_stream(const CaptureDocument& document, std::size_t connection, Direction direction);
  /// `lanes`: subflows; arrivals of others are left out.
  LaneSegments(std::size_t lanes, const std::vector<Arrival>& arrivals);

  std::size_t lanes() const { return lanes_.size(); }
  std::size_t size() const;
  /// By offset.
  const std::vector<LaneSegment>& lane(std::size_t index) const { return lanes_[index]; }
  std::uint64_t end_tick() const { return end_tick_; }  ///< one past the last
  double seconds_per_tick() const { return seconds_per_tick_; }
  /// On the time axis; clipped to it.
  std::uint64_t tick_of(std::int64_t time_ns) const;

  /// Anything of lane `index` with stream bytes in [from, to)? A repetition wins over a first copy, because
  /// it is what a viewer would miss.
  LaneMark bytes_in(std::size_t index, std::uint64_t from, std::uint64_t to) const;
  /// The same by time in ticks.
  LaneMark ticks_in(std::size_t index, std::uint64_t from, std::uint64_t to) const;
  /// The first segment of the lane in [from, to) ticks.
  const LaneSegment* first_in(std::size_t index, std::uint64_t from, std::uint64_t to) const;
  /// The segment of the lane that holds stream byte `offset`, the earliest sent.
  const LaneSegment* at(std::size_t index, std::uint64_t offset) const;

 private:
  std::vector<std::vector<LaneSegment>> lanes_;
  std::vector<std::uint32_t> longest_;                      ///< [lane] bytes of its longest segment
  std::vector<std::vector<std::uint32_t>> repeated_;        ///< [lane] indices of repetitions, by offset
  std::vector<std::vector<std::uint32_t>> repeated_ticks_;  ///< [lane] their times, ascending
  std::uint64_t end_tick_ = 1;
  double seconds_per_tick_ = 1e-6;
  std::int64_t begin_ns_ = 0, tick_ns_ = 1000;
};

}  // namespace mps::gui
