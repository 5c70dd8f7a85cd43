// SPDX-License-Identifier: GPL-2.0-or-later
/// Several captures as one: several taps of the same traffic, merged by time. The order is as good as the
/// clocks; who consumes it must bear any order. Packets that several files hold are delivered once (see
/// DuplicateFilter).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/capture/duplicate_filter.h"
#include "core/capture/packet_source.h"

namespace mps {

class MergedSource final : public PacketSource {
 public:
  /// Locators are 7 bits of file and 40 bits of offset; what does not fit has none, and the consumer copies
  /// it.
  static constexpr unsigned offset_bits = 40;
  static constexpr std::size_t files_with_locators = std::size_t{1} << (locator_bits - offset_bits);

  struct Input {
    std::unique_ptr<PacketSource> source;
    Trust trust = Trust::unknown;
  };
  /// `open_errors`: of files that could not be opened; they appear first in errors().
  MergedSource(std::vector<Input> inputs, std::vector<CaptureError> open_errors);

  bool next(Packet& packet) override;
  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override;
  SourceProgress progress() const override;
  void expect_payload_use(bool used) override;
  void interrupt() override;
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override;
  std::span<const std::uint8_t> at_hand(std::uint64_t locator, std::size_t size) const override;

 private:
  struct Tap {
    std::unique_ptr<PacketSource> source;
    Trust trust;
    Packet head;                         ///< borrowed from the source until it is delivered
    std::vector<std::uint32_t> path_of;  ///< the source's path index -> ours
  };

  /// The heap's order. Equal times keep the order in which the files were named.
  auto later() const {
    return [this](std::size_t a, std::size_t b) {
      const std::int64_t time_a = taps_[a].head.time_ns;
      const std::int64_t time_b = taps_[b].head.time_ns;
      return time_a != time_b ? time_a > time_b : a > b;
    };
  }
  bool next_of_only_tap(Packet& packet);
  void advance(std::size_t tap);
  void learn_paths(Tap& tap);
  void deliver(std::size_t tap, Packet& packet);

  std::vector<Tap> taps_;
  std::vector<std::size_t> heap_;  ///< taps that have a head, the earliest on top
  std::size_t consumed_;           ///< tap whose head was delivered last, to be advanced by the next next()
  bool started_ = false;
  DuplicateFilter duplicate_filter_;
  std::uint64_t packets_ = 0;
  std::uint64_t duplicates_ = 0;
  std::vector<CapturePath> paths_;
  std::vector<CaptureError> open_errors_;
  mutable std::vector<CaptureError> all_errors_;
};

}  // namespace mps
