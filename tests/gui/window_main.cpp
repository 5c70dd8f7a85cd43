// SPDX-License-Identifier: GPL-2.0-or-later
// One QApplication on the offscreen platform for all tests of a program; settings go to a folder of their
// own.
#include <gtest/gtest.h>

#include <QApplication>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>

#include "gui/view/theme.h"

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  const QTemporaryDir settings;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
  QApplication application(argc, argv);
  QApplication::setOrganizationName("mpscramble-test");
  QApplication::setApplicationName("mpscramble-gui-test");
  mps::gui::theme::apply(application, false);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
