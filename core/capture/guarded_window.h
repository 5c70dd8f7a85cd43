// SPDX-License-Identifier: GPL-2.0-or-later
/// A piece of a file mapped into memory that may be touched whatever happens to the file. Where it was cut
/// short meanwhile, or the disk fails, the kernel answers a touch with SIGBUS; a handler, installed with the
/// first window, then puts zeros where the file was and says so. Faults elsewhere, and SIGBUS sent by
/// somebody, go where they went before. Not told: the rest of a page that the file still begins, which the
/// kernel fills with zeros. A thread that blocks SIGBUS, or a handler installed later, takes the guard away.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mps {

class GuardedWindow {
 public:
  /// How many windows a process may have at a time: the handler looks through all of them.
  static constexpr std::size_t most_windows = 64;

  /// `lost` becomes true once zeros stand for bytes of the file; it must outlive the window.
  explicit GuardedWindow(std::atomic<bool>& lost);
  ~GuardedWindow();
  GuardedWindow(const GuardedWindow&) = delete;
  GuardedWindow& operator=(const GuardedWindow&) = delete;

  /// False where all windows are in use: map() will not work.
  bool has_place() const { return place_ != no_place; }
  /// Shows `length` bytes from `offset`, a multiple of the page size, instead of what it showed before. All
  /// pages are brought in at once. False, and errno, if that cannot be.
  bool map(int fd, std::uint64_t offset, std::size_t length);
  std::span<const std::uint8_t> bytes() const { return {begin_, length_}; }

 private:
  void unmap();
  static constexpr std::size_t no_place = ~std::size_t{0};

  std::size_t place_ = no_place;
  const std::uint8_t* begin_ = nullptr;
  std::size_t length_ = 0;
};

}  // namespace mps
