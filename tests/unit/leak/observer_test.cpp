// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/observer.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/reference/linear_twin.h"

namespace mps {
namespace {

SeenExtent extent(std::uint64_t offset, std::uint32_t length, std::uint16_t subflow) {
  return {offset, 1000 + offset, length, 1, subflow};
}

TEST(SubflowCoverage, EqualsAMapOfBytes) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<SeenExtent> extents(random() % 12);
    std::vector<SubflowMask> bytes(120);
    for (SeenExtent& e : extents) {
      e = extent(random() % 80, static_cast<std::uint32_t>(random() % 40),
                 static_cast<std::uint16_t>(random() % 4));
      if (random() % 20 == 0) e.subflow = static_cast<std::uint16_t>(62 + random() % 3);
      for (std::uint64_t i = e.offset; i < e.offset + e.length; ++i) bytes[i] |= mask_of(e.subflow);
    }
    std::vector<MaskInterval> expected;
    for (std::uint64_t i = 0; i < bytes.size(); ++i) {
      if (!bytes[i]) continue;
      if (expected.empty() || expected.back().where.end != i || expected.back().mask != bytes[i])
        expected.push_back({{i, i}, bytes[i]});
      ++expected.back().where.end;
    }
    const auto coverage = subflow_coverage(extents);
    ASSERT_EQ(coverage, expected);

    for (const SubflowMask tapped : {SubflowMask{0}, SubflowMask{1}, SubflowMask{6}, ~SubflowMask{0}}) {
      std::vector<bool> seen;
      for (const SubflowMask mask : bytes) seen.push_back((mask & tapped) != 0);
      ASSERT_EQ(seen_by(tapped, coverage), reference::intervals_of(seen));
      Intervals sliced;
      std::uint64_t position = 0;
      for (const SeenSlice& slice : slices_seen_by(tapped, extents)) {
        const SeenExtent& source = extents[slice.extent];
        ASSERT_TRUE(mask_of(source.subflow) & tapped);
        ASSERT_EQ(slice.where.begin, source.offset + slice.skip);
        ASSERT_LE(slice.where.end, source.offset + source.length);
        ASSERT_GE(slice.where.begin, position);
        position = slice.where.end;
        append_merged(sliced, slice.where);
      }
      ASSERT_EQ(sliced, seen_by(tapped, coverage));
    }
  }
}

TEST(SubflowCoverage, LateSubflowsShareTheOtherBit) {
  EXPECT_EQ(mask_of(0), 1u);
  EXPECT_EQ(mask_of(62), SubflowMask{1} << 62);
  EXPECT_EQ(mask_of(63), mask_of(64));
  EXPECT_EQ(mask_of(63), mask_of(65535));
}

TEST(SlicesSeenBy, TheFirstCopyCounts) {
  const std::vector<SeenExtent> extents{extent(10, 10, 1), extent(0, 15, 0), extent(10, 12, 0)};
  const auto slices = slices_seen_by(3, extents);
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].extent, 1u);
  EXPECT_EQ(slices[1].extent, 0u);
  EXPECT_EQ(slices[1].where, (Interval{15, 20}));
  EXPECT_EQ(slices[1].skip, 5u);
  EXPECT_EQ(slices[2].extent, 2u);
  EXPECT_EQ(slices[2].where, (Interval{20, 22}));
}

TEST(ObserverSubsets, AllUpToSixThenTheExtremes) {
  EXPECT_EQ(observer_subsets(0), (std::vector<SubflowMask>{0}));
  EXPECT_EQ(observer_subsets(2), (std::vector<SubflowMask>{0, 1, 2, 3}));
  EXPECT_EQ(observer_subsets(6).size(), 64u);
  const auto seven = observer_subsets(7);
  EXPECT_EQ(seven.size(), 16u);
  EXPECT_EQ(seven[0], 0u);
  EXPECT_EQ(seven[1], 1u);
  EXPECT_EQ(seven[8], 126u);
  EXPECT_EQ(seven.back(), 127u);
  EXPECT_EQ(observer_subsets(64), observer_subsets(200));
  EXPECT_EQ(observer_subsets(64).back(), ~SubflowMask{0});
}

