// SPDX-License-Identifier: GPL-2.0-or-later
// For tests of what has no widgets: an event loop and no more, so that sanitizers need no part of Qt's
// windows.
#include <gtest/gtest.h>

#include <QCoreApplication>

int main(int argc, char** argv) {
  const QCoreApplication application(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
