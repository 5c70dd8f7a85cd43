// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/rate_bar.h"

#include <QPainter>
#include <algorithm>

namespace mps::gui {

RateBar::RateBar(theme::Mark mark, QWidget* parent) : QWidget(parent), mark_(mark) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void RateBar::setShare(double share) {
  share_ = std::clamp(share, 0.0, 1.0);
  setAccessibleDescription(tr("%1 percent").arg(share_ * 100, 0, 'f', 1));
  update();
}

QSize RateBar::sizeHint() const {
  return {120, std::max(12, fontMetrics().height() * 3 / 4)};
}

void RateBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QRectF frame = QRectF(rect()).adjusted(0.5, 2.5, -0.5, -2.5);
  painter.fillRect(frame, palette().color(QPalette::Base));
  QRectF filled = frame;
  filled.setWidth(frame.width() * share_);
  if (share_ > 0) {
    QColor ground = theme::colour(mark_, palette());
    ground.setAlphaF(0.30f);
    painter.fillRect(filled, ground);
    painter.fillRect(filled, theme::brush(mark_, palette()));
  }
  painter.setPen(palette().color(QPalette::Mid));
  painter.drawRect(frame);
  const double chance = frame.left() + frame.width() * chance_level;
  painter.setPen(QPen(theme::colour(theme::Mark::chance, palette()), 1, Qt::DotLine));
  painter.drawLine(QPointF(chance, 0), QPointF(chance, height()));
}

}  // namespace mps::gui
