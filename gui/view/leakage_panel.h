// SPDX-License-Identifier: GPL-2.0-or-later
/// The verdict: what was observed, what of it is exact, what is inferred, what chance would give and what the
/// paper claims, each apart from the others and each with its reason.
#pragma once

#include <QLabel>
#include <QWidget>

#include "gui/model/observation.h"
#include "gui/view/rate_bar.h"

class QGridLayout;

namespace mps::gui {

class LeakagePanel : public QWidget {
  Q_OBJECT

 public:
  explicit LeakagePanel(QWidget* parent = nullptr);
  /// Null: nothing is open. `attacking`: inferred figures are still to come.
  void show(const ObservationPtr& observation, bool attacking);
  /// The figures as lines of text, for exports and screen readers.
  QString text() const;

 private:
  struct Row {
    QLabel* name = nullptr;
    RateBar* bar = nullptr;
    QLabel* value = nullptr;
  };
  Row add_row(QGridLayout* grid, const QString& name, theme::Mark mark, const QString& key);
  void set_row(const Row& row, double share, const QString& value, const QString& reason);

  QLabel* heading_;
  QLabel* of_these_;
  Row observed_, exact_, inferred_, right_, chance_, claim_;
  QLabel* verdict_;
  QLabel* details_;
};

}  // namespace mps::gui
