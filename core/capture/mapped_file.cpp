// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>

namespace mps {
namespace {

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::uint64_t page_floor(std::uint64_t offset) {
  return offset & ~std::uint64_t{page_size() - 1};
}

std::int64_t cpu_time_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

template <typename Work>
std::int64_t cost_ns(Work work) {
  const std::int64_t begin = cpu_time_ns();
  work();
  return cpu_time_ns() - begin;
}

}  // namespace

bool MappedFile::pays(int fd, std::uint64_t size) {
  constexpr std::size_t piece = 512 * 1024;
  const std::uint64_t begin = page_floor(size / 2);  // the beginning may be in the processor's cache
  const std::unique_ptr<std::uint8_t[]> copy(new std::uint8_t[piece]());
  std::int64_t reading = 0, mapping = 0;
  bool done = true;
  const auto read_piece = [&](std::uint64_t at) {
    reading += cost_ns(
        [&] { done &= pread(fd, copy.get(), piece, static_cast<off_t>(at)) == static_cast<ssize_t>(piece); });
  };
  const auto map_piece = [&](std::uint64_t at) {
    mapping += cost_ns([&] {
      void* const mapped =
          mmap(nullptr, piece, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, static_cast<off_t>(at));
      done &= mapped != MAP_FAILED;
      if (mapped != MAP_FAILED) munmap(mapped, piece);
    });
  };
  // No piece twice, since the second time is cheaper; and neither way always first, since what comes from the
  // disk for one brings the next along.
  read_piece(begin);
  map_piece(begin + piece);
  map_piece(begin + 2 * piece);
  read_piece(begin + 3 * piece);
  if (!done) return false;
  return mapping < reading;
}

std::unique_ptr<MappedFile> MappedFile::open(int fd, std::size_t window) {
  std::unique_ptr<MappedFile> file(new MappedFile(fd, window));
  if (file->windows_[0].has_place() && file->windows_[1].has_place()) return file;
  file->fd_ = -1;
  return nullptr;
}

MappedFile::MappedFile(int fd, std::size_t window)
    : fd_(fd),
      again_(fd),
      window_(std::max(window, page_size())),
      windows_{GuardedWindow(lost_), GuardedWindow(lost_)} {
  struct stat status {};
  if (fstat(fd_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
  const off_t start = lseek(fd_, 0, SEEK_CUR);  // see FileStream
  if (start > 0) end_position_ = static_cast<std::uint64_t>(start);
  posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  is_cold_ = true;
}

MappedFile::~MappedFile() {
  if (fd_ < 0) return;
  lseek(fd_, static_cast<off_t>(end_position_),
        SEEK_SET);  // as read() leaves it to who shares the descriptor
  close(fd_);
}

std::string MappedFile::loss() const {
  // The rest of a page is zeroed without a signal where the file ends within it.
  struct stat status {};
  const bool is_shorter =
      fstat(fd_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < mapped_until_;
  if (!is_shorter && !lost_.load(std::memory_order_relaxed)) return {};
  return "became shorter or unreadable while it was read: zeros were taken for what is missing";
}

void MappedFile::fill(std::size_t count) {
  if (error_ = loss(); !error_.empty()) {
    end_position_ = position();
    end_ = begin_;
    return;
  }
  if (interrupted()) return;
  struct stat status {};
  if (fstat(fd_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t at = position();
  const std::uint64_t from = page_floor(at);
  if (size_ <= end_position_) {
    again_.stop_reading_ahead();
    return;
  }
  const std::uint64_t wanted = std::max<std::uint64_t>(window_, (at - from) + std::uint64_t{count});
  const std::uint64_t length = std::min(wanted, size_ - from);
  const unsigned other = 1 - current_;
  if (!windows_[other].map(fd_, from, static_cast<std::size_t>(length))) {
    fill_by_copy(count);
    return;
  }
  current_ = other;
  window_positions_[other] = from;
  const auto bytes = windows_[other].bytes();
  begin_ = bytes.data() + (at - from);
  end_ = bytes.data() + bytes.size();
  end_position_ = from + length;
  mapped_until_ = std::max(mapped_until_, end_position_);
}

/// The process may have no room for one more mapping. Each further fill() tries again.
void MappedFile::fill_by_copy(std::size_t count) {
  constexpr std::size_t piece = 64 * 1024;
  const int no_mapping = errno;
  const std::uint64_t at = position();
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(count, piece), size_ - at));
  copy_.reset();
  copy_.reset(new (std::nothrow) std::uint8_t[length]);
  begin_ = end_ = copy_.get();
  end_position_ = at;
  if (copy_ == nullptr) {
    error_ = std::strerror(no_mapping);
    return;
  }
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = pread(fd_, copy_.get() + done, length - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error_ = std::strerror(errno);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  end_ += done;
  end_position_ += done;
}

std::span<const std::uint8_t> MappedFile::at_hand(std::uint64_t offset, std::size_t count) const {
  if (lost_.load(std::memory_order_relaxed)) return {};  // the file itself can tell what it still has
  for (const unsigned which : {current_, 1 - current_}) {
    const auto bytes = windows_[which].bytes();
    const std::uint64_t into = offset - window_positions_[which];  // huge where offset lies before
    if (into < bytes.size() && count <= bytes.size() - into) return bytes.subspan(into, count);
  }
  return {};
}

}  // namespace mps
