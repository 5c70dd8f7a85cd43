// SPDX-License-Identifier: GPL-2.0-or-later
// Why a gap is a gap, and who is who on a subflow.
#include "core/mptcp/connection.h"

#include <gtest/gtest.h>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

using Kind = GapReason::Kind;

struct Fixture : testing::Test {
  Fixture() { connection.stream(c2s).set_origin({1000}, store); }
  void map(std::size_t subflow, std::uint64_t ssn, std::uint64_t offset, std::uint64_t length) {
    while (connection.subflows.size() <= subflow) {
      connection.subflows.push_back(std::make_unique<Subflow>());
      connection.subflows.back()->connection = &connection;
      connection.subflows.back()->index = static_cast<std::uint16_t>(connection.subflows.size() - 1);
    }
    connection.subflows[subflow]->sent[0].mappings.add({Ssn{ssn}, Dsn{1000 + offset}, length});
  }
  std::vector<GapReason> explain(std::uint64_t from, std::uint64_t to) {
    return GapExplainer(connection, c2s).explain({from, to});
  }
  PayloadStore store{nullptr, 1 << 20};
  Connection connection;
};
using GapExplainerTest = Fixture;

TEST_F(GapExplainerTest, NothingIsKnown) {
  const auto reasons = explain(5, 10);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].kind, Kind::unknown);
  EXPECT_EQ(reasons[0].range, (StreamRange{5, 10}));
}

TEST_F(GapExplainerTest, Announced) {
  map(0, 1, 0, 100);
  const auto reasons = explain(20, 60);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].kind, Kind::announced);
  EXPECT_EQ(reasons[0].range, (StreamRange{20, 60}));
}

TEST_F(GapExplainerTest, SentElsewhere) {
  map(0, 1, 0, 100);
  map(0, 101, 200, 100);
  const auto reasons = explain(100, 200);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].kind, Kind::elsewhere);
  EXPECT_EQ(reasons[0].subflow, 0);
}

TEST_F(GapExplainerTest, HoleInTheSubflowItselfTellsNothing) {
  map(0, 1, 0, 100);
  map(0, 151, 200, 100);
  EXPECT_EQ(explain(100, 200)[0].kind, Kind::unknown);
}

TEST_F(GapExplainerTest, FirstBytesOfASubflowTellThatItsStreamBeganElsewhere) {
  map(0, 1, 300, 100);
  EXPECT_EQ(explain(0, 300)[0].kind, Kind::elsewhere);
}

TEST_F(GapExplainerTest, SplitsByReason) {
  map(0, 1, 0, 100);
  map(1, 1, 150, 50);
  map(0, 101, 300, 50);
  const auto reasons = explain(80, 300);
  ASSERT_EQ(reasons.size(), 4u);
  EXPECT_EQ(reasons[0].kind, Kind::announced);
  EXPECT_EQ(reasons[1].range, (StreamRange{100, 150}));
  EXPECT_EQ(reasons[1].kind, Kind::elsewhere);
  EXPECT_EQ(reasons[2].kind, Kind::announced);
  EXPECT_EQ(reasons[2].subflow, 1);
  EXPECT_EQ(reasons[3].range, (StreamRange{200, 300}));
}

/// Redundant scheduling: one subflow's long mapping begins far before the gap, with many of the other's in
/// between.
TEST_F(GapExplainerTest, LongMappingFarBack) {
  map(0, 1, 0, 1'000'000);
  for (std::uint64_t n = 0; n < 500; ++n) map(1, 1 + n * 20, n * 100, 10);
  const auto reasons = explain(90'000, 91'000);
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].kind, Kind::announced);
  EXPECT_EQ(reasons[0].subflow, 0);
}

TEST_F(GapExplainerTest, InfiniteMapping) {
  map(0, 1, 0, infinite_length);
  EXPECT_EQ(explain(1 << 30, 1 << 31)[0].kind, Kind::announced);
}

TEST(SubflowSides, FollowWhoOpenedIt) {
  Subflow subflow;
  subflow.opener = endpoint(1, 1);
  subflow.accepter = endpoint(2, 2);
  EXPECT_EQ(subflow.initiator(), subflow.opener);
  EXPECT_EQ(subflow.stream_direction(true), c2s);
  EXPECT_EQ(&subflow.carrying(c2s), &subflow.sent[0]);
  subflow.opener_is_initiator = false;
  EXPECT_EQ(subflow.initiator(), subflow.accepter);
  EXPECT_EQ(subflow.stream_direction(true), s2c);
  EXPECT_EQ(&subflow.carrying(c2s), &subflow.sent[1]);
}

}  // namespace
}  // namespace mps::test
