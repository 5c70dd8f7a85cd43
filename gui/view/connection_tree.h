// SPDX-License-Identifier: GPL-2.0-or-later
/// Connections of the capture, and of the shown one the subflows with a check box each: what the observer
/// taps.
#pragma once

#include <QTreeWidget>

#include "gui/model/analysis.h"

namespace mps::gui {

class ConnectionTree : public QTreeWidget {
  Q_OBJECT

 public:
  explicit ConnectionTree(Analysis* analysis, QWidget* parent = nullptr);

  /// More connections than this are counted, not listed.
  static constexpr std::size_t listed = 20000;

 private:
  void rebuild();
  void expand_shown();
  void show_choice();
  void item_changed(QTreeWidgetItem* item);

  Analysis* analysis_;
};

}  // namespace mps::gui
