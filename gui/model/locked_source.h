// SPDX-License-Identifier: GPL-2.0-or-later
/// A packet source whose bytes may be read again from several threads, and that remembers when each packet
/// came: the hex view reads what it shows from the capture while the worker attacks the same capture.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/capture/packet_source.h"

namespace mps::gui {

/// expect_payload_use() and at_hand() are not passed on: the window has a sink, and what is at hand another
/// thread may take away.
class LockedSource final : public PacketSource {
 public:
  explicit LockedSource(std::unique_ptr<PacketSource> source) : source_(std::move(source)) {}

  bool next(Packet& packet) override;
  const std::vector<CapturePath>& paths() const override { return source_->paths(); }
  const std::vector<CaptureError>& errors() const override { return source_->errors(); }
  SourceProgress progress() const override { return source_->progress(); }
  void interrupt() override { source_->interrupt(); }
  /// Safe from any thread once nobody calls next() any more.
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override;

  /// Nanoseconds since the epoch of packet `number` (from 1); 0 for one that was never delivered.
  std::int64_t time_of(std::uint64_t number) const;

 private:
  std::unique_ptr<PacketSource> source_;
  std::mutex mutex_;
  std::vector<std::int64_t> times_;  ///< [number - 1]
};

}  // namespace mps::gui
