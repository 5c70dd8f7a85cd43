// SPDX-License-Identifier: GPL-2.0-or-later
// How long the lanes take to repaint: 2.3 million synthetic segments of 1400 bytes on three subflows, all of
// them in view, then zoomed in, then by time. Every picture is compared with one painted by a loop over all
// segments first. With a capture as argument, also what opening it in the window takes.
//
//   bench-lanes [CAPTURE] [--json FILE]
#include <QApplication>
#include <QImage>
#include <QPainter>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "bench/gui/window_load.h"
#include "bench/stopwatch.h"
#include "gui/view/lane_painter.h"

namespace {

using namespace mps::gui;

constexpr std::size_t segment_count = 2'300'000;
constexpr std::uint32_t segment_bytes = 1400;
constexpr int lanes = 3, width = 1100, lane_height = 30;

std::vector<LaneSegments::Arrival> synthetic() {
  std::mt19937_64 random(1);
  std::vector<LaneSegments::Arrival> arrivals;
  arrivals.reserve(segment_count);
  std::int64_t now = 0;
  std::uint64_t offset = 0;
  for (std::uint32_t i = 0; i < segment_count; ++i) {
    now += 1 + static_cast<std::int64_t>(random() % 20'000);
    const bool again = offset > 0 && random() % 1000 == 0;
    const std::uint64_t at = again ? random() % (offset / segment_bytes) * segment_bytes : offset;
    arrivals.push_back({at, now, segment_bytes, i + 1, static_cast<std::uint16_t>(random() % lanes)});
    if (!again) offset += segment_bytes;
  }
  return arrivals;
}

// Looks at every segment: what the quick painter must agree with.
std::vector<LaneMark> slow_marks(const LaneSegments& segments, std::size_t lane, const LaneGeometry& geometry,
                                 bool by_time) {
  std::vector<LaneMark> marks(static_cast<std::size_t>(width), LaneMark::none);
  std::vector<mps::Interval> columns;
  for (int c = 0; c < width; ++c) columns.push_back(geometry.column(c));
  for (const LaneSegment& segment : segments.lane(lane)) {
    const std::uint64_t from = by_time ? segment.tick : segment.offset,
                        to = by_time ? from + 1 : segment.end();
    auto column = std::partition_point(columns.begin(), columns.end(),
                                       [&](const mps::Interval& c) { return c.end <= from; });
    for (; column != columns.end() && column->begin < to; ++column) {
      LaneMark& mark = marks[static_cast<std::size_t>(column - columns.begin())];
      if (mark != LaneMark::repeated) mark = segment.repeated() ? LaneMark::repeated : LaneMark::first;
    }
  }
  return marks;
}

void verify(const LaneSegments& segments, const LaneGeometry& geometry, bool by_time) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto expected = slow_marks(segments, lane, geometry, by_time);
    for (int c = 0; c < width; ++c) {
      const mps::Interval range = geometry.column(c);
      const LaneMark mark = by_time ? segments.ticks_in(lane, range.begin, range.end)
                                    : segments.bytes_in(lane, range.begin, range.end);
      if (mark == expected[static_cast<std::size_t>(c)]) continue;
      std::fprintf(stderr, "wrong mark: lane %zu, column %d\n", lane, c);
      std::exit(1);
    }
  }
}

using Json = nlohmann::ordered_json;

void judge(Json& report, const char* name, const std::string& what, double measured, double wanted) {
  report["goals"].push_back({{"name", name},
                             {"what", what},
                             {"wanted", wanted},
                             {"measured", measured},
                             {"reached", measured <= wanted}});
  std::printf("%s %-60s %8.3g, goal <= %g: %s\n", name, what.c_str(), measured, wanted,
              measured <= wanted ? "reached" : "MISSED");
}

