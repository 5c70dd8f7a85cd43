// SPDX-License-Identifier: GPL-2.0-or-later
/// The bytes of a capture file, a pipe or a memory buffer, seen through a window that moves forward.
///
/// FileStream reads whatever has a descriptor. mapped_file.h is faster for large files, on most machines.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "core/capture/interrupt_event.h"
#include "core/capture/rereadable_file.h"

namespace mps {

class ByteStream {
 public:
  ByteStream() = default;
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Everything in the window, at least `count` bytes unless the input ends before. Valid until the next
  /// peek().
  std::span<const std::uint8_t> peek(std::size_t count) {
    if (static_cast<std::size_t>(end_ - begin_) < count || lost_.load(std::memory_order_relaxed)) [[unlikely]]
      fill(count);
    return {begin_, end_};
  }
  /// Moves past bytes that the last peek() showed.
  void skip(std::size_t count) {
    begin_ += count;
    if (is_cold_) fetch_ahead(count);
  }
  /// Moves past bytes not looked at; false if the input ends before.
  bool skip_unseen(std::uint64_t count);

  /// Writes all that is left to `fd`. The error is of reading or of writing; what was lost meanwhile is one.
  tl::expected<void, std::string> write_rest(int fd);

  /// See PacketSource::expect_payload_use().
  void expect_payload_use(bool used) { most_fetched_ = used ? 4096 : 192; }

  /// Offset of the next byte from the start of the input.
  std::uint64_t position() const { return end_position_ - static_cast<std::uint64_t>(end_ - begin_); }
  /// 0: unknown.
  virtual std::uint64_t size() const { return 0; }
  /// Reads bytes again; false where the input cannot be read twice or no longer has them. One thread at a
  /// time.
  virtual bool read_at(std::uint64_t, std::span<std::uint8_t>) { return false; }
  /// Bytes read before, if they are still in memory; else empty. Valid until the next peek().
  virtual std::span<const std::uint8_t> at_hand(std::uint64_t, std::size_t) const { return {}; }
  /// True if read_at() works, so that offsets may be handed out.
  virtual bool is_rereadable() const { return false; }
  virtual void interrupt() {}
  virtual bool interrupted() const { return false; }
  /// Why reading stopped, if for another reason than the end of the input.
  const std::string& error() const { return error_; }
  /// Not empty once bytes that were shown are no longer what the input has: what happened. May become true
  /// after the end was reached.
  virtual std::string loss() const { return {}; }

 protected:
  virtual void fill(std::size_t count) = 0;

  const std::uint8_t* begin_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  std::uint64_t end_position_ = 0;  ///< of *end_
  bool is_cold_ = false;            ///< the window was not copied, so no cache holds it yet
  std::atomic<bool> lost_{false};   ///< zeros stand in the window: see MappedFile
  std::string error_;

 private:
  std::size_t most_fetched_ = 4096;  ///< enough that the processor guesses the rest; or a packet's headers

  /// The processor guesses what is read next, but not across packets: without this a mapped file is no faster
  /// than a copied one. As much is asked for as was passed, two packets ahead. Must be inlined: GCC takes a
  /// function that only prefetches for one without effect, and leaves its call away.
  [[gnu::always_inline]] void fetch_ahead(std::size_t passed) const {
    constexpr std::size_t distance = 3072, line = 64;
    const auto left = static_cast<std::size_t>(end_ - begin_);
    if (left <= distance) return;
    const std::size_t count = std::min({passed, left - distance, most_fetched_});
    for (std::size_t i = 0; i < count; i += line) __builtin_prefetch(begin_ + distance + i, 0, 2);
  }
};

/// Bytes owned by somebody else: tests and fuzzers.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::span<const std::uint8_t> bytes);
  std::uint64_t size() const override { return bytes_.size(); }
  bool read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;
  bool is_rereadable() const override { return true; }

 private:
  void fill(std::size_t) override {}
  std::span<const std::uint8_t> bytes_;
};

/// A file descriptor: regular file, pipe, socket or terminal. Owns and closes it. A file that shrinks
/// meanwhile is an early end.
///
/// The ring is filled a piece at a time, so that most of it holds what was read before: bytes that have to
/// wait a moment for others need not be read again.
///
///     | this lap: read, unread  ..... | left from the lap before ...... |
///     buffer_        begin_    end_                          lap_end_   capacity_
class FileStream final : public ByteStream {
 public:
  /// Holds what two paths of a gigabit have in flight: of a real capture nineteen of twenty bytes that waited
  /// are still there when their turn comes. A larger packet makes the ring grow, and shrink again after it.
  static constexpr std::size_t default_ring = std::size_t{2} << 20;
  /// Fits into L2 with room for the consumer.
  static constexpr std::size_t most_at_once = 256 * 1024;

  explicit FileStream(int fd, std::size_t ring = default_ring);
  ~FileStream() override;
  std::uint64_t size() const override { return size_; }
  bool read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    return is_regular_ && again_.read(offset, out);
  }
  std::span<const std::uint8_t> at_hand(std::uint64_t offset, std::size_t count) const override;
  bool is_rereadable() const override { return is_regular_; }
  void interrupt() override { interrupt_.raise(); }
  bool interrupted() const override { return interrupt_.raised(); }

 private:
  void fill(std::size_t count) override;
  bool make_room(std::size_t count);
  bool read_some();

  int fd_;
  bool is_regular_ = false;
  bool at_end_ = false;
  std::uint64_t size_ = 0;  ///< when last asked; a growing file is read to its end at that moment
  std::size_t ring_;
  std::size_t capacity_ = 0;
  std::unique_ptr<std::uint8_t[]> buffer_;
  const std::uint8_t* lap_end_ = nullptr;
  std::uint64_t lap_end_position_ = 0;  ///< of *lap_end_
  RereadableFile again_;
  InterruptEvent interrupt_;
};

}  // namespace mps
