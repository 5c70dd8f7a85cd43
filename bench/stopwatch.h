// SPDX-License-Identifier: GPL-2.0-or-later
// Time of one piece of work: CPU time of this thread, and the processor's time stamp counter beside it. The
// machine is shared, hence no wall clock; and single samples mean little, hence medians over interleaved
// rounds.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace mps::bench {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Rate of the time stamp counter, which is constant and not the core's; 0 where there is none.
inline double ticks_per_second() {
#ifdef __x86_64__
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const std::uint64_t ticks = __rdtsc();
  while (Clock::now() - begin < std::chrono::milliseconds(50)) {
  }
  const std::uint64_t passed = __rdtsc() - ticks;
  return static_cast<double>(passed) / std::chrono::duration<double>(Clock::now() - begin).count();
#else
  return 0;
#endif
}

// Seconds of one call, as the mean of a batch of @count.
template <typename Work>
double time_batch(const Work& work, std::size_t count) {
  const double begin = cpu_seconds();
  for (std::size_t i = 0; i < count; i++) work();
  return (cpu_seconds() - begin) / static_cast<double>(count);
}

// As many calls as take about @seconds; warms up caches and clock on the way.
template <typename Work>
std::size_t calibrate(const Work& work, double seconds) {
  std::size_t count = 1;
  for (;;) {
    const double took = time_batch(work, count) * static_cast<double>(count);
    if (took >= seconds / 2)
      return std::max<std::size_t>(1, static_cast<std::size_t>(count * seconds / took));
    count *= 2;
  }
}

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

}  // namespace mps::bench