// What File, Open does, in the window.
void time_load(const char* capture, Json& report) {
  const auto load = mps::bench::measure_window(capture);
  const auto packets = static_cast<double>(load.packets);
  std::printf(
      "opening %.0f MB, %.0f packets: %.1f s, %.1f s of CPU time (%.2f us per packet), peak %.0f MB\n",
      static_cast<double>(load.bytes) * 1e-6, packets, load.seconds, load.cpu_seconds,
      load.cpu_seconds * 1e6 / packets, load.peak_mb);
  std::printf(
      "meanwhile the event loop stood still for at most %.0f ms (%.0f ms of CPU time); %zu progress reports, "
      "at "
      "most %.1f s apart\n",
      load.stall_ms, load.stall_cpu_ms, load.progress_reports, load.progress_seconds);
  std::printf("the whole window, painted while zooming: %.1f ms of CPU time, median\n", load.frame_cpu_ms);
  report["results"].push_back({{"id", "load"},
                               {"us", load.cpu_seconds * 1e6},
                               {"packets", load.packets},
                               {"bytes", load.bytes},
                               {"seconds", load.seconds},
                               {"stall_ms", load.stall_ms},
                               {"stall_cpu_ms", load.stall_cpu_ms},
                               {"progress_reports", load.progress_reports},
                               {"progress_seconds", load.progress_seconds},
                               {"peak_mb", load.peak_mb}});
  report["results"].push_back({{"id", "window frame"}, {"us", load.frame_cpu_ms * 1000}});
}

}  // namespace

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  const QApplication application(argc, argv);
  const char* capture = nullptr;
  const char* json_file = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc)
      json_file = argv[++i];
    else
      capture = argv[i];
  }
  Json report = {{"benchmark", "gui"}, {"results", Json::array()}};
  if (capture) time_load(capture, report);  // first: the memory it reports is its own
  const double begin = mps::bench::cpu_seconds();
  const LaneSegments segments(lanes, synthetic());
  std::printf("%zu segments, %zu bytes each, prepared in %.2f s\n", segments.size(), sizeof(LaneSegment),
              mps::bench::cpu_seconds() - begin);
  QImage image(width, lanes * lane_height, QImage::Format_RGB32);
  const std::uint64_t whole = segment_count * std::uint64_t{segment_bytes};
  const struct {
    const char* name;
    mps::Interval range;
    bool by_time;
  } cases[] = {{"whole stream", {0, whole}, false},
               {"one hundredth", {whole / 3, whole / 3 + whole / 100}, false},
               {"200 kB", {whole / 2, whole / 2 + 200'000}, false},
               {"by time", {0, segments.end_tick()}, true}};
  for (const auto& one : cases) {
    const LaneGeometry geometry(one.range, 0, width, 0, lane_height, lanes);
    verify(segments, geometry, one.by_time);
    std::vector<double> milliseconds;
    for (int round = 0; round < 200; ++round) {
      const double from = mps::bench::cpu_seconds();
      image.fill(Qt::white);
      QPainter painter(&image);
      for (int lane = 0; lane < lanes; ++lane)
        paint_lane_marks(painter, geometry, lane, segments, one.by_time,
                         {QBrush(Qt::blue, Qt::Dense3Pattern), Qt::red});
      painter.end();
      milliseconds.push_back((mps::bench::cpu_seconds() - from) * 1000);
    }
    const double median = mps::bench::median(milliseconds);
    report["results"].push_back({{"id", one.name}, {"us", median * 1000}});
    judge(report, "G1", std::string("repaint, ") + one.name + ", ms", median, 8);
    std::printf("%-14s %6.3f ms median, %6.3f ms worst of %zu repaints\n", one.name, median,
                *std::max_element(milliseconds.begin(), milliseconds.end()), milliseconds.size());
  }
  judge(report, "G2", "bytes per segment", static_cast<double>(sizeof(LaneSegment)), 24);
  if (json_file) std::ofstream(json_file) << report.dump(2) << '\n';
}
