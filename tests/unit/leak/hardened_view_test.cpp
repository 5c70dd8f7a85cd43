// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/hardened_view.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

TEST(ReadableWithKeys, H1IsWhatWasSeen) {
  const Intervals seen{{10, 20}, {500, 900}};
  EXPECT_EQ(readable_with_keys(Scheme::h1, seen), seen);
  EXPECT_TRUE(readable_with_keys(Scheme::h1, {}).empty());
}

TEST(ReadableWithKeys, H2EndsWithTheBlockOfTheFirstUnseenByte) {
  EXPECT_EQ(readable_with_keys(Scheme::h2, {{0, 1000}}), (Intervals{{0, 1000}}));
  EXPECT_EQ(readable_with_keys(Scheme::h2, {{0, 100}, {110, 1000}}), (Intervals{{0, 100}, {110, 128}}));
  EXPECT_EQ(readable_with_keys(Scheme::h2, {{0, 128}, {192, 1000}}), (Intervals{{0, 128}}))
      << "a block that misses from its first byte on";
  EXPECT_EQ(readable_with_keys(Scheme::h2, {{0, 128}, {130, 1000}}), (Intervals{{0, 128}, {130, 192}}));
  EXPECT_EQ(readable_with_keys(Scheme::h2, {{5, 70}}), (Intervals{{5, 64}})) << "the first block itself";
  EXPECT_TRUE(readable_with_keys(Scheme::h2, {{64, 1000}}).empty());
  EXPECT_TRUE(readable_with_keys(Scheme::h2, {}).empty());
}

}  // namespace
}  // namespace mps
