// SPDX-License-Identifier: GPL-2.0-or-later
/// What the fuzzers of the capture readers share: one input read twice, once as a whole and once through the
/// smallest window that a reader asks for, must give the same packets; every locator must show them again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/capture/byte_stream.h"
#include "core/capture/packet_source.h"
#include "tests/fuzz/require.h"

namespace mps::test {

/// Shows exactly the bytes asked for, in a block of their own: a sanitizer sees every read beyond them, and
/// every read of a window that is no longer valid.
class TrickleStream final : public ByteStream {
 public:
  explicit TrickleStream(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  void fill(std::size_t count) override {
    const auto at = static_cast<std::size_t>(position());
    const std::size_t there = std::min(count, bytes_.size() - at);
    std::unique_ptr<std::uint8_t[]> window(new std::uint8_t[there]);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), there, window.get());
    window_ = std::move(window);
    begin_ = window_.get();
    end_ = begin_ + there;
    end_position_ = at + there;
  }
  std::span<const std::uint8_t> bytes_;
  std::unique_ptr<std::uint8_t[]> window_;
};

template <typename Reader>
void read_both_ways(std::span<const std::uint8_t> input) {
  if (!Reader::recognises(input)) return;
  Reader whole(std::make_unique<MemoryStream>(input), "whole");
  Reader trickled(std::make_unique<TrickleStream>(input), "trickled");
  Packet a;
  Packet b;
  std::vector<std::uint8_t> again;
  while (whole.next(a)) {
    require(trickled.next(b));
    require(a.number == b.number && a.number_in_file == b.number_in_file && a.time_ns == b.time_ns);
    require(a.path == b.path && a.link == b.link && a.length_on_wire == b.length_on_wire);
    require(a.path < whole.paths().size() && whole.paths()[a.path].link == a.link);
    require(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end()));
    again.resize(a.bytes.size());
    require(b.locator == no_locator && whole.read(a.locator, again));
    require(std::equal(again.begin(), again.end(), a.bytes.begin()));
  }
  require(!trickled.next(b) && !whole.next(a));
  require(whole.errors().size() == trickled.errors().size() &&
          whole.paths().size() == trickled.paths().size());
  require(whole.progress().bytes_read <= input.size());
}

}  // namespace mps::test
