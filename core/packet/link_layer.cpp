// SPDX-License-Identifier: GPL-2.0-or-later
/// Link layers by their LINKTYPE_ value, and what an EtherType leads to: VLAN tags (802.1Q, 802.1ad), MPLS
/// (RFC 3032), PPPoE (RFC 2516), PPP (RFC 1661, 1662), 802.3 and 802.11 with LLC/SNAP. Encrypted 802.11
/// frames stay closed.
#include "core/packet/byte_order.h"
#include "core/packet/layer.h"

namespace mps {
namespace {

enum KnownLink : LinkType {
  link_null = 0,
  link_ethernet = 1,
  link_ppp = 9,
  link_raw_bsd = 12,
  link_raw_openbsd = 14,
  link_ppp_hdlc = 50,
  link_ppp_ether = 51,
  link_raw = 101,
  link_c_hdlc = 104,
  link_ieee802_11 = 105,
  link_loop = 108,
  link_linux_sll = 113,
  link_ieee802_11_radiotap = 127,
  link_ipv4 = 228,
  link_ipv6 = 229,
  link_linux_sll2 = 276,
};

constexpr std::uint16_t min_ethertype = 0x0600;  // below: the length of an 802.3 frame

/// 802.2 LLC, with SNAP or with the SAP of IP.
DissectStatus dissect_llc(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t llc_size = 3, snap_size = 8;
  constexpr std::uint8_t sap_ip = 0x06, sap_snap = 0xaa, unnumbered_information = 0x03;
  constexpr std::uint32_t oui_ethernet = 0x000000, oui_bridge_tunnel = 0x0000f8;
  if (!layer.has(llc_size)) return layer.lacking(llc_size);
  const std::uint8_t* p = layer.bytes;
  if (p[0] == sap_ip && p[1] == sap_ip && p[2] == unnumbered_information) {
    layer.skip(llc_size);
    return dissect_ipv4(layer, depth, segment);
  }
  if (p[0] != sap_snap || p[1] != sap_snap || p[2] != unnumbered_information) return DissectStatus::not_tcp;
  if (!layer.has(snap_size)) return layer.lacking(snap_size);
  const std::uint32_t oui = read_be32(p + 2) & 0xffffff;
  const std::uint16_t type = read_be16(p + 6);
  if (oui != oui_ethernet && oui != oui_bridge_tunnel) return DissectStatus::not_tcp;
  layer.skip(snap_size);
  return dissect_ethertype(type, layer, depth, segment);
}

/// A stack of labels does not say what is under it: IP shows its version, a pseudowire starts with a zero
/// nibble (RFC 4385) and holds Ethernet.
DissectStatus dissect_mpls(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t label_size = 4, control_word_size = 4;
  constexpr std::uint8_t bottom_of_stack = 0x01;
  bool is_last = false;
  while (!is_last) {
    if (!layer.has(label_size)) return layer.lacking(label_size);
    is_last = layer.bytes[2] & bottom_of_stack;
    layer.skip(label_size);
  }
  if (!layer.has(control_word_size)) return layer.lacking(control_word_size);
  if (layer.bytes[0] >> 4 != 0) return dissect_ip(layer, depth, segment);
  layer.skip(control_word_size);
  return dissect_ethernet(layer, depth + 1, segment);
}

DissectStatus dissect_pppoe(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t header_size = 6;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  const std::uint8_t* p = layer.bytes;
  if (p[0] != 0x11) return DissectStatus::malformed;
  if (p[1] != 0) return DissectStatus::not_tcp;  // discovery
  const std::uint16_t length = read_be16(p + 4);
  layer.skip(header_size);
  layer.set_length(length);
  return dissect_ppp(layer, depth, segment);
}

/// BSD loopback: an address family in the byte order of the capturing machine, or (LOOP) in network byte
/// order. The number of IPv6 differs between systems.
DissectStatus dissect_loopback(Layer& layer, SegmentView& segment) {
  if (!layer.has(4)) return layer.lacking(4);
  const std::uint32_t big = read_be32(layer.bytes);
  const std::uint32_t family = big > 0xffff ? __builtin_bswap32(big) : big;
  layer.skip(4);
  switch (family) {
    case 2:
      return dissect_ipv4(layer, 0, segment);
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return dissect_ipv6(layer, 0, segment);
    default:
      return DissectStatus::not_tcp;
  }
}

/// "Cooked" Linux captures: version 1 has the protocol at the end of its header, version 2 at the start.
DissectStatus dissect_cooked(Layer& layer, std::size_t header_size, std::size_t protocol_at,
                             std::size_t hardware_at, SegmentView& segment) {
  constexpr std::uint16_t hardware_netlink = 824, protocol_llc = 4;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  const std::uint16_t protocol = read_be16(layer.bytes + protocol_at);
  const std::uint16_t hardware = read_be16(layer.bytes + hardware_at);
  layer.skip(header_size);
  if (hardware == hardware_netlink) return DissectStatus::not_tcp;  // the protocol is a netlink family then
  if (protocol == protocol_llc) return dissect_llc(layer, 0, segment);
  if (protocol < min_ethertype) return DissectStatus::not_tcp;
  return dissect_ethertype(protocol, layer, 0, segment);
}

/// PPP in HDLC-like framing, or Cisco HDLC, which the first byte tells apart (RFC 1547, 4.3.1).
DissectStatus dissect_cisco_hdlc(Layer& layer, SegmentView& segment) {
  constexpr std::size_t header_size = 4;
  constexpr std::uint8_t unicast = 0x0f, broadcast = 0x8f;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  if (layer.bytes[0] != unicast && layer.bytes[0] != broadcast) return dissect_ppp(layer, 0, segment);
  const std::uint16_t type = read_be16(layer.bytes + 2);
  layer.skip(header_size);
  return dissect_ethertype(type, layer, 0, segment);
}

/// IEEE 802.11 data frames. `is_padded`: the header is padded to 4 bytes (radiotap says so). A frame that
/// holds several packets (A-MSDU) or a part of one has no single segment to show.
DissectStatus dissect_ieee802_11(Layer& layer, bool is_padded, SegmentView& segment) {
  constexpr std::size_t three_addresses_size = 24;
  constexpr std::uint8_t type_mask = 0x0c, type_data = 0x08, no_data = 0x40, quality_of_service = 0x80;
  constexpr std::uint8_t to_and_from = 0x03, more_fragments = 0x04, is_protected = 0x40, order = 0x80;
  constexpr std::uint8_t fragment_number = 0x0f, is_aggregate = 0x80;
  if (!layer.has(2)) return layer.lacking(2);
  const std::uint8_t* p = layer.bytes;
  const std::uint8_t kind = p[0], flags = p[1];
  if ((kind & type_mask) != type_data || kind & no_data || flags & is_protected)
    return DissectStatus::not_tcp;
  std::size_t size = three_addresses_size;
  if ((flags & to_and_from) == to_and_from) size += 6;
  const std::size_t qos_at = size;
  if (kind & quality_of_service) size += flags & order ? 6 : 2;  // with HT control
  if (is_padded) size = (size + 3) & ~std::size_t{3};
  if (!layer.has(size)) return layer.lacking(size);
  const bool aggregate = kind & quality_of_service && p[qos_at] & is_aggregate;
  if (aggregate || flags & more_fragments || p[22] & fragment_number) return DissectStatus::fragment;
  layer.skip(size);
  return dissect_llc(layer, 0, segment);
}

/// Radiotap is little-endian whatever the machine. Only its length and its flags field matter here; that
/// field is the second of all, after an 8-byte time stamp.
DissectStatus dissect_radiotap(Layer& layer, SegmentView& segment) {
  constexpr std::size_t fixed_size = 8;
  constexpr std::uint8_t present_timestamp = 0x01, present_flags = 0x02, present_more = 0x80;
  constexpr std::uint8_t flag_data_pad = 0x20, flag_bad_fcs = 0x40;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  const std::uint8_t* p = layer.bytes;
  const std::size_t size = p[2] | std::size_t{p[3]} << 8;
  if (p[0] != 0 || size < fixed_size) return DissectStatus::malformed;
  if (!layer.has(size)) return layer.lacking(size);
  std::uint8_t flags = 0;
  if (p[4] & present_flags) {
    std::size_t at = 4;
    while (at + 4 <= size && p[at + 3] & present_more) at += 4;
    at += 4;
    if (p[4] & present_timestamp) at = ((at + 7) & ~std::size_t{7}) + 8;
    if (at >= size) return DissectStatus::malformed;
    flags = p[at];
  }
  if (flags & flag_bad_fcs) return DissectStatus::malformed;  // its bytes were damaged on the air
  layer.skip(size);
  return dissect_ieee802_11(layer, flags & flag_data_pad, segment);
}

}  // namespace

DissectStatus dissect_ethernet(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t header_size = 14;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  const std::uint16_t type = read_be16(layer.bytes + 12);
  layer.skip(header_size);
  return dissect_ethertype(type, layer, depth, segment);
}

DissectStatus dissect_ethertype(std::uint16_t type, Layer& layer, Depth depth, SegmentView& segment) {
  if (depth > max_depth) return DissectStatus::malformed;
  while (type == ethertype_vlan || type == ethertype_qinq || type == ethertype_old_qinq) {
    constexpr std::size_t tag_size = 4;
    if (!layer.has(tag_size)) return layer.lacking(tag_size);
    type = read_be16(layer.bytes + 2);
    layer.skip(tag_size);
  }
  switch (type) {
    case ethertype_ipv4:
      return dissect_ipv4(layer, depth, segment);
    case ethertype_ipv6:
      return dissect_ipv6(layer, depth, segment);
    case ethertype_mpls:
    case ethertype_mpls_upstream:
      return dissect_mpls(layer, depth, segment);
    case ethertype_pppoe_session:
      return dissect_pppoe(layer, depth, segment);
    case ethertype_ppp:
      return dissect_ppp(layer, depth, segment);
    case ethertype_bridged_ethernet:
      return dissect_ethernet(layer, depth + 1, segment);
    default:
      if (type >= min_ethertype) return DissectStatus::not_tcp;
      layer.set_length(std::min<std::size_t>(type, layer.on_wire));
      return dissect_llc(layer, depth, segment);
  }
}

DissectStatus dissect_ppp(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::uint8_t all_stations = 0xff, unnumbered_information = 0x03;
  constexpr std::uint16_t ppp_ipv4 = 0x0021, ppp_ipv6 = 0x0057, ppp_mpls = 0x0281;
  if (!layer.has(2)) return layer.lacking(2);
  if (layer.bytes[0] == all_stations && layer.bytes[1] == unnumbered_information) {
    layer.skip(2);
    if (!layer.has(2)) return layer.lacking(2);
  }
  // The protocol may be sent as one byte; odd ones end the field.
  const bool is_compressed = layer.bytes[0] & 0x01;
  const std::uint16_t protocol = is_compressed ? layer.bytes[0] : read_be16(layer.bytes);
  layer.skip(is_compressed ? 1 : 2);
  switch (protocol) {
    case ppp_ipv4:
      return dissect_ipv4(layer, depth, segment);
    case ppp_ipv6:
      return dissect_ipv6(layer, depth, segment);
    case ppp_mpls:
      return dissect_mpls(layer, depth, segment);
    default:
      return DissectStatus::not_tcp;
  }
}

DissectStatus dissect_link(LinkType link, Layer& layer, SegmentView& segment) {
  switch (link) {
    case link_ethernet:
      return dissect_ethernet(layer, 0, segment);
    case link_null:
    case link_loop:
      return dissect_loopback(layer, segment);
    case link_raw:
    case link_raw_bsd:
    case link_raw_openbsd:
      return dissect_ip(layer, 0, segment);
    case link_ipv4:
      return dissect_ipv4(layer, 0, segment);
    case link_ipv6:
      return dissect_ipv6(layer, 0, segment);
    case link_linux_sll:
      return dissect_cooked(layer, 16, 14, 2, segment);
    case link_linux_sll2:
      return dissect_cooked(layer, 20, 0, 8, segment);
    case link_ppp:
      return dissect_ppp(layer, 0, segment);
    case link_ppp_hdlc:
    case link_c_hdlc:
      return dissect_cisco_hdlc(layer, segment);
    case link_ppp_ether:
      return dissect_pppoe(layer, 0, segment);
    case link_ieee802_11:
      return dissect_ieee802_11(layer, false, segment);
    case link_ieee802_11_radiotap:
      return dissect_radiotap(layer, segment);
    default:
      return DissectStatus::unsupported_link;
  }
}

bool is_supported(LinkType link) {
  SegmentView segment;
  Layer nothing{nullptr, 0, 0};
  return dissect_link(link, nothing, segment) != DissectStatus::unsupported_link;
}

}  // namespace mps
