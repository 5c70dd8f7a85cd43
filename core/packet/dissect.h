// SPDX-License-Identifier: GPL-2.0-or-later
/// From a captured frame to the TCP segment in it: link layer, VLAN tags, tunnels, IPv4/IPv6, TCP.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/packet/segment_view.h"

namespace mps {

/// LINKTYPE_ values as they stand in pcap and pcapng files (DLT_ where the two agree).
using LinkType = std::uint16_t;

enum class DissectStatus : std::uint8_t {
  segment,   ///< a TCP segment; the view is filled
  not_tcp,   ///< something else, intact
  fragment,  ///< a fragment of TCP or of a tunnel, or an 802.11 fragment or aggregate: its bytes are not seen
  truncated,         ///< the capture cut it inside the headers
  malformed,         ///< header lengths contradict each other
  unsupported_link,  ///< no parser for this link type
};

/// Fills addresses, seq, ack, flags, options, payload and payload_on_wire of `segment`. Its payload lies
/// inside `frame`. Frame number, time, path and locator are the caller's to fill. Never throws, never reads
/// outside `frame`.
DissectStatus dissect_frame(LinkType link, std::span<const std::uint8_t> frame, std::uint32_t length_on_wire,
                            SegmentView& segment);

bool is_supported(LinkType link);
std::string_view to_string(DissectStatus status);

}  // namespace mps
