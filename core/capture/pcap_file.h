// SPDX-License-Identifier: GPL-2.0-or-later
/// Classic pcap (draft-ietf-opsawg-pcap): one link type, micro- or nanoseconds, either byte order,
/// version 2.4. Not the older versions and the modified formats that share its look: those go to wiretap.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/capture/byte_stream.h"
#include "core/capture/error_list.h"
#include "core/capture/file_byte_order.h"
#include "core/capture/packet_source.h"

namespace mps {

class PcapFile final : public PacketSource {
 public:
  static constexpr std::size_t header_bytes = 24;

  /// Looks at the first four bytes alone.
  static bool has_magic(std::span<const std::uint8_t, 4> start);
  /// True if `start`, the first bytes of a file, is a header this reader understands in full. Some modified
  /// formats have the same header and longer records: the records that `start` shows must look like plain
  /// ones.
  static bool recognises(std::span<const std::uint8_t> start);
  /// `stream` stands at a header that recognises() accepted.
  PcapFile(std::unique_ptr<ByteStream> stream, std::string name);

  bool next(Packet& packet) override;
  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_.list(packets_, *stream_); }
  SourceProgress progress() const override;
  void expect_payload_use(bool used) override { stream_->expect_payload_use(used); }
  void interrupt() override { stream_->interrupt(); }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override;
  std::span<const std::uint8_t> at_hand(std::uint64_t locator, std::size_t size) const override {
    return stream_->at_hand(locator, size);
  }

 private:
  bool stop_at_damage(std::string reason);
  bool stop_at_end(bool packet_begun);

  std::unique_ptr<ByteStream> stream_;
  FileByteOrder order_;
  std::int64_t ns_per_unit_ = 1000;
  std::uint32_t longest_record_ = 0;
  bool rereadable_ = false;
  bool ended_ = false;
  std::uint64_t packets_ = 0;
  std::vector<CapturePath> paths_;
  mutable ErrorList errors_;
};

}  // namespace mps
