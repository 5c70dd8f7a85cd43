// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/sequence.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

TEST(Extend32, TakesTheNearest) {
  EXPECT_EQ(extend_32(0x1'0000'0010, 0x20), 0x1'0000'0020u);
  EXPECT_EQ(extend_32(0x1'0000'0010, 0xfffffff0), 0x0'ffff'fff0u);
  EXPECT_EQ(extend_32(0x1'ffff'fff0, 0x10), 0x2'0000'0010u);
  EXPECT_EQ(extend_32(0x1'8000'0001, 0x00000000), 0x2'0000'0000u);
  EXPECT_EQ(extend_32(UINT64_MAX, 5), 5u) << "across the wrap at 2^64";
  EXPECT_EQ(extend_32(3, 0xffffffff), UINT64_MAX);
}

TEST(Extend32, IsTheNearestForAnyDistanceBelowHalf) {
  for (const std::uint64_t expected :
       {std::uint64_t{0}, UINT64_MAX, std::uint64_t{1} << 32, std::uint64_t{0x7fffffff}})
    for (std::int64_t distance : {-0x7fffffffll, -65536ll, -1ll, 0ll, 1ll, 65536ll, 0x7fffffffll}) {
      const std::uint64_t wanted = expected + static_cast<std::uint64_t>(distance);
      EXPECT_EQ(extend_32(expected, static_cast<std::uint32_t>(wanted)), wanted);
    }
}

TEST(Dsn, DifferencesCrossTheWrap) {
  const Dsn last{UINT64_MAX};
  EXPECT_EQ((last + 1).value, 0u);
  EXPECT_EQ((last + 6) - last, 6);
  EXPECT_EQ(last - (last + 6), -6);
  EXPECT_EQ((Dsn{2} - 3).value, UINT64_MAX);
}

TEST(Direction, HasAnOpposite) {
  for (const Direction d : both_directions) EXPECT_EQ(opposite(opposite(d)), d);
  EXPECT_STREQ(short_name(Direction::initiator_to_listener), "c2s");
  EXPECT_STREQ(short_name(Direction::listener_to_initiator), "s2c");
}

}  // namespace
}  // namespace mps
