// SPDX-License-Identifier: GPL-2.0-or-later
/// From a TCP tvbuff to the core's SegmentView.
#pragma once

#include "core/packet/segment_view.h"
#include "plugin/epan_traits.h"

namespace mps::plugin {

/// False: not a TCP header in whole, or not carried by IP. The view's spans point into `tvb`. Throws nothing
/// of Wireshark's: only captured bytes are touched.
bool view_segment(tvbuff_t* tvb, packet_info* pinfo, SegmentView& view);

/// The core's form of a Wireshark address; false for anything but IPv4 and IPv6.
bool to_ip_address(const address& from, IpAddress& to);
/// The other way; the result's bytes live in `pool`.
address to_epan_address(wmem_allocator_t* pool, const IpAddress& from);

}  // namespace mps::plugin
