// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/lanes_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <cmath>

#include "gui/view/lane_painter.h"
#include "gui/view/theme.h"

namespace mps::gui {
namespace {

constexpr int margin = 8;
constexpr int flag = 4;  ///< half the width of an anomaly's triangle

/// 1, 2 or 5 times a power of ten that gives about `wanted` steps.
double round_step(double span, int wanted) {
  const double raw = span / std::max(1, wanted);
  const double power = std::pow(10.0, std::floor(std::log10(std::max(raw, 1e-12))));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

}  // namespace

LanesView::LanesView(SharedView* shared, QWidget* parent) : QWidget(parent), shared_(shared) {
  setAccessibleName(tr("Lanes"));
  setAccessibleDescription(tr("One lane a subflow; the table of segments says the same in words"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  connect(shared_, &SharedView::rangeChanged, this, qOverload<>(&QWidget::update));
  connect(shared_, &SharedView::cursorChanged, this, qOverload<>(&QWidget::update));
  connect(shared_, &SharedView::selectionChanged, this, qOverload<>(&QWidget::update));
}

void LanesView::setStream(std::shared_ptr<const StreamSnapshot> stream) {
  stream_ = std::move(stream);
  observation_.reset();
  time_zoom_.reset(stream_ ? stream_->lanes().end_tick() : 0);
  updateGeometry();
  update();
}

void LanesView::setObservation(ObservationPtr observation) {
  observation_ = std::move(observation);
  update();
}

void LanesView::setAxis(Axis axis) {
  if (axis_ == axis) return;
  axis_ = axis;
  update();
  Q_EMIT axisChanged();
}

int LanesView::lane_count() const {
  return stream_ ? static_cast<int>(std::min(stream_->lanes().lanes(), shown_lanes)) + 1 : 0;
}

int LanesView::label_width() const {
  QFont bold = font();
  bold.setBold(true);  // as tapped lanes are labelled
  return QFontMetrics(bold).horizontalAdvance(QStringLiteral("0 wlan0 untrusted")) + 2 * margin + 2;
}

QSize LanesView::sizeHint() const {
  return {600,
          std::max(3, lane_count()) * (fontMetrics().height() + 12) + 2 * fontMetrics().height() + margin};
}

QSize LanesView::minimumSizeHint() const {
  return {300, 3 * (fontMetrics().height() + 6) + 2 * fontMetrics().height()};
}

Interval LanesView::axis_range() const {
  return axis_ == Axis::sequence ? shared_->range() : time_zoom_.top();
}

LaneGeometry LanesView::geometry_for(const QSize& size) const {
  const int axis_height = fontMetrics().height() + 8;
  const int lanes = std::max(1, lane_count());
  const int lane_height =
      std::clamp((size.height() - axis_height - margin) / lanes, 10, 2 * fontMetrics().height() + 12);
  return {axis_range(), label_width(), size.width() - label_width() - margin,
          margin / 2,   lane_height,   lane_count()};
}

void LanesView::paint_lane(QPainter& painter, const LaneGeometry& geometry, int lane) const {
  const auto index = static_cast<std::size_t>(lane);
  const SubflowReport& subflow = stream_->connection().subflows[index];
  const int top = geometry.lane_y(lane) + 3, height = geometry.lane_height() - 6;
  const bool tapped = observation_ && (observation_->choice.tapped & mask_of(subflow.index));
  painter.setPen(palette().color(QPalette::WindowText));
  QFont font = painter.font();
  font.setBold(tapped);
  painter.setFont(font);
  const QString label = QStringLiteral("%1 %2 %3")
                            .arg(subflow.index)
                            .arg(QString::fromStdString(path_label(subflow)), theme::name(subflow.trust));
  painter.drawText(QRect(margin, top, label_width() - 2 * margin, height), Qt::AlignLeft | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(label, Qt::ElideMiddle, label_width() - 2 * margin));
  font.setBold(false);
  painter.setFont(font);

  paint_lane_marks(painter, geometry, lane, stream_->lanes(), axis_ == Axis::time,
                   {theme::brush(subflow.trust, palette()), theme::colour(theme::Mark::wrong, palette())});
}

void LanesView::paint_recovered(QPainter& painter, const LaneGeometry& geometry, int lane) const {
  const int top = geometry.lane_y(lane) + 3, height = geometry.lane_height() - 6;
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawText(QRect(margin, top, label_width() - 2 * margin, height), Qt::AlignLeft | Qt::AlignVCenter,
                   tr("tap recovers"));
  if (axis_ == Axis::time) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(geometry.left(), top, geometry.width(), height), Qt::AlignLeft | Qt::AlignVCenter,
                     tr(" shown by data sequence only"));
  }
  if (!observation_ || axis_ != Axis::sequence) return;
  const RecoveredStream& recovered = *observation_->recovered;
  const auto fill = [&](int column, double from, double to, theme::Mark mark) {
    if (to <= from) return;
    painter.fillRect(QRectF(geometry.left() + column, top + height * (1 - to), 1, height * (to - from)),
                     theme::brush(mark, palette()));
  };
  for (int column = 0; column < geometry.width(); ++column) {
    const Interval range = geometry.column(column);
    const auto n = static_cast<double>(range.length());
    const double exact = static_cast<double>(recovered.exact().covered(range.begin, range.end)) / n;
    const double inferred = static_cast<double>(recovered.inferred().covered(range.begin, range.end)) / n;
    const double seen = static_cast<double>(recovered.seen().covered(range.begin, range.end)) / n;
    fill(column, 0, exact, theme::Mark::exact);
    fill(column, exact, exact + inferred, theme::Mark::inferred);
    fill(column, exact + inferred, std::max(seen, exact + inferred), theme::Mark::unknown);
  }
}

std::optional<std::uint64_t> LanesView::place_of(const AnomalyMark& mark) const {
  const auto place = axis_ == Axis::time ? std::optional(mark.tick) : mark.offset;
  return place && axis_range().contains(*place) ? place : std::nullopt;
}

void LanesView::paint_anomalies(QPainter& painter, const LaneGeometry& geometry) const {
  painter.setPen(palette().color(QPalette::Window));
  painter.setBrush(theme::colour(theme::Mark::wrong, palette()));
  painter.setRenderHint(QPainter::Antialiasing);
  for (const AnomalyMark& mark : stream_->anomalies()) {
    const auto place = place_of(mark);
    if (!place || mark.lane + 1 >= geometry.lanes()) continue;
    const QPointF tip(geometry.x_of(*place), geometry.lane_y(mark.lane) + 2 * flag + 1);
    painter.drawPolygon(
        QPolygonF{{tip, tip + QPointF(-flag - 1, -2 * flag), tip + QPointF(flag + 1, -2 * flag)}});
  }
  painter.setRenderHint(QPainter::Antialiasing, false);
}

void LanesView::paint_axis(QPainter& painter, const LaneGeometry& geometry) const {
  const Interval range = geometry.range();
  const int y = geometry.lane_y(geometry.lanes()) + 2;
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawLine(geometry.left(), y, geometry.left() + geometry.width(), y);
  const double unit = axis_ == Axis::sequence ? 1.0 : stream_->lanes().seconds_per_tick();
  const double begin = static_cast<double>(range.begin) * unit,
               span = static_cast<double>(range.length()) * unit;
  if (span <= 0) return;
  const double step = std::max(round_step(span, geometry.width() / 90), axis_ == Axis::sequence ? 1.0 : 1e-6);
  const QString unit_name = axis_ == Axis::sequence ? tr("bytes") : tr("seconds");
  const int unit_width = fontMetrics().horizontalAdvance(unit_name);
  for (double value = std::ceil(begin / step) * step; value <= begin + span; value += step) {
    const int x = geometry.left() + static_cast<int>((value - begin) / span * geometry.width());
    painter.drawLine(x, y, x, y + 4);
    const QString text = axis_ == Axis::sequence ? theme::count(static_cast<std::uint64_t>(value))
                                                 : QString::number(value, 'g', 6);
    const int width = painter.fontMetrics().horizontalAdvance(text);
    if (x + width / 2 > geometry.left() + geometry.width() - unit_width - margin) continue;
    painter.drawText(x - width / 2, y + 4 + painter.fontMetrics().ascent(), text);
  }
  painter.drawText(geometry.left() + geometry.width() - unit_width, y + 4 + painter.fontMetrics().ascent(),
                   unit_name);
}

void LanesView::paint(QPainter& painter, const QSize& size) const {
  painter.setFont(font());
  if (!stream_) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect({}, size), Qt::AlignCenter, tr("No stream is open"));
    return;
  }
  const LaneGeometry geometry = geometry_for(size);
  const int lanes = geometry.lanes();
  for (int lane = 0; lane < lanes; ++lane)
    if (lane % 2 == 0)
      painter.fillRect(geometry.left(), geometry.lane_y(lane), geometry.width(), geometry.lane_height(),
                       palette().color(QPalette::AlternateBase));
  for (int lane = 0; lane + 1 < lanes; ++lane) paint_lane(painter, geometry, lane);
  paint_recovered(painter, geometry, lanes - 1);
  paint_anomalies(painter, geometry);
  paint_axis(painter, geometry);
  const int bottom = geometry.lane_y(lanes);
  if (axis_ == Axis::sequence) {
    const Interval selection = shared_->selection();
    if (!selection.empty() && selection.end > geometry.range().begin &&
        selection.begin < geometry.range().end) {
      QColor shade = palette().color(QPalette::Highlight);
      shade.setAlphaF(0.25f);
      painter.fillRect(
          QRect(QPoint(geometry.x_of(selection.begin), 0), QPoint(geometry.x_of(selection.end), bottom)),
          shade);
    }
    if (shared_->cursor() && geometry.range().contains(*shared_->cursor())) {
      painter.setPen(palette().color(QPalette::Highlight));
      const int x = geometry.x_of(*shared_->cursor());
      painter.drawLine(x, 0, x, bottom);
    }
  }
  if (drag_from_) {
    QColor shade = palette().color(QPalette::Highlight);
    shade.setAlphaF(0.35f);
    painter.fillRect(
        QRect(QPoint(std::min(*drag_from_, drag_to_), 0), QPoint(std::max(*drag_from_, drag_to_), bottom)),
        shade);
  }
}

