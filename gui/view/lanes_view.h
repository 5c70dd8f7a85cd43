// SPDX-License-Identifier: GPL-2.0-or-later
/// One lane a subflow, and one for what the observer recovers, over the stream or over time. At most one mark
/// is drawn for each pixel column and lane, however many segments there are; anomalies are drawn always.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/model/lane_geometry.h"
#include "gui/model/observation.h"
#include "gui/model/shared_view.h"

namespace mps::gui {

class LanesView : public QWidget {
  Q_OBJECT

 public:
  enum class Axis { sequence, time };

  explicit LanesView(SharedView* shared, QWidget* parent = nullptr);

  void setStream(std::shared_ptr<const StreamSnapshot> stream);
  void setObservation(ObservationPtr observation);
  Axis axis() const { return axis_; }
  void setAxis(Axis axis);
  void paint(QPainter& painter, const QSize& size) const;  ///< also for exports
  LaneGeometry geometry_for(const QSize& size) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  /// In words, what is under a point of the widget.
  QString describe(const QPoint& at) const;

  /// Subflows beyond these are in the table of segments only.
  static constexpr std::size_t shown_lanes = 12;

 public Q_SLOTS:
  // Of the axis that is shown: the stream's range is shared with the other views, that of time is not.
  void zoomIn() { zoom_by(0.5, std::nullopt); }
  void zoomOut() { zoom_by(2.0, std::nullopt); }
  void fit();
  void back();

 Q_SIGNALS:
  void axisChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int lane_count() const;
  int label_width() const;
  Interval axis_range() const;
  void paint_lane(QPainter& painter, const LaneGeometry& geometry, int lane) const;
  void paint_recovered(QPainter& painter, const LaneGeometry& geometry, int lane) const;
  void paint_axis(QPainter& painter, const LaneGeometry& geometry) const;
  void paint_anomalies(QPainter& painter, const LaneGeometry& geometry) const;
  std::optional<std::uint64_t> place_of(const AnomalyMark& mark) const;
  void pan(double share);
  void zoom_by(double factor, std::optional<std::uint64_t> centre);
  QString describe_segment(const LaneSegment& segment) const;

  SharedView* shared_;
  std::shared_ptr<const StreamSnapshot> stream_;
  ObservationPtr observation_;
  Axis axis_ = Axis::sequence;
  ZoomStack time_zoom_;
  std::optional<int> drag_from_;
  int drag_to_ = 0;
};

}  // namespace mps::gui
