// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lab/lab_sample.h"

namespace mps::lab {
namespace {

using test::schedule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Intervals on_paths(const Schedule& s, PathMask paths) {
  Intervals where;
  for (const Sending& sending : s.sendings)
    if (paths & mask_of(sending.path)) where.push_back(sending.where);
  return normalised(where);
}

// What holds for every scheduler, whatever its settings.
class EveryScheduler : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryScheduler, SendsEveryByteAtLeastOnce) {
  for (const std::uint64_t length : {0, 1, 1399, 1400, 1401, 65, 60'000}) {
    const Schedule s = schedule(GetParam(), length);
    EXPECT_EQ(s.length, length);
    EXPECT_EQ(on_paths(s, s.all()), normalised({{0, length}})) << length;
    for (const Sending& sending : s.sendings) EXPECT_LT(sending.path, s.paths);
  }
}

TEST_P(EveryScheduler, IsTheSameForTheSameSeed) {
  EXPECT_EQ(schedule(GetParam(), 50'000).sendings, schedule(GetParam(), 50'000).sendings);
}

TEST_P(EveryScheduler, CutsTheStreamIntoDisjointSegments) {
  const Schedule s = schedule(GetParam(), 50'000);
  std::uint64_t end = 0;
  for (const Sending& segment : s.segments()) {
    EXPECT_EQ(segment.where.begin, end);
    end = segment.where.end;
  }
  EXPECT_EQ(end, 50'000u);
}

TEST_P(EveryScheduler, SendsTheFirstSegmentFirstOnATrustedPath) {
  const Schedule s = schedule(GetParam(), 50'000);
  EXPECT_EQ(s.sendings.front().where.begin, 0u);
  EXPECT_TRUE(s.trusted & mask_of(s.sendings.front().path));
  if (std::string_view(GetParam()).find("loss") == std::string_view::npos) {
    EXPECT_TRUE(intersection(on_paths(s, s.untrusted()), {s.sendings.front().where}).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Lab, EveryScheduler,
                         ::testing::Values("minrtt", "minrtt,loss=0.2,seed=5", "minrtt,rtt=10:40,window=3",
                                           "roundrobin", "roundrobin,burst=4,segment=200:1400",
                                           "weighted,weights=3:1", "redundant", "redundant,paths=4,loss=0.1",
                                           "roundrobin,paths=3,trusted=1+2,handshake=2",
                                           "roundrobin,loss=0.3,reinject=no"));

TEST(Schedule, RoundRobinTakesPathsInTurn) {
  const Schedule s = schedule("roundrobin,segment=100", 500);
  EXPECT_THAT(s.sendings, ElementsAre(Sending{{0, 100}, 0}, Sending{{100, 200}, 1}, Sending{{200, 300}, 0},
                                      Sending{{300, 400}, 1}, Sending{{400, 500}, 0}));
  EXPECT_EQ(s.repeated_bytes(), 0u);
}

TEST(Schedule, BurstsAndWeightsGiveAPathSeveralSegmentsInARow) {
  std::string paths;
  for (const Sending& sending : schedule("weighted,segment=1,burst=2,weights=2:1", 14).sendings)
    paths += static_cast<char>('0' + sending.path);
  EXPECT_EQ(paths, "00001100001100");
}

TEST(Schedule, RedundantSendsAllButTheFirstOnEveryPath) {
  const Schedule s = schedule("redundant,segment=1000,paths=3", 10'000);
  for (std::uint16_t path = 0; path < 3; ++path)
    EXPECT_EQ(on_paths(s, mask_of(path)), (Intervals{{path == 0 ? 0u : 1000u, 10'000}}));
  EXPECT_EQ(s.repeated_bytes(), 18'000u);
  EXPECT_EQ(on_paths(schedule("redundant,first=native", 10'000), mask_of(1)), (Intervals{{0, 10'000}}));
}

TEST(Schedule, MinRttFillsTheQuickerPathFirst) {
  // The window of the quicker path is two segments: these, then the slower path, then whatever is
  // acknowledged first.
  std::string paths;
  for (const Sending& sending : schedule("minrtt,segment=1,window=2,rtt=100:10", 12).sendings)
    paths += static_cast<char>('0' + sending.path);
  EXPECT_EQ(paths, "011011111111") << "the first goes on the trusted path 0, although it is the slower one";
  EXPECT_EQ(schedule("minrtt,first=native,rtt=100:10", 1).sendings.front().path, 1);
}

TEST(Schedule, LostSegmentsComeAgainOnTheirPathAndOnAnother) {
  const Schedule s = schedule("roundrobin,segment=100,loss=0.2,seed=3", 20'000);
  EXPECT_GT(s.repeated_bytes(), 0u);
  EXPECT_EQ(s.repeated_bytes() % 200, 0u) << "each loss is sent twice more: retransmitted and reinjected";
  const Schedule own = schedule("roundrobin,segment=100,loss=0.2,seed=3,reinject=no", 20'000);
  EXPECT_EQ(own.repeated_bytes() * 2, s.repeated_bytes());
  std::vector<std::uint16_t> path_of(200);
  for (const Sending& segment : own.segments()) path_of[segment.where.begin / 100] = segment.path;
  for (const Sending& sending : own.sendings) EXPECT_EQ(sending.path, path_of[sending.where.begin / 100]);
}

TEST(Schedule, SegmentSizesStayInTheirRange) {
  const Schedule s = schedule("roundrobin,segment=200:300", 50'000);
  for (std::size_t k = 0; k + 1 < s.sendings.size(); ++k) {
    EXPECT_GE(s.sendings[k].where.length(), 200u);
    EXPECT_LE(s.sendings[k].where.length(), 300u);
  }
}

TEST(Schedule, PaddingGoesWithTheLastSegment) {
  const Schedule s = stretched(schedule("roundrobin,segment=100", 250), 256);
  EXPECT_EQ(s.length, 256u);
  EXPECT_EQ(s.sendings.back(), (Sending{{200, 256}, 0}));
}

TEST(Schedule, RefusesWhatItDoesNotUnderstand) {
  const auto refused = [](const char* words) { return parse_scheduler(words).error(); };
  EXPECT_THAT(refused("fastest"), HasSubstr("'fastest' is not"));
  EXPECT_THAT(refused(""), HasSubstr("'' is not"));
  EXPECT_THAT(refused("minrtt,colour=red"), HasSubstr("'colour=red'"));
  EXPECT_THAT(refused("minrtt,burst"), HasSubstr("'burst'"));
  EXPECT_THAT(refused("minrtt,burst=0"), HasSubstr("burst="));
  EXPECT_THAT(refused("minrtt,paths=17"), HasSubstr("paths=17"));
  EXPECT_THAT(refused("minrtt,paths=0"), HasSubstr("paths=0"));
  EXPECT_THAT(refused("minrtt,trusted=2"), HasSubstr("trusted="));
  EXPECT_THAT(refused("minrtt,handshake=2"), HasSubstr("handshake="));
  EXPECT_THAT(refused("minrtt,segment=0"), HasSubstr("segment=0"));
  EXPECT_THAT(refused("minrtt,segment=9:8"), HasSubstr("segment=9:8"));
  EXPECT_THAT(refused("minrtt,loss=nan"), HasSubstr("loss=nan"));
  EXPECT_THAT(refused("minrtt,loss=1"), HasSubstr("loss=1"));
  EXPECT_THAT(refused("weighted,weights=1"), HasSubstr("weights="));
  EXPECT_THAT(refused("weighted,weights=1:0"), HasSubstr("weights="));
  EXPECT_THAT(refused("minrtt,rtt=10:-1"), HasSubstr("rtt="));
}

TEST(CapturedSchedule, KeepsTheOrderOfCapture) {
  const std::vector<SeenExtent> carried{
      {0, 0, 100, 1, 0}, {200, 0, 100, 2, 1}, {100, 0, 100, 3, 0}, {200, 0, 90, 4, 0}};
  const Schedule schedule = captured_schedule(carried, {2, 1, 0, 0}, 280).value();
  const std::vector<Sending> expected{{{0, 100}, 0}, {{200, 280}, 1}, {{100, 200}, 0}, {{200, 280}, 0}};
  EXPECT_EQ(schedule.sendings, expected) << "cut at the stream's end, repetitions kept";
  EXPECT_EQ(schedule.length, 280u);
  EXPECT_EQ(schedule.description, "the capture's own segment map");
}

TEST(CapturedSchedule, OneLabelledSideSettlesTheOther) {
  const std::vector<SeenExtent> carried{{0, 0, 10, 1, 1}};
  EXPECT_EQ(captured_schedule(carried, {3, 4, 0, 0}, 10)->trusted, 4u);
  EXPECT_EQ(captured_schedule(carried, {3, 0, 4, 0}, 10)->trusted, 3u);
  EXPECT_EQ(captured_schedule(carried, {3, 0, 7, 0}, 10)->trusted, 0u) << "all of them are untrusted";
  const Schedule unlabelled = captured_schedule(carried, {3, 0, 0, 1}, 10).value();
  EXPECT_EQ(unlabelled.trusted, 2u) << "the paper trusts the path of the handshake";
  EXPECT_EQ(unlabelled.handshake_path, 1u);
  EXPECT_NE(unlabelled.description.find("no path is labelled"), std::string::npos);
}

TEST(CapturedSchedule, SaysWhatIsMissing) {
  const std::vector<SeenExtent> carried{{0, 0, 10, 1, 0}, {11, 0, 10, 2, 1}};
  EXPECT_EQ(captured_schedule(carried, {2, 1, 0, 0}, 21).error(), "not every byte is in the capture");
  EXPECT_EQ(captured_schedule(carried, {17, 1, 0, 0}, 10).error(), "more than 16 subflows");
}

}  // namespace
}  // namespace mps::lab