void LanesView::zoom_by(double factor, std::optional<std::uint64_t> centre) {
  if (axis_ == Axis::time) {
    time_zoom_.zoom(factor, centre.value_or(time_zoom_.top().begin + time_zoom_.top().length() / 2));
    update();
  } else if (centre) {
    shared_->zoomBy(factor, *centre);
  } else {
    factor < 1 ? shared_->zoomIn() : shared_->zoomOut();
  }
}

void LanesView::fit() {
  if (axis_ == Axis::time) {
    time_zoom_.fit();
    update();
  } else {
    shared_->fit();
  }
}

void LanesView::back() {
  if (axis_ == Axis::time) {
    time_zoom_.pop();
    update();
  } else {
    shared_->back();
  }
}

void LanesView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, size());
  if (hasFocus()) {
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
}

void LanesView::mousePressEvent(QMouseEvent* event) {
  if (!stream_) return;
  if (event->button() == Qt::LeftButton) {
    drag_from_ = drag_to_ = event->position().toPoint().x();
  } else if (event->button() == Qt::RightButton || event->button() == Qt::BackButton) {
    back();
  }
}

void LanesView::mouseMoveEvent(QMouseEvent* event) {
  if (!drag_from_) return;
  drag_to_ = event->position().toPoint().x();
  update();
}

