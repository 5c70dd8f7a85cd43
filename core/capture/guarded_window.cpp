// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/guarded_window.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace mps {
namespace {

/// What the handler knows of a window. It runs in the thread that touched the window, which is therefore not
/// just unmapping it.
struct Place {
  std::atomic<bool> taken{false};
  std::atomic<std::uintptr_t> begin{0};  ///< 0: nothing is mapped
  std::atomic<std::uintptr_t> end{0};
  std::atomic<std::atomic<bool>*> lost{nullptr};
};

std::array<Place, GuardedWindow::most_windows> places;
struct sigaction handled_before;

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free, "a signal handler must not wait");

/// From the page touched on: nothing behind it is there either.
bool put_zeros_at(std::uintptr_t touched) {
  for (Place& place : places) {
    // Another thread may be moving its window: both ends must be those of one mapping.
    const std::uintptr_t begin = place.begin.load(std::memory_order_acquire);
    const std::uintptr_t end = place.end.load(std::memory_order_acquire);
    if (begin == 0 || touched < begin || touched >= end) continue;
    if (place.begin.load(std::memory_order_acquire) != begin) continue;
    const std::uintptr_t page = touched & ~static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE) - 1);
    if (mmap(reinterpret_cast<void*>(page), end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0) == MAP_FAILED)
      return false;
    place.lost.load(std::memory_order_relaxed)->store(true, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void on_bus_error(int number, siginfo_t* info, void* context) {
  const int kept_errno = errno;
  const bool is_fault = info->si_code > 0;  // else somebody sent it, and si_addr is not an address
  const bool is_mended = is_fault && put_zeros_at(reinterpret_cast<std::uintptr_t>(info->si_addr));
  errno = kept_errno;
  if (is_mended) return;
  if (handled_before.sa_flags & SA_SIGINFO) return handled_before.sa_sigaction(number, info, context);
  if (handled_before.sa_handler == SIG_IGN && !is_fault) return;
  if (handled_before.sa_handler != SIG_DFL && handled_before.sa_handler != SIG_IGN)
    return handled_before.sa_handler(number);
  signal(number, SIG_DFL);
  raise(number);  // delivered when this returns
}

void install_handler() {
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&ours.sa_mask);
  sigaction(SIGBUS, &ours, &handled_before);
}

}  // namespace

GuardedWindow::GuardedWindow(std::atomic<bool>& lost) {
  static const bool installed = (install_handler(), true);
  static_cast<void>(installed);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].taken.exchange(true, std::memory_order_acq_rel)) continue;
    places[i].lost.store(&lost, std::memory_order_relaxed);
    place_ = i;
    return;
  }
}

GuardedWindow::~GuardedWindow() {
  unmap();
  if (has_place()) places[place_].taken.store(false, std::memory_order_release);
}

bool GuardedWindow::map(int fd, std::uint64_t offset, std::size_t length) {
  unmap();
  if (!has_place()) {
    errno = EAGAIN;
    return false;
  }
  void* const mapped =
      mmap(nullptr, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) return false;
  begin_ = static_cast<const std::uint8_t*>(mapped);
  length_ = length;
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
  places[place_].end.store(begin + length, std::memory_order_release);
  places[place_].begin.store(begin, std::memory_order_release);
  return true;
}

void GuardedWindow::unmap() {
  if (length_ == 0) return;
  places[place_].begin.store(0, std::memory_order_release);
  munmap(const_cast<std::uint8_t*>(begin_), length_);
  begin_ = nullptr;
  length_ = 0;
}

}  // namespace mps
