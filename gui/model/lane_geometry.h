// SPDX-License-Identifier: GPL-2.0-or-later
/// Where lanes lie and which stretch of the axis a pixel column covers. No painting.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/leak/interval.h"

namespace mps::gui {

class LaneGeometry {
 public:
  LaneGeometry() = default;
  /// `range` of the axis is shown in the pixels [left, left + width).
  LaneGeometry(Interval range, int left, int width, int top, int lane_height, int lanes)
      : range_(range),
        left_(left),
        width_(std::max(1, width)),
        top_(top),
        lane_height_(std::max(1, lane_height)),
        lanes_(lanes) {}

  Interval range() const { return range_; }
  int left() const { return left_; }
  int width() const { return width_; }
  int lane_y(int lane) const { return top_ + lane * lane_height_; }
  int lane_height() const { return lane_height_; }
  int lanes() const { return lanes_; }

  /// What pixel column `column` (0 .. width-1) covers; at least one unit, so that nothing falls between two
  /// columns.
  Interval column(int column) const {
    const std::uint64_t from = boundary(column), to = boundary(column + 1);
    return {from, std::max(to, from + 1)};
  }
  std::uint64_t at(int x) const { return boundary(std::clamp(x - left_, 0, width_ - 1)); }
  int x_of(std::uint64_t value) const {
    if (range_.empty()) return left_;
    const auto inside = static_cast<double>(std::clamp(value, range_.begin, range_.end) - range_.begin);
    return left_ + static_cast<int>(inside * width_ / static_cast<double>(range_.length()));
  }
  std::optional<int> lane_at(int y) const {
    if (y < top_) return std::nullopt;
    const int lane = (y - top_) / lane_height_;
    return lane < lanes_ ? std::optional(lane) : std::nullopt;
  }

 private:
  std::uint64_t boundary(int column) const {
    const auto w = static_cast<std::uint64_t>(width_), c = static_cast<std::uint64_t>(column);
    const std::uint64_t n = range_.length();
    return range_.begin + n / w * c + n % w * c / w;  // = n * c / w without overflow
  }

  Interval range_;
  int left_ = 0;
  int width_ = 1;
  int top_ = 0;
  int lane_height_ = 1;
  int lanes_ = 0;
};

}  // namespace mps::gui
