// SPDX-License-Identifier: GPL-2.0-or-later
/// Tunnels above IP: GRE (RFC 2784, 2890, 2637) with what it carries, and over UDP GTP-U (3GPP TS 29.281),
/// VXLAN (RFC 7348) and Geneve (RFC 8926). A port number is a weak hint: a UDP datagram that does not fit its
/// tunnel's format is not malformed, it is something else.
#include "core/packet/byte_order.h"
#include "core/packet/layer.h"

namespace mps {
namespace {

enum UdpPort : std::uint16_t { port_gtp_u = 2152, port_vxlan = 4789, port_geneve = 6081 };

DissectStatus dissect_gtp_u(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t fixed_size = 8;
  constexpr std::uint8_t version_1_gtp = 0x30;
  constexpr std::uint8_t has_optional_part = 0x07;
  constexpr std::uint8_t has_extension = 0x04;
  constexpr std::uint8_t g_pdu = 0xff;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  const std::uint8_t* p = layer.bytes;
  const std::uint8_t flags = p[0];
  if ((flags & 0xf0) != version_1_gtp || p[1] != g_pdu) return DissectStatus::not_tcp;
  const std::uint16_t length = read_be16(p + 2);
  layer.skip(fixed_size);
  if (length) layer.set_length(length);
  if (flags & has_optional_part) {
    if (!layer.has(4)) return layer.lacking(4);
    std::uint8_t next = flags & has_extension ? layer.bytes[3] : std::uint8_t{0};
    layer.skip(4);
    while (next) {
      if (!layer.has(1)) return layer.lacking(1);
      const std::size_t size = std::size_t{layer.bytes[0]} * 4;  // with the length byte and the next type
      if (size == 0) return DissectStatus::malformed;
      if (!layer.has(size)) return layer.lacking(size);
      next = layer.bytes[size - 1];
      layer.skip(size);
    }
  }
  return dissect_ip(layer, depth + 1, segment);
}

DissectStatus dissect_vxlan(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t header_size = 8;
  constexpr std::uint8_t vni_is_valid = 0x08;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  if (!(layer.bytes[0] & vni_is_valid)) return DissectStatus::not_tcp;
  layer.skip(header_size);
  return dissect_ethernet(layer, depth + 1, segment);
}

DissectStatus dissect_geneve(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t fixed_size = 8;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  if (layer.bytes[0] >> 6 != 0) return DissectStatus::not_tcp;
  const std::size_t header_size = fixed_size + (layer.bytes[0] & 0x3fu) * 4;
  const std::uint16_t type = read_be16(layer.bytes + 2);
  if (!layer.has(header_size)) return layer.lacking(header_size);
  layer.skip(header_size);
  return dissect_ethertype(type, layer, depth + 1, segment);
}

/// ERSPAN types I (no header of its own, and no GRE sequence number) and II: mirrored Ethernet frames.
DissectStatus dissect_erspan(Layer& layer, bool has_header, Depth depth, SegmentView& segment) {
  constexpr std::size_t header_size = 8;
  if (has_header) {
    if (!layer.has(header_size)) return layer.lacking(header_size);
    layer.skip(header_size);
  }
  return dissect_ethernet(layer, depth + 1, segment);
}

}  // namespace

bool is_tunnel_port(std::uint16_t port) {
  return port == port_gtp_u || port == port_vxlan || port == port_geneve;
}

DissectStatus dissect_udp(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t header_size = 8;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  const std::uint16_t source = read_be16(layer.bytes);
  const std::uint16_t destination = read_be16(layer.bytes + 2);
  const std::uint16_t length = read_be16(layer.bytes + 4);
  if (!is_tunnel_port(destination) && source != port_gtp_u) return DissectStatus::not_tcp;
  if (length) {  // 0: a super-segment, as in IPv4
    if (length < header_size) return DissectStatus::malformed;
    layer.set_length(length);
  }
  layer.skip(header_size);
  if (destination == port_vxlan) return dissect_vxlan(layer, depth, segment);
  if (destination == port_geneve) return dissect_geneve(layer, depth, segment);
  return dissect_gtp_u(layer, depth, segment);
}

DissectStatus dissect_gre(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::uint16_t has_checksum = 0x8000, has_routing = 0x4000, has_key = 0x2000,
                          has_sequence = 0x1000;
  constexpr std::uint16_t has_acknowledgment = 0x0080;  // version 1, PPTP
  constexpr std::uint16_t version_mask = 0x0007;
  if (!layer.has(4)) return layer.lacking(4);
  const std::uint16_t flags = read_be16(layer.bytes);
  const std::uint16_t type = read_be16(layer.bytes + 2);
  const unsigned version = flags & version_mask;
  if (version > 1 || flags & has_routing) return DissectStatus::not_tcp;
  std::size_t header_size = 4;
  for (const std::uint16_t flag : {has_checksum, has_key, has_sequence})
    if (flags & flag) header_size += 4;
  if (version == 1 && flags & has_acknowledgment) header_size += 4;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  layer.skip(header_size);
  if (type == ethertype_erspan) return dissect_erspan(layer, flags & has_sequence, depth, segment);
  return dissect_ethertype(type, layer, depth + 1, segment);
}

}  // namespace mps
