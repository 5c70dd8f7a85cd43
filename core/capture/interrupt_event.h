// SPDX-License-Identifier: GPL-2.0-or-later
/// Wakes a thread that waits for bytes or packets. raise() is safe in a signal handler and from another
/// thread.
#pragma once

#include <atomic>

namespace mps {

class InterruptEvent {
 public:
  InterruptEvent();
  ~InterruptEvent();
  InterruptEvent(const InterruptEvent&) = delete;
  InterruptEvent& operator=(const InterruptEvent&) = delete;

  void raise();
  bool raised() const { return raised_.load(std::memory_order_relaxed); }
  /// Waits until `fd` can be read (true), or until raise() or the timeout (false). Negative: no timeout.
  bool wait_readable(int fd, int timeout_ms) const;

 private:
  std::atomic<bool> raised_{false};
  int event_;
};

}  // namespace mps
