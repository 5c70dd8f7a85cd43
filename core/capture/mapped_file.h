// SPDX-License-Identifier: GPL-2.0-or-later
/// A regular file seen through windows of a mapping: the kernel copies nothing. FileStream is its slow twin.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/capture/byte_stream.h"
#include "core/capture/guarded_window.h"
#include "core/capture/rereadable_file.h"

namespace mps {

/// The window before the current one is kept for bytes that wait. Of a file that shrinks meanwhile, or whose
/// disk fails, zeros stand for what it no longer has; loss() says so, however late it is asked. What cannot
/// be mapped is copied.
class MappedFile final : public ByteStream {
 public:
  static constexpr std::size_t default_window = std::size_t{4} << 20;

  /// Owns `fd` and closes it. A window is a page at least; a packet larger than it makes one larger. Null,
  /// and `fd` still the caller's, if the process has no place for more windows.
  static std::unique_ptr<MappedFile> open(int fd, std::size_t window = default_window);
  ~MappedFile() override;
  /// Tries both ways on 2 MiB of a file of `size` bytes. In some virtual machines bringing a page in costs
  /// several times what copying it does, in others a fifth.
  static bool pays(int fd, std::uint64_t size);

  std::uint64_t size() const override { return size_; }
  bool read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    return again_.read(offset, out);
  }
  std::span<const std::uint8_t> at_hand(std::uint64_t offset, std::size_t count) const override;
  bool is_rereadable() const override { return true; }
  std::string loss() const override;
  void interrupt() override { interrupted_.store(true, std::memory_order_relaxed); }
  bool interrupted() const override { return interrupted_.load(std::memory_order_relaxed); }

 private:
  MappedFile(int fd, std::size_t window);
  void fill(std::size_t count) override;
  void fill_by_copy(std::size_t count);

  int fd_;
  RereadableFile again_;
  std::size_t window_;
  std::uint64_t size_ = 0;          ///< when last asked; a growing file is read to its end at that moment
  std::uint64_t mapped_until_ = 0;  ///< the end of all windows so far: the file must not be shorter
  GuardedWindow windows_[2];
  std::uint64_t window_positions_[2] = {0, 0};
  unsigned current_ = 0;  ///< which of them
  std::unique_ptr<std::uint8_t[]> copy_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace mps
