// SPDX-License-Identifier: GPL-2.0-or-later
/// A share as a bar: colour and pattern say what kind of share, a tick marks the level that chance reaches.
#pragma once

#include <QWidget>

#include "gui/view/theme.h"

namespace mps::gui {

class RateBar : public QWidget {
  Q_OBJECT

 public:
  explicit RateBar(theme::Mark mark, QWidget* parent = nullptr);
  void setShare(double share);
  double share() const { return share_; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {40, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  theme::Mark mark_;
  double share_ = 0;
};

}  // namespace mps::gui
