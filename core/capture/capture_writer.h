// SPDX-License-Identifier: GPL-2.0-or-later
/// Writes raw IP packets to a pcapng file, by wiretap.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

namespace mps {

class CaptureWriter {
 public:
  /// Creates (or truncates) `path`. The error names the file and the reason.
  static tl::expected<std::unique_ptr<CaptureWriter>, std::string> create(const std::string& path);
  virtual ~CaptureWriter() = default;
  /// An IPv4 or IPv6 packet.
  virtual tl::expected<void, std::string> write(std::int64_t time_ns,
                                                std::span<const std::uint8_t> packet) = 0;
  /// Flushes and closes; errors of the disk show here at the latest.
  virtual tl::expected<void, std::string> close() = 0;
};

}  // namespace mps
