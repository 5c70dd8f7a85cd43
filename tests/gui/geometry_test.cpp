// SPDX-License-Identifier: GPL-2.0-or-later
// The arithmetic behind the hex view, the lanes and zooming.
#include <gtest/gtest.h>

#include <random>

#include "gui/model/hex_geometry.h"
#include "gui/model/interval_index.h"
#include "gui/model/lane_geometry.h"
#include "gui/model/shared_view.h"
#include "gui/model/zoom_stack.h"

namespace mps::gui {
namespace {

TEST(HexGeometry, TakesTheMostBytesThatFit) {
  EXPECT_EQ(HexGeometry(1000, 3, 2000, 400, 8, 16).bytes_per_row(), 16);
  EXPECT_EQ(HexGeometry(1000, 3, 900, 400, 8, 16).bytes_per_row(), 8);
  EXPECT_EQ(HexGeometry(1000, 3, 100, 400, 8, 16).bytes_per_row(), 4) << "never less, then it is cut off";
}

TEST(HexGeometry, FindsEveryByteWhereItIsPainted) {
  const HexGeometry geometry(1000, 3, 900, 400, 8, 16);
  for (int pane = 0; pane < 3; ++pane)
    for (int column = 0; column < geometry.bytes_per_row(); ++column)
      for (int row = 0; row < 5; ++row) {
        const HexGeometry::Place expected{
            pane, (10 + static_cast<std::uint64_t>(row)) * 8 + static_cast<std::uint64_t>(column)};
        EXPECT_EQ(geometry.at(geometry.hex_x(pane, column) + 3, geometry.row_y(row) + 2, 10), expected);
        EXPECT_EQ(geometry.at(geometry.text_x(pane, column) + 3, geometry.row_y(row) + 2, 10), expected);
      }
  EXPECT_FALSE(geometry.at(2, 2, 0)) << "the column of offsets";
  EXPECT_FALSE(geometry.at(geometry.hex_x(0, 0), geometry.row_y(1), 124)) << "behind the last byte";
}

TEST(HexGeometry, ScrollsAThousandTimesFartherThanAnIntCounts) {
  const std::uint64_t length = std::uint64_t{1} << 45;
  const HexGeometry geometry(length, 3, 900, 400, 8, 16);
  EXPECT_EQ(geometry.row_at_scroll(0), 0u);
  EXPECT_EQ(geometry.row_at_scroll(geometry.scroll_maximum()), geometry.last_top_row());
  const std::uint64_t middle = geometry.last_top_row() / 2;
  const std::uint64_t back = geometry.row_at_scroll(geometry.scroll_of_row(middle));
  EXPECT_LE(back > middle ? back - middle : middle - back,
            geometry.last_top_row() / geometry.scroll_maximum() + 1);
}

TEST(HexGeometry, SmallStreamsScrollRowByRow) {
  const HexGeometry geometry(1'000'000, 3, 900, 400, 8, 16);
  for (const std::uint64_t row : {0u, 1u, 77u, 99'999u})
    EXPECT_EQ(geometry.row_at_scroll(geometry.scroll_of_row(row)), row);
  EXPECT_EQ(HexGeometry(0, 3, 900, 400, 8, 16).scroll_maximum(), 0);
}

TEST(LaneGeometry, ColumnsCoverTheRangeWithoutHoles) {
  for (const std::uint64_t length : {std::uint64_t{10}, std::uint64_t{1001}, std::uint64_t{1} << 50}) {
    const LaneGeometry geometry({5, 5 + length}, 20, 700, 0, 20, 3);
    std::uint64_t reached = 5;
    for (int c = 0; c < geometry.width(); ++c) {
      const Interval column = geometry.column(c);
      EXPECT_LE(column.begin, reached);
      EXPECT_GE(column.end, column.begin + 1);
      reached = std::max(reached, column.end);
    }
    EXPECT_EQ(reached, 5 + length);
  }
}

TEST(LaneGeometry, PixelsAndOffsetsAgree) {
  const LaneGeometry geometry({1000, 2000}, 50, 500, 4, 20, 3);
  EXPECT_EQ(geometry.at(50), 1000u);
  EXPECT_EQ(geometry.x_of(1500), 300);
  EXPECT_EQ(geometry.at(geometry.x_of(1500)), 1500u);
  EXPECT_EQ(geometry.lane_at(4), 0);
  EXPECT_EQ(geometry.lane_at(63), 2);
  EXPECT_FALSE(geometry.lane_at(64));
  EXPECT_FALSE(geometry.lane_at(3));
}

TEST(ZoomStack, GoesThereAndBack) {
  ZoomStack zoom(10'000);
  EXPECT_TRUE(zoom.push({1000, 3000}));
  EXPECT_TRUE(zoom.push({1500, 1700}));
  EXPECT_FALSE(zoom.push({1500, 1700})) << "nothing changed";
  EXPECT_TRUE(zoom.pop());
  EXPECT_EQ(zoom.top(), (Interval{1000, 3000}));
  EXPECT_TRUE(zoom.fit());
  EXPECT_FALSE(zoom.zoomed());
  EXPECT_FALSE(zoom.pop());
}

TEST(ZoomStack, StaysInsideAndAboveTheLeast) {
  ZoomStack zoom(1000);
  zoom.push({990, 991});
  EXPECT_EQ(zoom.top(), (Interval{1000 - ZoomStack::least, 1000}));
  zoom.pan(100);
  EXPECT_EQ(zoom.top().end, 1000u);
  zoom.pan(-100);
  EXPECT_EQ(zoom.top().begin, 0u);
  for (int i = 0; i < 50; ++i) zoom.zoom(0.5, 20);
  EXPECT_EQ(zoom.top().length(), ZoomStack::least);
  for (int i = 0; i < 50; ++i) zoom.zoom(2, 20);
  EXPECT_EQ(zoom.top(), (Interval{0, 1000}));
}

TEST(ZoomStack, KeepsThePlaceUnderTheMouse) {
  ZoomStack zoom(100'000);
  zoom.zoom(0.5, 30'000);
  EXPECT_EQ(zoom.top(), (Interval{15'000, 65'000}));
}

TEST(ZoomStack, EmptyStreamsAreNoTrouble) {
  ZoomStack zoom(0);
  EXPECT_FALSE(zoom.push({5, 9}));
  EXPECT_FALSE(zoom.zoom(0.5, 3));
  EXPECT_EQ(zoom.top(), (Interval{0, 0}));
}

TEST(SharedView, CursorRevealsItself) {
  SharedView view;
  view.reset(100'000);
  view.zoomTo({0, 1000});
  view.setCursor(50'000, true);
  EXPECT_TRUE(view.range().contains(50'000));
  EXPECT_EQ(view.range().length(), 1000u);
  view.setCursor(1 << 20);
  EXPECT_EQ(view.cursor(), 99'999u);
}

TEST(IntervalIndex, CountsLikeALoop) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    Intervals intervals;
    std::vector<bool> set(400);
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t begin = random() % 390, end = begin + random() % 10;
      intervals.push_back({begin, end});
      for (std::uint64_t k = begin; k < end; ++k) set[k] = true;
    }
    const IntervalIndex index(intervals);
    for (std::uint64_t at = 0; at < 400; ++at) EXPECT_EQ(index.contains(at), set[at]);
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t from = random() % 400, to = from + random() % (400 - from);
      EXPECT_EQ(index.covered(from, to),
                static_cast<std::uint64_t>(std::count(set.begin() + from, set.begin() + to, true)));
    }
  }
}

TEST(IntervalIndex, FindsGaps) {
  const IntervalIndex index({{10, 20}, {30, 40}});
  EXPECT_EQ(index.next_gap(0), 20u);
  EXPECT_EQ(index.next_gap(20), 40u);
  EXPECT_FALSE(index.next_gap(40));
  EXPECT_EQ(index.previous_gap(35), 20u);
  EXPECT_FALSE(index.previous_gap(15));
}

}  // namespace
}  // namespace mps::gui
