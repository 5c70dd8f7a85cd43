// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody at the window waits for while a capture is opened: how long it takes, whether progress is
// shown, for how long the window does not answer, and the memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mps::bench {

struct WindowLoad {
  double seconds = 0;      // wall clock, until the first stream is shown and nothing runs any more
  double cpu_seconds = 0;  // of all threads
  double stall_ms = 0;     // longest time between two turns of the event loop, wall clock
  double stall_cpu_ms =
      0;  // most CPU time of the window's thread between two turns: what a shared machine leaves alone
  double progress_seconds = 0;  // longest time without a progress report
  std::size_t progress_reports = 0;
  std::uint64_t packets = 0, bytes = 0;
  double peak_mb = 0;       // resident
  double frame_cpu_ms = 0;  // median of painting the whole window while zooming through the lanes
};

// Needs a QApplication. Ends the program with a message if the capture cannot be opened.
WindowLoad measure_window(const char* capture);

}  // namespace mps::bench
