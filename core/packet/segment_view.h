// SPDX-License-Identifier: GPL-2.0-or-later
/// One TCP segment as captured: the seam between whatever reads packets (capture files, live interfaces,
/// Wireshark) and the MPTCP tracker. Borrowed, never owned: spans are valid only during the call that hands
/// the view over.
#pragma once

#include <cstdint>
#include <span>

#include "core/packet/ip_address.h"

namespace mps {

/// Where the payload can be read again later, see PayloadArchive; none for live captures and compressed
/// files.
inline constexpr std::uint64_t no_locator = ~std::uint64_t{0};
/// Sources hand out locators below 2^47: they are packed beside a 16-bit subflow number, and bit 47 marks own
/// copies.
inline constexpr unsigned locator_bits = 47;

enum TcpFlag : std::uint8_t {
  tcp_fin = 0x01,
  tcp_syn = 0x02,
  tcp_rst = 0x04,
  tcp_psh = 0x08,
  tcp_ack = 0x10
};

struct SegmentView {
  std::uint64_t frame = 0;   ///< packet number in the capture, from 1
  std::int64_t time_ns = 0;  ///< since the epoch; not trusted across files
  std::uint32_t path = 0;    ///< index into the source's table of paths (one per file and interface)
  Endpoint source;
  Endpoint destination;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;                 ///< TcpFlag bits
  std::span<const std::uint8_t> options;  ///< TCP options as captured
  std::span<const std::uint8_t> payload;  ///< captured part of the payload
  std::uint32_t payload_on_wire =
      0;  ///< bytes the payload had; more than payload.size() when cut by a snaplen
  std::uint64_t locator = no_locator;  ///< of payload[0]
};

/// Reads bytes again that a SegmentView once showed. Kept references cost 8 bytes instead of a copy.
class PayloadArchive {
 public:
  virtual ~PayloadArchive() = default;
  /// Fills `out` from `locator` on; false if the bytes are no longer there (file truncated meanwhile).
  virtual bool read(std::uint64_t locator, std::span<std::uint8_t> out) = 0;
  /// The same bytes without a copy, where they are still in memory: valid as long as the spans of the newest
  /// SegmentView. Empty: read() them.
  virtual std::span<const std::uint8_t> at_hand(std::uint64_t /*locator*/, std::size_t /*size*/) const {
    return {};
  }
};

}  // namespace mps