/// 1400-byte segments in turn over two subflows, the first one trusted.
std::vector<SeenExtent> alternating() {
  std::vector<SeenExtent> extents;
  for (std::uint64_t i = 0; i < 40; ++i)
    extents.push_back(extent(1400 * i, 1400, static_cast<std::uint16_t>(i % 2)));
  return extents;
}

TEST(ObserverMatrix, TwoPathsInTurn) {
  const auto coverage = subflow_coverage(alternating());
  const auto rows = observer_matrix(2, {.key_known = true}, 56000, coverage);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 4u);
  EXPECT_EQ((*rows)[0].seen_bytes, 0u);
  EXPECT_EQ((*rows)[0].exact.targets[2].leak_bits(), 0u);
  EXPECT_EQ((*rows)[1].seen_bytes, 28000u);
  EXPECT_EQ((*rows)[1].exact.determined.ranges(),
            (Intervals{{0, 1400}}));  // the trusted path holds the start
  EXPECT_EQ((*rows)[2].exact.determined.count(), 0u);
  EXPECT_EQ((*rows)[2].exact.targets[0].leak_bits(), 213760u);
  EXPECT_EQ((*rows)[2].exact.targets[1].equivocation_bits, 10240u);  // the 64 bytes before come with the run
  EXPECT_EQ((*rows)[2].exact.targets[2].leak_bits(), 224000u);
  EXPECT_EQ((*rows)[3].exact.determined.count(), 56000u);
}

TEST(Observer, KeysAndCribsCount) {
  const auto coverage = subflow_coverage(alternating());
  Observer observer{"trusted path", mask_of(0), true, true, {}};
  auto result = solve_observer(observer, {}, 56000, coverage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->determined.count(), 1400u);
  observer.has_keys = false;
  result = solve_observer(observer, {}, 56000, coverage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->determined.count(), 1210u);
  observer.cribs = {{57, std::vector<std::uint8_t>(8)}};
  result = solve_observer(observer, {}, 56000, coverage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->determined.count(), 1400u);
  EXPECT_EQ(result->key_equivocation_bits, 0u);
  observer.cribs = {{56000, {1}}};
  EXPECT_FALSE(solve_observer(observer, {}, 56000, coverage));
}

TEST(HeadExposure, StartOnTheTappedPath) {
  const auto coverage = subflow_coverage(alternating());
  const auto head = head_exposure(mask_of(0), {}, 56000, coverage);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->any());
  EXPECT_EQ(head->exposed, (Intervals{{0, 65}}));
  EXPECT_EQ(head->without_key.count(), 1210u);
  EXPECT_EQ(head->with_key.count(), 1400u);
  EXPECT_EQ(head->key_bytes_bound, 8u);
  EXPECT_EQ(head->key_equivocation_bits, 64u);

  const KnownBytes guessed = KnownBytes::positions({{57, 65}});
  const auto opened = head_exposure(mask_of(0), {}, 56000, coverage, &guessed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->key_equivocation_bits, 0u);
  EXPECT_EQ(opened->key_determined, std::vector<bool>(8, true));
  EXPECT_EQ(opened->without_key.count(), 1400u);
}

TEST(HeadExposure, StartOnTheTrustedPathOnly) {
  const auto coverage = subflow_coverage(alternating());
  const auto head = head_exposure(mask_of(1), {}, 56000, coverage);
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->any());
  EXPECT_EQ(head->with_key.count(), 0u);
  EXPECT_EQ(head->key_bytes_bound, 0u);
}

TEST(HeadExposure, AReinjectedTailOfTheHeadIsNoticed) {
  auto extents = alternating();
  extents.push_back(extent(60, 10, 1));
  const auto head = head_exposure(mask_of(1), {}, 56000, subflow_coverage(extents));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->exposed, (Intervals{{60, 65}}));
  EXPECT_EQ(head->key_bytes_bound, 4u);  // S[60..63] tell four key bytes apart
  EXPECT_EQ(head->without_key.count(), 0u);
  EXPECT_EQ(head->with_key.count(), 4u);  // b[61..64]
}

}  // namespace
}  // namespace mps
