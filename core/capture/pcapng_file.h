// SPDX-License-Identifier: GPL-2.0-or-later
/// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces with link
/// types, snaplens and clocks of their own. Reads section, interface and the three kinds of packet blocks;
/// skips all others (names, statistics, secrets, custom). Options of packets are not looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/capture/byte_stream.h"
#include "core/capture/error_list.h"
#include "core/capture/file_byte_order.h"
#include "core/capture/packet_source.h"

namespace mps {

/// The clock of an interface: options if_tsresol and if_tsoffset. ns = units * multiplier / divisor >> shift
/// + offset.
struct PcapngClock {
  std::uint64_t multiplier = 1000;  ///< microseconds unless the interface says otherwise
  std::uint64_t divisor = 1;
  unsigned shift = 0;
  std::int64_t offset_ns = 0;

  void set_resolution(std::uint8_t if_tsresol);
  void set_offset(std::int64_t seconds);
  /// Saturates instead of overflowing.
  std::int64_t to_ns(std::uint64_t units) const;
};

class PcapngFile final : public PacketSource {
 public:
  /// Magic, length and byte order of the section header that a file begins with.
  static constexpr std::size_t start_bytes = 12;
  /// Of the first four bytes alone.
  static bool has_magic(std::span<const std::uint8_t, 4> start);
  static bool recognises(std::span<const std::uint8_t> start);
  /// `stream` stands at a section header that recognises() accepted.
  PcapngFile(std::unique_ptr<ByteStream> stream, std::string name);

  bool next(Packet& packet) override;
  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_.list(numbered_, *stream_); }
  SourceProgress progress() const override { return {stream_->position(), stream_->size(), delivered_, 0}; }
  void expect_payload_use(bool used) override { stream_->expect_payload_use(used); }
  void interrupt() override { stream_->interrupt(); }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    return stream_->read_at(locator, out);
  }
  std::span<const std::uint8_t> at_hand(std::uint64_t locator, std::size_t size) const override {
    return stream_->at_hand(locator, size);
  }

 private:
  struct Interface {
    PcapngClock clock;
    std::uint32_t path;
    std::uint32_t snaplen;
    LinkType link;
  };
  struct Block {
    std::uint32_t type;
    std::uint32_t length;
  };

  std::optional<Block> read_block_header();
  std::optional<std::span<const std::uint8_t>> take_whole(const Block& block, std::uint32_t longest);
  bool skip_block(const Block& block);
  bool read_section(const Block& block);
  bool read_interface(const Block& block);
  void read_interface_options(std::span<const std::uint8_t> options, CapturePath& path, PcapngClock& clock);
  /// True if `packet` was filled; false: an error was noted, or the reading has ended.
  bool read_packet(const Block& block, Packet& packet);
  bool deliver(std::uint32_t interface, std::optional<std::uint64_t> units, std::uint32_t length_on_wire,
               std::span<const std::uint8_t> bytes, std::uint64_t offset, Packet& packet);
  bool stop(std::string reason);
  bool stop_at_end(bool block_begun);

  std::unique_ptr<ByteStream> stream_;
  FileByteOrder order_;
  bool rereadable_ = false;
  bool ended_ = false;
  std::uint64_t numbered_ = 0;  ///< records that Wireshark gives a number
  std::uint64_t delivered_ = 0;
  std::vector<Interface> interfaces_;  ///< of the current section
  std::vector<CapturePath> paths_;     ///< of all sections
  std::string name_;
  mutable ErrorList errors_;
};

}  // namespace mps
