// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/mapping_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mps {
namespace {

using Added = MappingTable::Added;
Mapping mapping(std::uint64_t ssn, std::uint64_t dsn, std::uint64_t length) {
  return {Ssn{ssn}, Dsn{dsn}, length};
}

TEST(MappingTable, FindsTheRestOfAMapping) {
  MappingTable table;
  EXPECT_FALSE(table.find(Ssn{1}).has_value());
  EXPECT_EQ(table.add(mapping(101, 5000, 100)), Added::new_mapping);
  EXPECT_FALSE(table.find(Ssn{100}) || table.find(Ssn{201}));
  const auto found = table.find(Ssn{150});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->dsn.value, 5049u);
  EXPECT_EQ(found->length, 51u);
  EXPECT_EQ(table.next_after(Ssn{100})->ssn, Ssn{101});
  EXPECT_FALSE(table.next_after(Ssn{101}).has_value());
}

TEST(MappingTable, NeighboursBecomeOne) {
  MappingTable table;
  table.add(mapping(1, 1000, 100));
  table.add(mapping(201, 1200, 100));
  EXPECT_EQ(table.mappings().size(), 2u);
  EXPECT_EQ(table.add(mapping(101, 1100, 100)), Added::new_mapping);
  ASSERT_EQ(table.mappings().size(), 1u);
  EXPECT_EQ(table.mappings()[0].length, 300u);
  EXPECT_EQ(table.add(mapping(51, 1050, 100)), Added::known);
  EXPECT_EQ(table.add(mapping(251, 1250, 100)), Added::new_mapping);
  EXPECT_EQ(table.mappings()[0].length, 350u);
  EXPECT_EQ(table.add(mapping(351, 9000, 10)), Added::new_mapping);
  EXPECT_EQ(table.mappings().size(), 2u) << "follows in the subflow, not in the stream";
}

TEST(MappingTable, FirstWordCounts) {
  MappingTable table;
  table.add(mapping(101, 1000, 100));
  EXPECT_EQ(table.add(mapping(51, 7000, 200)), Added::conflicting);
  EXPECT_EQ(table.find(Ssn{60})->dsn.value, 7009u);
  EXPECT_EQ(table.find(Ssn{150})->dsn.value, 1049u);
  EXPECT_EQ(table.find(Ssn{220})->dsn.value, 7169u);
  EXPECT_EQ(table.add(mapping(1, 1, 0)), Added::known);
}

TEST(MappingTable, InfiniteMappingTakesTheRest) {
  MappingTable table;
  table.add(mapping(1, 1000, 100));
  table.add(mapping(101, 1100, infinite_length));
  EXPECT_EQ(table.find(Ssn{5'000'000'000})->dsn.value, 5'000'000'999u);
  EXPECT_EQ(table.add(mapping(400, 1399, 50)), Added::known);
}

TEST(MappingTable, IsBounded) {
  for (const bool descending : {false, true}) {
    MappingTable table;
    for (std::uint64_t n = 0; n < 40000; ++n) {
      const std::uint64_t k = descending ? 40000 - n : n;
      table.add(mapping(1 + k * 10, k * 20, 5));
    }
    EXPECT_LE(table.mappings().size(), 16384u);
    EXPECT_TRUE(table.forgot_any());
    EXPECT_TRUE(table.find(Ssn{1 + 39999 * 10}).has_value()) << "the newest stay";
  }
}

TEST(MappingTable, AFullOneForgetsTheOldestForWhatComesBetween) {
  MappingTable full;
  std::uint64_t k = 0;
  for (; full.mappings().size() < 16384; ++k) full.add(mapping(11 + k * 10, k * 20, 5));
  ASSERT_FALSE(full.forgot_any());
  for (const std::uint64_t ssn : {std::uint64_t{1}, std::uint64_t{16}, (k / 2 - 1) * 10 + 16, k * 10 + 6}) {
    SCOPED_TRACE(ssn);
    MappingTable table = full;
    EXPECT_EQ(table.add(mapping(ssn, 1'000'000 + ssn, 4)), Added::new_mapping);
    EXPECT_TRUE(table.forgot_any());
    EXPECT_LE(table.mappings().size(), 16384u);
    EXPECT_TRUE(table.find(Ssn{11 + (k - 1) * 10}).has_value()) << "the newest stay";
    const auto found = table.find(Ssn{ssn});
    EXPECT_EQ(found.has_value(), ssn > k * 5) << "as new as what stays";
    if (found) {
      EXPECT_EQ(found->dsn, Dsn{1'000'000 + ssn});
    }
  }
}

/// Against one map entry per byte.
TEST(MappingTable, IsAMapOfBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    MappingTable table;
    std::map<std::uint64_t, std::uint64_t> twin;
    for (int n = 0; n < 30; ++n) {
      const std::uint64_t ssn = 1 + random() % 300, length = 1 + random() % 60;
      const std::uint64_t dsn = ssn + (random() % 4 ? 10000 : 20000 + random() % 3);
      bool conflict = false, fresh = false;
      for (std::uint64_t i = 0; i < length; ++i) {
        const auto [place, is_new] = twin.try_emplace(ssn + i, dsn + i);
        fresh |= is_new;
        conflict |= place->second != dsn + i;
      }
      ASSERT_EQ(table.add(mapping(ssn, dsn, length)), conflict ? Added::conflicting
                                                      : fresh  ? Added::new_mapping
                                                               : Added::known);
      for (std::size_t i = 1; i < table.mappings().size(); ++i)
        ASSERT_LE(table.mappings()[i - 1].end(), table.mappings()[i].ssn);
    }
    for (std::uint64_t ssn = 0; ssn < 400; ++ssn) {
      const auto found = table.find(Ssn{ssn});
      const auto wanted = twin.find(ssn);
      ASSERT_EQ(found.has_value(), wanted != twin.end());
      if (found) {
        for (std::uint64_t i = 0; i < found->length; ++i) ASSERT_EQ(twin.at(ssn + i), found->dsn.value + i);
      }
    }
  }
}

TEST(MappingTable, OneMappingOverVeryManyOthers) {
  MappingTable table;
  for (std::uint64_t n = 0; n < 5000; ++n) table.add({Ssn{1 + 2 * n}, Dsn{7 * n}, 1});
  EXPECT_EQ(table.add({Ssn{1}, Dsn{0}, 10000}), MappingTable::Added::conflicting);
  EXPECT_FALSE(table.find(Ssn{9998}).has_value());  // beyond those that were looked at
}

}  // namespace
}  // namespace mps
