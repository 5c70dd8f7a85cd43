// SPDX-License-Identifier: GPL-2.0-or-later
/// Three charts of the current observation: how often neighbouring differences agree at each lag, how often
/// each byte value occurs, and what was recovered against what the paper claims.
#pragma once

#include <QTabWidget>

#include "gui/model/range_statistics.h"
#include "gui/view/plot.h"

namespace mps::gui {

/// `range`: what the views are zoomed to; null: the whole stream.
PlotContent lag_content(const Observation& observation, const RangeStatistics* range = nullptr);
PlotContent histogram_content(const Observation& observation, const RangeStatistics* range = nullptr);
PlotContent recovered_content(const Observation& observation, Interval range);

class PlotsPanel : public QTabWidget {
  Q_OBJECT

 public:
  explicit PlotsPanel(QWidget* parent = nullptr);
  void setObservation(const ObservationPtr& observation, const RangeStatistics* range = nullptr);
  void showTables(bool tables);
  Plot* current() const { return static_cast<Plot*>(currentWidget()); }
  Plot* lag() const { return lag_; }
  Plot* histogram() const { return histogram_; }
  Plot* recovered() const { return recovered_; }

 private:
  Plot* recovered_;
  Plot* lag_;
  Plot* histogram_;
};

}  // namespace mps::gui
