// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/gui/window_load.h"

#include <sys/resource.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/stopwatch.h"
#include "gui/view/main_window.h"

namespace mps::bench {
namespace {

using namespace mps::gui;

double process_cpu() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Median CPU time of a picture of the window at 60 places of its stream.
double paint_frames(MainWindow& window) {
  const std::uint64_t length = window.analysis().stream()->length();
  std::vector<double> milliseconds;
  for (std::uint64_t i = 0; i < 60; ++i) {
    window.shared().zoomTo({length / 100 * i, length / 100 * i + std::max<std::uint64_t>(length / 3, 1)});
    const double from = cpu_seconds();
    window.grab();
    milliseconds.push_back((cpu_seconds() - from) * 1000);
  }
  return median(milliseconds);
}

}  // namespace

WindowLoad measure_window(const char* capture) {
  WindowLoad load;
  MainWindow window;
  window.show();
  QApplication::processEvents();
  QEventLoop loop;
  QElapsedTimer whole, turn, progress;
  double turn_cpu = cpu_seconds();
  QTimer heart;
  heart.setInterval(1);
  QObject::connect(&heart, &QTimer::timeout, &loop, [&] {
    load.stall_ms = std::max(load.stall_ms, static_cast<double>(turn.nsecsElapsed()) * 1e-6);
    load.stall_cpu_ms = std::max(load.stall_cpu_ms, (cpu_seconds() - turn_cpu) * 1000);
    turn.start();
    turn_cpu = cpu_seconds();
    if (window.settled() && window.analysis().observation()) loop.quit();
  });
  QObject::connect(&window.analysis().runner(), &JobRunner::progressed, &loop, [&] {
    ++load.progress_reports;
    load.progress_seconds = std::max(load.progress_seconds, static_cast<double>(progress.restart()) * 1e-3);
  });
  QObject::connect(&window.analysis(), &Analysis::failed, &loop, [](const QString& reason) {
    std::fprintf(stderr, "%s\n", qPrintable(reason));
    std::exit(1);
  });
  LoadRequest request;
  request.inputs.push_back({capture, Trust::unknown});
  const double cpu = process_cpu();
  whole.start();
  turn.start();
  progress.start();
  turn_cpu = cpu_seconds();
  window.openRequest(request);
  heart.start();
  loop.exec();
  heart.stop();
  load.seconds = static_cast<double>(whole.nsecsElapsed()) * 1e-9;
  load.cpu_seconds = process_cpu() - cpu;
  const auto& source = window.analysis().document()->report().source;
  load.packets = source.packets;
  load.bytes = source.bytes_read;
  load.frame_cpu_ms = paint_frames(window);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  load.peak_mb = static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
  return load;
}

}  // namespace mps::bench
