// SPDX-License-Identifier: GPL-2.0-or-later
// Intervals, known bytes and determined sets, each against a plain set of positions.
#include <gtest/gtest.h>

#include <random>

#include "core/leak/determined.h"
#include "core/leak/interval.h"
#include "core/leak/known_bytes.h"
#include "tests/reference/linear_twin.h"

namespace mps {
namespace {

using reference::intervals_of;

std::vector<bool> positions_of(const Intervals& intervals, std::size_t size) {
  std::vector<bool> members(size);
  for (const Interval& interval : intervals)
    for (std::uint64_t i = interval.begin; i < std::min<std::uint64_t>(interval.end, size); ++i)
      members[i] = true;
  return members;
}

Intervals random_intervals(std::mt19937_64& random, std::uint64_t size) {
  Intervals intervals(random() % 6);
  for (Interval& interval : intervals) interval = {random() % size, random() % (size + 1)};
  return intervals;
}

TEST(Interval, OperationsEqualThoseOnPlainSets) {
  std::mt19937_64 random(1);
  constexpr std::uint64_t size = 60;
  for (int round = 0; round < 2000; ++round) {
    const Intervals raw = random_intervals(random, size);
    const Intervals other = normalised(random_intervals(random, size));
    const Intervals set = normalised(raw);
    const auto members = positions_of(raw, size);
    const auto others = positions_of(other, size);
    ASSERT_EQ(set, intervals_of(members));
    ASSERT_EQ(total_length(set),
              static_cast<std::uint64_t>(std::count(members.begin(), members.end(), true)));
    const Interval within{random() % size, size - random() % size};
    const std::uint64_t reach = random() % 10;
    const std::uint64_t lowest = random() % 20;
    std::vector<bool> both(size), rest(size), extended(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      ASSERT_EQ(contains(set, i), members[i]);
      both[i] = members[i] && others[i];
      rest[i] = within.contains(i) && !members[i];
      for (std::uint64_t j = i; j <= std::min(i + reach, size - 1); ++j)
        if (members[j] && (i >= lowest || j == i)) extended[i] = true;
    }
    ASSERT_EQ(intersection(set, other), intervals_of(both));
    ASSERT_EQ(complement(set, within), intervals_of(rest));
    ASSERT_EQ(extended_backwards(set, reach, lowest), intervals_of(extended));
  }
}

TEST(KnownBytes, MergesCribsAndReportsContradictions) {
  const KnownBytes known({{10, {1, 2, 3}}, {5, {9}}, {12, {3, 4, 5}}, {6, {}}, {13, {4, 7}}});
  ASSERT_EQ(known.runs().size(), 2u);
  EXPECT_EQ(known.runs()[0].where, (Interval{5, 6}));
  EXPECT_EQ(known.runs()[1].where, (Interval{10, 15}));
  EXPECT_EQ(known.runs()[1].bytes, (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(known.conflicts(), (Intervals{{14, 15}}));
  EXPECT_EQ(known.where(), (Intervals{{5, 6}, {10, 15}}));
  EXPECT_TRUE(known.has_values());
}

TEST(KnownBytes, ACribInsideAnotherChangesNothing) {
  const KnownBytes known({{10, {1, 2, 3, 4}}, {11, {2, 3}}, {14, {5}}});
  ASSERT_EQ(known.runs().size(), 1u);
  EXPECT_EQ(known.runs()[0].bytes, (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(known.conflicts().empty());
}

TEST(KnownBytes, PositionsHaveNoValues) {
  const KnownBytes known = KnownBytes::positions({{7, 9}, {3, 8}, {20, 20}});
  EXPECT_EQ(known.where(), (Intervals{{3, 9}}));
  EXPECT_FALSE(known.has_values());
  EXPECT_TRUE(KnownBytes::positions({}).has_values());
}

TEST(DeterminedSet, PeriodicPartsExpandToTheSamePositions) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 2000; ++round) {
    DeterminedSet set;
    std::vector<bool> members(200);
    for (std::uint64_t position = random() % 5; position < members.size();) {
      const std::uint64_t end = std::min<std::uint64_t>(position + 1 + random() % 60, members.size());
      const std::uint64_t period = 1 + random() % 20;
      const Intervals pattern =
          intersection(normalised(random_intervals(random, 20)), {{0, std::min(period, end - position)}});
      if (random() & 1) {
        set.append(DeterminedSet::Part{{position, end}, period, pattern});
        for (std::uint64_t i = position; i < end; ++i)
          members[i] = contains(pattern, (i - position) % period);
      } else {
        set.append(Interval{position, end});
        for (std::uint64_t i = position; i < end; ++i) members[i] = true;
      }
      position = end + random() % 3;
    }
    const Intervals expected = intervals_of(members);
    ASSERT_EQ(set.ranges(), expected);
    ASSERT_EQ(set.count(), total_length(expected));
    for (std::uint64_t i = 0; i < members.size(); ++i) ASSERT_EQ(set.contains(i), members[i]);
    const std::size_t limit = random() % 5;
    ASSERT_EQ(set.ranges(limit),
              Intervals(expected.begin(),
                        expected.begin() + static_cast<std::ptrdiff_t>(std::min(limit, expected.size()))));
  }
}

}  // namespace
}  // namespace mps
