// SPDX-License-Identifier: GPL-2.0-or-later
/// The attack: what will run, and one row for each stretch it tried, with why a guess was accepted or not.
#pragma once

#include <QWidget>

#include "gui/model/analysis.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QTableWidget;

namespace mps::gui {

class AttackPanel : public QWidget {
  Q_OBJECT

 public:
  explicit AttackPanel(Analysis* analysis, QWidget* parent = nullptr);

 Q_SIGNALS:
  void runChosen(std::uint64_t offset);

 private:
  void refresh();

  /// Rows listed; the sentence counts the rest.
  static constexpr std::size_t listed = 2000;
  Analysis* analysis_;
  QLabel* parameters_;
  QPushButton* run_;
  QPushButton* subsets_;
  QCheckBox* controls_;
  QTableWidget* runs_;
};

}  // namespace mps::gui
