// SPDX-License-Identifier: GPL-2.0-or-later
/// Bytes of a file read once more, by offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mps {

/// What had to wait is asked for again in the order of the file, packet by packet: the next ones come along.
class RereadableFile {
 public:
  explicit RereadableFile(int fd) : fd_(fd) {}
  /// False where the file does not have, or no longer has, all of them.
  bool read(std::uint64_t offset, std::span<std::uint8_t> out);
  /// No more calls in the order of the file are to be expected.
  void stop_reading_ahead() { reads_ahead_ = false; }

 private:
  bool read_ahead(std::uint64_t offset, std::span<std::uint8_t> out);

  static constexpr std::size_t most_ahead = 32 * 1024;
  int fd_;  ///< somebody else's
  bool reads_ahead_ = true;
  std::vector<std::uint8_t> ahead_;
  std::uint64_t ahead_position_ = 0;
  std::uint64_t last_read_at_ = 0;
};

}  // namespace mps
