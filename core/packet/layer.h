// SPDX-License-Identifier: GPL-2.0-or-later
/// What the parsers of one layer share: the bytes still to be read, and one entry point per layer. Internal
/// to core/packet; everyone else calls dissect_frame().
///
/// Each entry point reads its own header and hands the rest to the next layer, so a frame is walked once
/// without tables or allocation. Encapsulations recurse and are counted; tags, labels and extension headers
/// loop.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/packet/dissect.h"

namespace mps {

/// The rest of a frame. `captured` bytes can be read, `on_wire` were there: a snaplen makes the difference.
struct Layer {
  const std::uint8_t* bytes;
  std::size_t captured;
  std::size_t on_wire;

  bool has(std::size_t size) const { return size <= captured; }
  /// What to say when has(size) is false.
  DissectStatus lacking(std::size_t size) const {
    return size <= on_wire ? DissectStatus::truncated : DissectStatus::malformed;
  }
  /// Steps over `size` bytes, which has() confirmed.
  void skip(std::size_t size) {
    bytes += size;
    captured -= size;
    on_wire -= size;
  }
  /// Applies a length field: what follows it is padding or trailer. A field that promises more than the frame
  /// had raises on_wire, since tools that cut frames may record the cut length as the original one.
  void set_length(std::size_t size) {
    on_wire = size;
    captured = std::min(captured, size);
  }
};

/// Encapsulations seen so far in this frame.
using Depth = unsigned;
inline constexpr Depth max_depth = 8;

enum EtherType : std::uint16_t {
  ethertype_ipv4 = 0x0800,
  ethertype_bridged_ethernet = 0x6558,
  ethertype_vlan = 0x8100,
  ethertype_ipv6 = 0x86dd,
  ethertype_mpls = 0x8847,
  ethertype_mpls_upstream = 0x8848,
  ethertype_pppoe_session = 0x8864,
  ethertype_ppp = 0x880b,
  ethertype_qinq = 0x88a8,
  ethertype_erspan = 0x88be,
  ethertype_old_qinq = 0x9100,
};

// link_layer.cpp
DissectStatus dissect_ethernet(Layer& layer, Depth depth, SegmentView& segment);
DissectStatus dissect_ethertype(std::uint16_t type, Layer& layer, Depth depth, SegmentView& segment);
DissectStatus dissect_ppp(Layer& layer, Depth depth, SegmentView& segment);
DissectStatus dissect_link(LinkType link, Layer& layer, SegmentView& segment);

// network_layer.cpp
DissectStatus dissect_ip(Layer& layer, Depth depth, SegmentView& segment);  ///< family by the version nibble
DissectStatus dissect_ipv4(Layer& layer, Depth depth, SegmentView& segment);
DissectStatus dissect_ipv6(Layer& layer, Depth depth, SegmentView& segment);

// tunnel.cpp
DissectStatus dissect_gre(Layer& layer, Depth depth, SegmentView& segment);
DissectStatus dissect_udp(Layer& layer, Depth depth, SegmentView& segment);
bool is_tunnel_port(std::uint16_t port);

}  // namespace mps
