// SPDX-License-Identifier: GPL-2.0-or-later
/// Damage met in one file, bounded: a hostile file can be all damage, so that after `limit` single lines the
/// rest is only counted.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/capture/byte_stream.h"
#include "core/capture/packet_source.h"

namespace mps {

class ErrorList {
 public:
  static constexpr std::size_t limit = 100;

  explicit ErrorList(std::string file) : file_(std::move(file)) {}
  void add(std::uint64_t packet, std::string reason);
  const std::vector<CaptureError>& list() const { return errors_; }

  /// Of a file that may lose bytes while it is read (ByteStream::loss()): what looks damaged may be the zeros
  /// that stand for them, and then the loss is told instead.
  void add(std::uint64_t packet, std::string reason, const ByteStream& stream);
  /// A loss that nobody met is told once, as of the packet read last.
  const std::vector<CaptureError>& list(std::uint64_t last_packet, const ByteStream& stream);

 private:
  std::string file_;
  std::uint64_t not_listed_ = 0;
  bool loss_told_ = false;
  std::vector<CaptureError> errors_;
};

}  // namespace mps
