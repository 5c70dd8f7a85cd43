// SPDX-License-Identifier: GPL-2.0-or-later
/// "Protected even if up to 63 bytes are known": a slider feeds 0 to 65 known bytes to exact decoding. The
/// claim is a cliff, nothing below 64 and all from there on. Measured, a known byte opens its column, one of
/// 65, so bytes in different columns open c/65 and 64 of them everything; only bytes that all fall into one
/// column open no more than the first did.
#pragma once

#include <QWidget>

#include "gui/model/observation.h"
#include "gui/view/plot.h"

class QSlider;
class QLabel;
class QRadioButton;

namespace mps::gui {

class KnownPlaintextPanel : public QWidget {
  Q_OBJECT

 public:
  explicit KnownPlaintextPanel(QWidget* parent = nullptr);
  void setCurve(KnownPlaintextCurve curve);
  QSlider* slider() const { return slider_; }
  QRadioButton* stackedChoice() const { return stacked_; }
  Plot* plot() const { return plot_; }
  QString figures() const;   ///< determined, and what is left to open
  QString sentence() const;  ///< why

 private:
  void refresh();
  const std::vector<KnownPlaintextCurve::Point>& points() const;

  KnownPlaintextCurve curve_;
  QLabel* label_;
  QSlider* slider_;
  QRadioButton* spread_;
  QRadioButton* stacked_;
  QLabel* known_;
  QLabel* figures_;
  QLabel* sentence_;
  Plot* plot_;
};

}  // namespace mps::gui
