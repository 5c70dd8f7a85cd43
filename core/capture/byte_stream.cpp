// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace mps {

bool ByteStream::skip_unseen(std::uint64_t count) {
  while (count > 0) {
    const auto window = peek(1);
    if (window.empty()) return false;
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count, window.size()));
    skip(step);
    count -= step;
  }
  return true;
}

tl::expected<void, std::string> ByteStream::write_rest(int fd) {
  // Through a copy: where a mapped file has shrunk, we see zeros, but write() would fail.
  constexpr std::size_t most = 64 * 1024;
  std::vector<std::uint8_t> copy;
  for (auto window = peek(1); !window.empty(); window = peek(1)) {
    copy.assign(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(std::min(window.size(), most)));
    for (std::span<const std::uint8_t> left(copy); !left.empty();) {
      const ssize_t written = write(fd, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return tl::unexpected(std::string(std::strerror(errno)));
      left = left.subspan(static_cast<std::size_t>(written));
    }
    skip(copy.size());
  }
  if (!error_.empty()) return tl::unexpected(error_);
  if (std::string lost = loss(); !lost.empty()) return tl::unexpected(std::move(lost));
  return {};
}

MemoryStream::MemoryStream(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  begin_ = bytes.data();
  end_ = begin_ + bytes.size();
  end_position_ = bytes.size();
}

bool MemoryStream::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return false;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  return true;
}

FileStream::FileStream(int fd, std::size_t ring) : fd_(fd), ring_(ring), again_(fd) {
  struct stat status {};
  if (fstat(fd_, &status) == 0 && S_ISREG(status.st_mode)) {
    is_regular_ = true;
    size_ = static_cast<std::uint64_t>(status.st_size);
    // The descriptor may come with an offset (standard input redirected from a file already read in part).
    const off_t start = lseek(fd_, 0, SEEK_CUR);
    if (start > 0) end_position_ = static_cast<std::uint64_t>(start);
    posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
}

FileStream::~FileStream() {
  close(fd_);
}

void FileStream::fill(std::size_t count) {
  while (static_cast<std::size_t>(end_ - begin_) < count && !at_end_ && !interrupt_.raised()) {
    if (!make_room(count) || !read_some()) return;
  }
}

/// Begins a new lap where the ring has no room left behind the unread rest. The ring grows only for bytes
/// that a file really has or a pipe has really brought, so that a length that lies costs no memory. False if
/// no room can be made for more.
bool FileStream::make_room(std::size_t count) {
  const auto unread = static_cast<std::size_t>(end_ - begin_);
  std::size_t capacity = ring_;
  if (count > ring_) {
    struct stat status {};
    if (is_regular_ && fstat(fd_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
    const bool is_there = !is_regular_ || (position() <= size_ && count <= size_ - position());
    capacity = is_there ? std::clamp(2 * unread, ring_, count) : std::max(unread, ring_);
  }
  if (capacity == unread) return false;
  if (capacity != capacity_) {
    std::unique_ptr<std::uint8_t[]> other(new std::uint8_t[capacity]);  // not zeroed: read() fills it
    if (unread > 0) std::memcpy(other.get(), begin_, unread);
    buffer_ = std::move(other);
    capacity_ = capacity;
    lap_end_ = buffer_.get();
  } else {
    const std::uint8_t* const end_of_ring = buffer_.get() + capacity_;
    if (end_ < end_of_ring && count <= static_cast<std::size_t>(end_of_ring - begin_)) return true;
    lap_end_ = end_;
    lap_end_position_ = end_position_;
    if (unread > 0) std::memmove(buffer_.get(), begin_, unread);
  }
  begin_ = buffer_.get();
  end_ = begin_ + unread;
  return true;
}

std::span<const std::uint8_t> FileStream::at_hand(std::uint64_t offset, std::size_t count) const {
  const auto part = [&](const std::uint8_t* begin, const std::uint8_t* end, std::uint64_t end_position) {
    const auto size = static_cast<std::uint64_t>(end - begin);
    const std::uint64_t from_end = end_position - offset;  // huge where offset lies behind
    return from_end <= size && count <= from_end ? std::span(end - from_end, count)
                                                 : std::span<const std::uint8_t>();
  };
  if (const auto found = part(buffer_.get(), end_, end_position_); !found.empty()) return found;
  return lap_end_ > end_ ? part(end_, lap_end_, lap_end_position_) : std::span<const std::uint8_t>();
}

bool FileStream::read_some() {
  std::uint8_t* const to = buffer_.get() + (end_ - buffer_.get());
  const std::size_t room = std::min(most_at_once, capacity_ - static_cast<std::size_t>(end_ - buffer_.get()));
  // A regular file never makes read() wait; anything else may, and then interrupt() must get through.
  if (!is_regular_ && !interrupt_.wait_readable(fd_, -1)) return !interrupt_.raised();
  const ssize_t got = read(fd_, to, room);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) error_ = std::strerror(errno);
  if (got <= 0) {
    at_end_ = true;
    again_.stop_reading_ahead();
    return false;
  }
  end_ += got;
  end_position_ += static_cast<std::uint64_t>(got);
  return true;
}

}  // namespace mps
