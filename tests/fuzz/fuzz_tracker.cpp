// SPDX-License-Identifier: GPL-2.0-or-later
/// The tracker with any segments. Input: a first byte of options, then one record a segment: ports and flags
/// (1 byte), low bits of seq and ack (2 + 2 bytes), sizes of options and payload (1 + 1 bytes), the options,
/// the payload. Four pairs of ports, so that segments meet. No crash, streams that only grow, memory within
/// its limit.
#include <algorithm>
#include <cstdint>
#include <map>

#include "core/mptcp/tracker.h"
#include "tests/fuzz/require.h"

namespace {

using Span = std::span<const std::uint8_t>;

using mps::test::require;

class Watcher final : public mps::TrackerListener {
  void on_stream(mps::Connection& connection, mps::Direction d, std::uint64_t offset, Span wire,
                 const mps::Extent&) override {
    auto& end = ends_[{connection.id, mps::index(d)}];
    require(offset == end && !wire.empty());
    end += wire.size();
  }
  std::map<std::pair<std::uint32_t, std::size_t>, std::uint64_t> ends_;
};

/// Payload that stays where it is: the input itself.
class InputArchive final : public mps::PayloadArchive {
 public:
  explicit InputArchive(Span input) : input_(input) {}
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    require(locator <= input_.size() && out.size() <= input_.size() - locator);
    std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(locator), out.size(), out.begin());
    return true;
  }

 private:
  Span input_;
};

mps::Endpoint endpoint(std::uint8_t n) {
  mps::Endpoint out;
  out.address.bytes[15] = n;
  out.port = 1000;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const Span input(data, size);
  constexpr std::uint64_t limit = 500;
  mps::TrackerOptions options;
  options.max_copied_bytes = limit;
  options.max_connections = 20;
  options.max_subflows_per_connection = 8;
  options.keep_extents = data[0] & 1;
  options.scrambled = static_cast<mps::ScrambleRule>((data[0] >> 1) % 3);
  const bool by_reference = data[0] & 8;
  InputArchive archive(input);
  mps::KeyLog log;
  log.add({{1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1}});
  Watcher watcher;
  mps::MptcpTracker tracker(options, by_reference ? &archive : nullptr, data[0] & 16 ? &log : nullptr,
                            &watcher);
  std::uint64_t frame = 0;
  for (std::size_t at = 1; size - at >= 7;) {
    const std::uint8_t* head = data + at;
    at += 7;
    mps::SegmentView segment;
    const std::size_t option_bytes = std::min<std::size_t>(head[5] % 41, size - at);
    segment.options = input.subspan(at, option_bytes);
    at += option_bytes;
    const std::size_t payload_bytes = std::min<std::size_t>(head[6] % 64, size - at);
    segment.payload = input.subspan(at, payload_bytes);
    segment.payload_on_wire = static_cast<std::uint32_t>(payload_bytes + (head[6] >= 192 ? 9 : 0));
    segment.locator = by_reference ? at : mps::no_locator;
    at += payload_bytes;
    segment.frame = ++frame;
    const auto pair = static_cast<std::uint8_t>(head[0] >> 1 & 3);
    segment.source = endpoint(static_cast<std::uint8_t>(pair * 2 + (head[0] & 1)));
    segment.destination = endpoint(static_cast<std::uint8_t>(pair * 2 + !(head[0] & 1)));
    segment.flags = head[0] >> 3 & 0x17;
    segment.seq = static_cast<std::uint32_t>(head[1] << 24 | head[2]);
    segment.ack = static_cast<std::uint32_t>(head[3] << 24 | head[4]);
    tracker.on_segment(segment);
    require(tracker.store().copied_bytes() <= limit);
    if (head[0] == 0xff) tracker.retry_keys();
  }
  tracker.finish();
  for (const auto& connection : tracker.connections()) {
    if (connection->merged) require(connection->subflows.empty());
    for (const auto& subflow : connection->subflows)
      for (const auto& sent : subflow->sent) require(sent.fresh_bytes <= size);
    for (const mps::Direction d : mps::both_directions) {
      const mps::DataStream& stream = connection->stream(d);
      require(stream.held().empty() || stream.held().front().offset >= stream.contiguous());
      std::uint64_t end = 0;
      stream.held().for_each([&](const mps::Extent& extent) {
        require(extent.offset >= end && extent.length > 0);
        end = extent.end();
      });
      for (const auto& gap : stream.gaps()) require(gap.from < gap.to);
      mps::GapExplainer(*connection, d).explain({stream.contiguous(), stream.contiguous() + 100});
    }
  }
  return 0;
}
