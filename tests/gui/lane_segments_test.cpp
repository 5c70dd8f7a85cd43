// SPDX-License-Identifier: GPL-2.0-or-later
// Lanes against a loop over all segments, and the bundled capture in which a path fails.
#include "gui/model/lane_segments.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

LaneMark slow(const LaneSegments& segments, std::size_t lane, std::uint64_t from, std::uint64_t to,
              bool by_time) {
  LaneMark mark = LaneMark::none;
  for (const LaneSegment& segment : segments.lane(lane)) {
    const std::uint64_t begin = by_time ? segment.tick : segment.offset,
                        end = by_time ? begin + 1 : segment.end();
    if (begin >= to || end <= from) continue;
    if (segment.repeated()) return LaneMark::repeated;
    mark = LaneMark::first;
  }
  return mark;
}

TEST(LaneSegments, MarksEqualThoseOfALoop) {
  std::mt19937 random(11);
  for (int round = 0; round < 30; ++round) {
    std::vector<LaneSegments::Arrival> arrivals;
    for (std::uint32_t i = 0; i < 120; ++i)
      arrivals.push_back({random() % 3000, static_cast<std::int64_t>(random() % 2'000'000),
                          static_cast<std::uint32_t>(1 + random() % 60), i + 1,
                          static_cast<std::uint16_t>(random() % 4)});
    const LaneSegments segments(3, arrivals);  // lane 3 does not exist: left out
    for (int i = 0; i < 300; ++i) {
      const std::size_t lane = random() % 3;
      const std::uint64_t from = random() % 3100, to = from + 1 + random() % 40;
      EXPECT_EQ(segments.bytes_in(lane, from, to), slow(segments, lane, from, to, false));
      const std::uint64_t tick = random() % 2100, until = tick + 1 + random() % 9;
      EXPECT_EQ(segments.ticks_in(lane, tick, until), slow(segments, lane, tick, until, true));
    }
  }
}

TEST(LaneSegments, SecondCopiesAreRepetitions) {
  const LaneSegments segments(2, {{0, 0, 100, 1, 0},
                                  {100, 10, 100, 2, 1},
                                  {100, 5'000'000'000, 100, 3, 0},
                                  {150, 5'000'000'000, 100, 4, 1}});
  EXPECT_FALSE(segments.at(1, 120)->repeated());
  EXPECT_TRUE(segments.at(0, 120)->repeated());
  EXPECT_EQ(segments.at(0, 120)->frame, 3u);
  EXPECT_FALSE(segments.at(1, 220)->repeated()) << "some of its bytes are new";
  EXPECT_EQ(segments.at(0, 220), nullptr);
  EXPECT_NEAR(segments.at(0, 120)->tick * segments.seconds_per_tick(), 5.0, 1e-3);
}

TEST(LaneSegments, YearsFitIntoTicks) {
  constexpr std::int64_t year = 31'557'600LL * 1'000'000'000;
  const LaneSegments segments(1, {{0, 0, 10, 1, 0}, {10, 3 * year, 10, 2, 0}});
  EXPECT_NEAR(segments.at(0, 15)->tick * segments.seconds_per_tick(), 3 * 31'557'600.0, 60.0);
}

TEST(LaneSegments, EmptyStreams) {
  const LaneSegments segments(2, {});
  EXPECT_EQ(segments.size(), 0u);
  EXPECT_EQ(segments.bytes_in(0, 0, 100), LaneMark::none);
  EXPECT_EQ(segments.ticks_in(1, 0, 100), LaneMark::none);
  EXPECT_EQ(segments.at(0, 0), nullptr);
}

TEST(LaneSegments, AFailedPathShowsReinjections) {
  const auto stream = test::stream("path_down");
  std::size_t repeated = 0;
  for (std::size_t lane = 0; lane < stream->lanes().lanes(); ++lane)
    for (const LaneSegment& segment : stream->lanes().lane(lane)) repeated += segment.repeated();
  EXPECT_GT(repeated, 0u);
}

}  // namespace
}  // namespace mps::gui
