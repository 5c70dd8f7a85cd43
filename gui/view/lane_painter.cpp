// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/lane_painter.h"

#include <QPainter>

namespace mps::gui {

void paint_lane_marks(QPainter& painter, const LaneGeometry& geometry, int lane, const LaneSegments& segments,
                      bool by_time, const LaneLook& look) {
  const auto index = static_cast<std::size_t>(lane);
  const int top = geometry.lane_y(lane) + 3, height = geometry.lane_height() - 6;
  LaneMark run = LaneMark::none;
  int run_begin = 0;
  const auto end_run = [&](int column, LaneMark next) {
    const QRect area(geometry.left() + run_begin, top, column - run_begin, height);
    if (run == LaneMark::first) painter.fillRect(area, look.first);
    if (run == LaneMark::repeated) painter.fillRect(area, look.repeated);
    run = next;
    run_begin = column;
  };
  for (int column = 0; column < geometry.width(); ++column) {
    const Interval range = geometry.column(column);
    const LaneMark mark = by_time ? segments.ticks_in(index, range.begin, range.end)
                                  : segments.bytes_in(index, range.begin, range.end);
    if (mark != run) end_run(column, mark);
  }
  end_run(geometry.width(), LaneMark::none);
}

}  // namespace mps::gui
