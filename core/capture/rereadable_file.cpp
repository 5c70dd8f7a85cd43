// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/rereadable_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mps {

bool RereadableFile::read(std::uint64_t offset, std::span<std::uint8_t> out) {
  if (reads_ahead_ && out.size() < most_ahead && read_ahead(offset, out)) return true;
  while (!out.empty()) {
    const ssize_t got = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

/// True if `out` is filled.
bool RereadableFile::read_ahead(std::uint64_t offset, std::span<std::uint8_t> out) {
  const std::uint64_t since_last = offset - last_read_at_;  // huge where offset lies before
  last_read_at_ = offset;
  if (offset < ahead_position_ || offset + out.size() > ahead_position_ + ahead_.size()) {
    if (since_last > most_ahead) return false;
    ahead_.resize(most_ahead);
    const ssize_t got = pread(fd_, ahead_.data(), ahead_.size(), static_cast<off_t>(offset));
    ahead_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    ahead_position_ = offset;
    if (ahead_.size() < out.size()) return false;
  }
  std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(offset - ahead_position_), out.size(),
              out.begin());
  return true;
}

}  // namespace mps
