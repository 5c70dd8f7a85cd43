// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/extent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace mps {
namespace {

Extent extent(std::uint64_t offset, std::uint32_t length) {
  Extent out;
  out.offset = offset;
  out.length = length;
  out.locator = offset * 3;
  return out;
}

using Part = std::tuple<bool, std::uint64_t, std::uint64_t>;  // covered, from, to
std::vector<Part> parts(const ExtentTable& table, std::uint64_t from, std::uint64_t to) {
  std::vector<Part> out;
  table.split(
      from, to,
      [&](const Extent& e, std::uint64_t a, std::uint64_t b) {
        EXPECT_LE(e.offset, a);
        EXPECT_GE(e.end(), b);
        out.emplace_back(true, a, b);
      },
      [&](std::uint64_t a, std::uint64_t b) { out.emplace_back(false, a, b); });
  return out;
}

TEST(ExtentTable, SplitsWhatIsCoveredFromWhatIsNot) {
  ExtentTable table;
  EXPECT_EQ(parts(table, 5, 9), (std::vector<Part>{{false, 5, 9}}));
  table.insert(extent(10, 10));
  table.insert(extent(30, 10));
  EXPECT_EQ(
      parts(table, 0, 50),
      (std::vector<Part>{{false, 0, 10}, {true, 10, 20}, {false, 20, 30}, {true, 30, 40}, {false, 40, 50}}));
  EXPECT_EQ(parts(table, 12, 15), (std::vector<Part>{{true, 12, 15}}));
  EXPECT_EQ(parts(table, 20, 30), (std::vector<Part>{{false, 20, 30}}));
  EXPECT_EQ(parts(table, 39, 41), (std::vector<Part>{{true, 39, 40}, {false, 40, 41}}));
  EXPECT_TRUE(parts(table, 7, 7).empty());
}

TEST(ExtentTable, LocatorsKeepTheirBits) {
  Extent e = extent(0, 1);
  e.locator = (std::uint64_t{1} << locator_bits) | 5;
  e.subflow = max_subflows;
  EXPECT_EQ(e.locator, (std::uint64_t{1} << locator_bits) | 5);
  EXPECT_EQ(e.subflow, max_subflows);
}

/// Against a std::map, in random, ascending and descending order, with removals from the front and anywhere.
TEST(ExtentTable, IsAMap) {
  std::mt19937 random(7);
  for (const int order : {0, 1, 2}) {
    ExtentTable table;
    std::map<std::uint64_t, std::uint32_t> twin;
    std::vector<std::uint64_t> offsets(3000);
    for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = i * 10;
    if (order == 1) std::reverse(offsets.begin(), offsets.end());
    if (order == 2) std::shuffle(offsets.begin(), offsets.end(), random);
    for (const std::uint64_t offset : offsets) {
      const std::uint32_t length = random() % 10 + 1;
      table.insert(extent(offset, length));
      twin[offset] = length;
      if (random() % 5 == 0) {
        ASSERT_EQ(table.front().offset, twin.begin()->first);
        table.pop_front();
        twin.erase(twin.begin());
      }
      if (random() % 7 == 0 && !twin.empty()) {
        const auto some = std::next(twin.begin(), static_cast<std::ptrdiff_t>(random() % twin.size()));
        table.erase(some->first);
        twin.erase(some);
      }
      ASSERT_EQ(table.size(), twin.size());
      if (!twin.empty()) {
        ASSERT_EQ(table.back().offset, twin.rbegin()->first);
      }
    }
    auto expected = twin.begin();
    table.for_each([&](const Extent& e) {
      ASSERT_EQ(e.offset, expected->first);
      ASSERT_EQ(e.length, expected->second);
      ASSERT_EQ(e.locator, expected->first * 3);
      ++expected;
    });
    EXPECT_EQ(expected, twin.end());
    for (int n = 0; n < 300; ++n) {
      const std::uint64_t from = random() % 30000, to = from + random() % 200;
      std::uint64_t covered = 0, wanted = 0;
      for (const auto& [is_covered, a, b] : parts(table, from, to)) covered += is_covered ? b - a : 0;
      for (const auto& [offset, length] : twin)
        wanted += std::max<std::int64_t>(0, static_cast<std::int64_t>(std::min(to, offset + length)) -
                                                static_cast<std::int64_t>(std::max(from, offset)));
      ASSERT_EQ(covered, wanted);
    }
    while (!twin.empty()) {
      table.erase(twin.rbegin()->first);
      twin.erase(std::prev(twin.end()));
    }
    EXPECT_EQ(table.size(), 0u);
    EXPECT_TRUE(parts(table, 0, 100).size() == 1);
    table.insert(extent(5, 1));
    table.clear();
    EXPECT_TRUE(table.empty());
  }
}

}  // namespace
}  // namespace mps
