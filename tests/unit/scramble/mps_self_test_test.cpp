// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "core/scramble/mps_scramble.h"

TEST(SelfTest, PassesOnAWorkingBuild) {
  EXPECT_TRUE(mps_scramble_self_test());
}
