// SPDX-License-Identifier: GPL-2.0-or-later
/// Every set of taps and what it gets: the matrix of observers. Exact figures are there at once; inferred
/// ones as far as these observers were attacked. A click makes a row the observer.
#pragma once

#include <QTableWidget>

#include "gui/model/analysis.h"

namespace mps::gui {

class MatrixView : public QTableWidget {
  Q_OBJECT

 public:
  explicit MatrixView(Analysis* analysis, QWidget* parent = nullptr);

 private:
  void rebuild();
  void refresh();

  Analysis* analysis_;
};

/// "none", "0+2".
QString tap_names(SubflowMask tapped);

}  // namespace mps::gui