void LanesView::mouseReleaseEvent(QMouseEvent* event) {
  if (!drag_from_ || event->button() != Qt::LeftButton) return;
  const LaneGeometry geometry = geometry_for(size());
  const int from = std::min(*drag_from_, drag_to_), to = std::max(*drag_from_, drag_to_);
  drag_from_.reset();
  const Interval range{geometry.at(from), geometry.at(to)};
  constexpr int click = 4;
  if (to - from >= click && axis_ == Axis::time) {
    time_zoom_.push(range);
  } else if (to - from >= click) {
    if (event->modifiers() & Qt::ShiftModifier)
      shared_->select(range);
    else
      shared_->zoomTo(range);
  } else if (axis_ == Axis::sequence) {
    shared_->setCursor(range.begin);
  }
  update();
}

void LanesView::mouseDoubleClickEvent(QMouseEvent*) {
  fit();
  drag_from_.reset();
  update();
}

void LanesView::wheelEvent(QWheelEvent* event) {
  if (!stream_) return;
  const double steps = event->angleDelta().y() / 120.0;
  const std::uint64_t centre = geometry_for(size()).at(static_cast<int>(event->position().x()));
  if (event->angleDelta().x() != 0)
    pan(-event->angleDelta().x() / 1200.0);
  else
    zoom_by(std::pow(0.8, steps), centre);
  event->accept();
}

