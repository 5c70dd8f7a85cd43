// SPDX-License-Identifier: GPL-2.0-or-later
/// "Protected even if 63 bytes are known": a slider that feeds 0 to 65 known bytes to exact decoding, and the
/// share of the stretch that follows. It grows by 1/65 a byte and jumps to all of it at 64.
#pragma once

#include <QWidget>

#include "gui/model/observation.h"
#include "gui/view/plot.h"

class QSlider;
class QLabel;

namespace mps::gui {

class KnownPlaintextPanel : public QWidget {
  Q_OBJECT

 public:
  explicit KnownPlaintextPanel(QWidget* parent = nullptr);
  void setCurve(KnownPlaintextCurve curve);
  QSlider* slider() const { return slider_; }
  Plot* plot() const { return plot_; }
  QString sentence() const;

 private:
  void refresh();

  KnownPlaintextCurve curve_;
  QSlider* slider_;
  QLabel* sentence_;
  Plot* plot_;
};

}  // namespace mps::gui
