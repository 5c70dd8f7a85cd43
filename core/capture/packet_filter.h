// SPDX-License-Identifier: GPL-2.0-or-later
/// A BPF expression (pcap-filter(7)), compiled once per link type, and the source that shows only what it
/// matches.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "core/capture/packet_source.h"

namespace mps {

class PacketFilter {
 public:
  explicit PacketFilter(std::string expression);
  ~PacketFilter();
  PacketFilter(PacketFilter&&) noexcept;
  PacketFilter& operator=(PacketFilter&&) noexcept;

  /// An error text if the expression is wrong for every link type in common use, not just for some.
  tl::expected<void, CaptureError> check() const;
  /// Whether the packet is wanted. The error appears once per link type for which the expression makes no
  /// sense; packets of that type do not match.
  tl::expected<bool, std::string> matches(const Packet& packet);

 private:
  struct Program;
  tl::expected<Program*, std::string> program_for(LinkType link);

  std::string expression_;
  std::map<LinkType, std::unique_ptr<Program>> programs_;
};

/// Delivers the matching packets of another source, numbered anew.
class FilteredSource final : public PacketSource {
 public:
  FilteredSource(std::unique_ptr<PacketSource> source, PacketFilter filter);

  bool next(Packet& packet) override;
  const std::vector<CapturePath>& paths() const override { return source_->paths(); }
  const std::vector<CaptureError>& errors() const override;
  SourceProgress progress() const override;
  void expect_payload_use(bool used) override { source_->expect_payload_use(used); }
  void interrupt() override { source_->interrupt(); }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    return source_->read(locator, out);
  }
  std::span<const std::uint8_t> at_hand(std::uint64_t locator, std::size_t size) const override {
    return source_->at_hand(locator, size);
  }

 private:
  std::unique_ptr<PacketSource> source_;
  PacketFilter filter_;
  std::uint64_t packets_ = 0;
  std::vector<CaptureError> own_errors_;
  mutable std::vector<CaptureError> all_errors_;
};

}  // namespace mps