void LanesView::keyPressEvent(QKeyEvent* event) {
  const double step = event->modifiers() & Qt::ShiftModifier ? 0.5 : 0.1;
  const int towards = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  if (towards == 0) {
    QWidget::keyPressEvent(event);
    return;
  }
  pan(towards * step);
}

void LanesView::pan(double share) {
  if (axis_ == Axis::time) {
    time_zoom_.pan(share);
    update();
  } else {
    shared_->pan(share);
  }
}

QString LanesView::describe_segment(const LaneSegment& segment) const {
  return tr("packet %1: bytes %2 to %3, %4 s after the first%5")
      .arg(segment.frame)
      .arg(theme::count(segment.offset), theme::count(segment.end() - 1))
      .arg(segment.tick * stream_->lanes().seconds_per_tick(), 0, 'f', 6)
      .arg(segment.repeated() ? tr(", sent before") : QString());
}

QString LanesView::describe(const QPoint& at) const {
  if (!stream_) return {};
  const LaneGeometry geometry = geometry_for(size());
  const auto lane = geometry.lane_at(at.y());
  if (!lane) return {};
  if (at.x() < geometry.left())
    return *lane + 1 < geometry.lanes()
               ? tr("Subflow %1; bold: tapped").arg(*lane)
               : tr("Solid: exact; hatched: inferred; dotted: tapped, not recovered");
  const auto index = static_cast<std::size_t>(*lane);
  const bool of_tap = *lane + 1 == geometry.lanes();
  QStringList lines;
  for (const AnomalyMark& mark : stream_->anomalies())
    if (const auto place = place_of(mark);
        place && mark.lane == index && !of_tap && std::abs(geometry.x_of(*place) - at.x()) <= flag) {
      const Anomaly& anomaly = stream_->document().report().anomalies.list()[mark.entry];
      lines += tr("packet %1: %2").arg(anomaly.frame).arg(QString::fromUtf8(explanation(anomaly.kind)));
    }
  const std::uint64_t place = geometry.at(at.x());
  if (axis_ == Axis::time) {
    const Interval column = geometry.column(at.x() - geometry.left());
    if (const LaneSegment* segment =
            of_tap ? nullptr : stream_->lanes().first_in(index, column.begin, column.end))
      lines += describe_segment(*segment);
  } else if (of_tap) {
    if (observation_)
      lines += tr("byte %1: %2")
                   .arg(theme::count(place),
                        QString::fromLatin1(to_string(observation_->recovered->state(place))));
  } else if (const LaneSegment* segment = stream_->lanes().at(index, place)) {
    lines += describe_segment(*segment);
  } else {
    lines += tr("byte %1: not on this subflow").arg(theme::count(place));
  }
  return lines.join('\n');
}

bool LanesView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), describe(help->pos()), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace mps::gui
