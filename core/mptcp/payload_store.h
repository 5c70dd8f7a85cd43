// SPDX-License-Identifier: GPL-2.0-or-later
/// Payload that cannot be used yet: by reference into the capture where that is possible (8 bytes), by copy
/// where not (live captures, compressed files, Wireshark). Both are addressed by one kind of locator; locator
/// + n is the byte n further on.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/packet/segment_view.h"

namespace mps {

class PayloadStore {
 public:
  /// `archive` may be null: then everything is copied. `max_copied_bytes` bounds the copies held at one time,
  /// and with them their number.
  PayloadStore(PayloadArchive* archive, std::uint64_t max_copied_bytes)
      : archive_(archive), max_copied_bytes_(max_copied_bytes) {}

  /// A locator for `piece`, which lies inside segment.payload; no_locator if the limit on copies is reached.
  std::uint64_t hold(const SegmentView& segment, std::span<const std::uint8_t> piece);

  /// Fills `out`; false if the bytes cannot be had any more.
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) const;
  /// The bytes where they are, or read into a buffer here: valid until the next view(), hold() or release(),
  /// or until the archive moves on. Nothing if they cannot be had any more. For what has waited for a moment
  /// only, which costs no copy then.
  std::optional<std::span<const std::uint8_t>> view(std::uint64_t locator, std::size_t size);

  /// The bytes [locator, locator + length) are not needed any more. References cost nothing; copies are freed
  /// once all bytes of their block were released.
  void release(std::uint64_t locator, std::uint64_t length);

  std::uint64_t copied_bytes() const { return copied_bytes_; }
  /// Blocks of copies, freed ones that still take room included.
  std::size_t blocks() const { return blocks_.size(); }
  static bool is_copy(std::uint64_t locator) { return (locator & copy_bit) != 0; }

 private:
  /// A block costs about 100 bytes beside its content: a limit on bytes alone would let single bytes take a
  /// hundred times as much.
  static constexpr std::uint64_t smallest_block = 64;
  static constexpr std::uint64_t fewest_blocks_allowed = 1024;
  static constexpr std::uint64_t copy_bit = std::uint64_t{1} << locator_bits;
  struct Block {
    std::uint64_t start;
    std::uint64_t live;  ///< bytes not yet released
    std::vector<std::uint8_t> bytes;
  };
  std::deque<Block>::iterator find(std::uint64_t address);
  std::deque<Block>::const_iterator find(std::uint64_t address) const;
  std::span<const std::uint8_t> in_memory(std::uint64_t locator, std::size_t size) const;

  PayloadArchive* archive_;
  std::uint64_t max_copied_bytes_;
  std::uint64_t copied_bytes_ = 0;
  std::uint64_t next_address_ = 0;
  /// By ascending address; freed ones stay as empty shells until they are the most.
  std::deque<Block> blocks_;
  std::size_t shells_ = 0;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace mps
