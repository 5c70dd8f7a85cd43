// SPDX-License-Identifier: GPL-2.0-or-later
/// Paints the segments of one lane: at most one mark a pixel column, neighbours of one kind as one rectangle.
#pragma once

#include <QBrush>
#include <QColor>

#include "gui/model/lane_geometry.h"
#include "gui/model/lane_segments.h"

class QPainter;

namespace mps::gui {

struct LaneLook {
  QBrush first;  ///< bytes sent for the first time
  QColor repeated;
};

/// `by_time`: the geometry's range is in ticks, else in stream bytes.
void paint_lane_marks(QPainter& painter, const LaneGeometry& geometry, int lane, const LaneSegments& segments,
                      bool by_time, const LaneLook& look);

}  // namespace mps::gui
