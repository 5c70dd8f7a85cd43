// SPDX-License-Identifier: GPL-2.0-or-later
/// Payload that cannot be used yet: by reference into the capture where that is possible (8 bytes), by copy
/// where not (live captures, compressed files, Wireshark). Both are addressed by one kind of locator; locator
/// + n is the byte n further on.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "core/packet/segment_view.h"

namespace mps {

class PayloadStore {
 public:
  /// `archive` may be null: then everything is copied. `max_copied_bytes` bounds the copies held at one time.
  PayloadStore(PayloadArchive* archive, std::uint64_t max_copied_bytes)
      : archive_(archive), max_copied_bytes_(max_copied_bytes) {}

  /// A locator for `piece`, which lies inside segment.payload; no_locator if the limit on copies is reached.
  std::uint64_t hold(const SegmentView& segment, std::span<const std::uint8_t> piece);

  /// Fills `out`; false if the bytes cannot be had any more.
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) const;

  /// The bytes [locator, locator + length) are not needed any more. References cost nothing; copies are freed
  /// once all bytes of their block were released.
  void release(std::uint64_t locator, std::uint64_t length);

  std::uint64_t copied_bytes() const { return copied_bytes_; }
  /// Blocks of copies, freed ones that still take room included.
  std::size_t blocks() const { return blocks_.size(); }
  static bool is_copy(std::uint64_t locator) { return (locator & copy_bit) != 0; }

 private:
  static constexpr std::uint64_t copy_bit = std::uint64_t{1} << locator_bits;
  struct Block {
    std::uint64_t start;
    std::uint64_t live;  ///< bytes not yet released
    std::vector<std::uint8_t> bytes;
  };
  /// What was held by reference lately, so that bytes that wait for a moment are not read from the file
  /// again. A piece has one place; a newer one takes it over.
  struct Recent {
    static constexpr std::size_t slots = 4096;
    static constexpr std::size_t slot_size = 1536;  ///< an Ethernet frame's payload
    struct Tag {
      std::uint64_t locator = no_locator;
      std::size_t size = 0;
    };
    std::vector<Tag> tags;
    std::vector<std::uint8_t> bytes;
    static std::size_t slot_of(std::uint64_t locator) { return (locator * 0x9e3779b97f4a7c15u) >> 52; }
  };
  std::deque<Block>::iterator find(std::uint64_t address);
  std::deque<Block>::const_iterator find(std::uint64_t address) const;

  PayloadArchive* archive_;
  std::uint64_t max_copied_bytes_;
  std::uint64_t copied_bytes_ = 0;
  Recent recent_;
  std::uint64_t next_address_ = 0;
  /// By ascending address; freed ones stay as empty shells until they are the most.
  std::deque<Block> blocks_;
  std::size_t shells_ = 0;
};

}  // namespace mps
