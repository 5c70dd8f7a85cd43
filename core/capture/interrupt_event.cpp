// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/interrupt_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace mps {

InterruptEvent::InterruptEvent() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

InterruptEvent::~InterruptEvent() {
  if (event_ >= 0) close(event_);
}

void InterruptEvent::raise() {
  const int saved_errno = errno;  // a signal handler must not change it
  raised_.store(true, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the event is set already.
  [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
  errno = saved_errno;
}

bool InterruptEvent::wait_readable(int fd, int timeout_ms) const {
  pollfd polled[] = {{fd, POLLIN, 0}, {event_, POLLIN, 0}};
  if (raised() || poll(polled, 2, timeout_ms) <= 0)
    return false;  // EINTR: the caller looks at raised() and waits again
  return polled[0].revents != 0;
}

}  // namespace mps
