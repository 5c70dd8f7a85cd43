// SPDX-License-Identifier: GPL-2.0-or-later
/// IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers and jumbograms (RFC 2675), and TCP (RFC 9293).
/// Fragments are named, not reassembled; routing headers and source routes do not change the addresses of a
/// segment.
#include "core/packet/byte_order.h"
#include "core/packet/layer.h"

namespace mps {
namespace {

enum IpProtocol : std::uint8_t {
  ip_hop_by_hop = 0,
  ip_in_ipv4 = 4,
  ip_tcp = 6,
  ip_udp = 17,
  ip_in_ipv6 = 41,
  ip_routing = 43,
  ip_fragment = 44,
  ip_gre = 47,
  ip_authentication = 51,
  ip_destination = 60,
  ip_mobility = 135,
  ip_host_identity = 139,
  ip_shim6 = 140,
};

DissectStatus dissect_tcp(Layer& layer, SegmentView& segment) {
  constexpr std::size_t fixed_size = 20;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  const std::uint8_t* p = layer.bytes;
  const std::size_t header_size = std::size_t{p[12]} >> 4 << 2;
  if (header_size < fixed_size) return DissectStatus::malformed;
  if (!layer.has(header_size)) return layer.lacking(header_size);
  segment.source.port = read_be16(p);
  segment.destination.port = read_be16(p + 2);
  segment.seq = read_be32(p + 4);
  segment.ack = read_be32(p + 8);
  segment.flags = p[13];
  segment.options = {p + fixed_size, header_size - fixed_size};
  segment.payload = {p + header_size, layer.captured - header_size};
  segment.payload_on_wire = static_cast<std::uint32_t>(layer.on_wire - header_size);
  return DissectStatus::segment;
}

/// What a fragment would have been: a tunnel may hold TCP, and of UDP only the first fragment shows its
/// ports.
DissectStatus name_fragment(std::uint8_t protocol, const Layer& layer, bool is_first) {
  switch (protocol) {
    case ip_tcp:
    case ip_in_ipv4:
    case ip_in_ipv6:
    case ip_gre:
      return DissectStatus::fragment;
    case ip_udp:
      if (is_first && layer.has(4) &&
          (is_tunnel_port(read_be16(layer.bytes)) || is_tunnel_port(read_be16(layer.bytes + 2))))
        return DissectStatus::fragment;
      return DissectStatus::not_tcp;
    default:
      return DissectStatus::not_tcp;
  }
}

/// Protocols that may follow a header of either family. Extension headers have been stepped over.
DissectStatus dissect_transport(std::uint8_t protocol, Layer& layer, Depth depth, SegmentView& segment) {
  switch (protocol) {
    case ip_tcp:
      return dissect_tcp(layer, segment);
    case ip_udp:
      return dissect_udp(layer, depth, segment);
    case ip_in_ipv4:
      return dissect_ipv4(layer, depth + 1, segment);
    case ip_in_ipv6:
      return dissect_ipv6(layer, depth + 1, segment);
    case ip_gre:
      return dissect_gre(layer, depth, segment);
    default:
      return DissectStatus::not_tcp;
  }
}

/// RFC 4302: the header after which everything is as if it were not there. Its length counts 4-byte words
/// less 2.
std::size_t authentication_size(const std::uint8_t* header) {
  return (std::size_t{header[1]} + 2) * 4;
}

/// The length of a jumbogram from its hop-by-hop options, 0 without one.
std::uint32_t jumbo_length(const std::uint8_t* header, std::size_t size) {
  constexpr std::uint8_t option_pad1 = 0;
  constexpr std::uint8_t option_jumbo = 0xc2;
  std::size_t at = 2;
  while (at + 2 <= size) {
    if (header[at] == option_pad1) {
      ++at;
      continue;
    }
    const std::size_t length = header[at + 1];
    if (header[at] == option_jumbo && length == 4 && at + 6 <= size) return read_be32(header + at + 2);
    at += 2 + length;
  }
  return 0;
}

}  // namespace

DissectStatus dissect_ipv4(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t fixed_size = 20;
  constexpr std::uint16_t more_fragments = 0x2000;
  constexpr std::uint16_t fragment_offset = 0x1fff;
  if (depth > max_depth) return DissectStatus::malformed;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  const std::uint8_t* p = layer.bytes;
  const std::size_t header_size = std::size_t{p[0] & 0x0fu} << 2;
  if (p[0] >> 4 != 4 || header_size < fixed_size) return DissectStatus::malformed;
  // 0: a segment that the network card was to cut up (TSO), too long for the field.
  if (const std::uint16_t total_length = read_be16(p + 2)) {
    if (total_length < header_size) return DissectStatus::malformed;
    layer.set_length(total_length);
  }
  if (!layer.has(header_size)) return layer.lacking(header_size);
  const std::uint16_t fragment = read_be16(p + 6);
  std::uint8_t protocol = p[9];
  segment.source.address = IpAddress::v4(std::span<const std::uint8_t, 4>(p + 12, 4));
  segment.destination.address = IpAddress::v4(std::span<const std::uint8_t, 4>(p + 16, 4));
  layer.skip(header_size);
  if (fragment & (more_fragments | fragment_offset))
    return name_fragment(protocol, layer, !(fragment & fragment_offset));
  if (protocol == ip_authentication) {
    if (!layer.has(2)) return layer.lacking(2);
    const std::size_t size = authentication_size(layer.bytes);
    if (!layer.has(size)) return layer.lacking(size);
    protocol = layer.bytes[0];
    layer.skip(size);
  }
  return dissect_transport(protocol, layer, depth, segment);
}

DissectStatus dissect_ipv6(Layer& layer, Depth depth, SegmentView& segment) {
  constexpr std::size_t fixed_size = 40;
  if (depth > max_depth) return DissectStatus::malformed;
  if (!layer.has(fixed_size)) return layer.lacking(fixed_size);
  const std::uint8_t* p = layer.bytes;
  if (p[0] >> 4 != 6) return DissectStatus::malformed;
  const std::uint16_t payload_length = read_be16(p + 4);
  std::uint8_t next = p[6];
  segment.source.address = IpAddress::v6(std::span<const std::uint8_t, 16>(p + 8, 16));
  segment.destination.address = IpAddress::v6(std::span<const std::uint8_t, 16>(p + 24, 16));
  layer.skip(fixed_size);
  // 0: a jumbogram, whose option follows, or a super-segment (TSO, BIG TCP) of which the frame's length is
  // all we know.
  if (payload_length) layer.set_length(payload_length);

  while (true) {
    std::size_t size = 8;
    switch (next) {
      case ip_hop_by_hop:
      case ip_routing:
      case ip_destination:
      case ip_mobility:
      case ip_host_identity:
      case ip_shim6:
        if (!layer.has(size)) return layer.lacking(size);
        size = (std::size_t{layer.bytes[1]} + 1) * 8;
        break;
      case ip_authentication:
        if (!layer.has(size)) return layer.lacking(size);
        size = authentication_size(layer.bytes);
        break;
      case ip_fragment: {
        if (!layer.has(size)) return layer.lacking(size);
        const std::uint16_t offset_and_more = read_be16(layer.bytes + 2);
        if ((offset_and_more & ~0x0006u) == 0) break;  // an atomic fragment (RFC 6946) is whole
        const std::uint8_t protocol = layer.bytes[0];
        layer.skip(size);
        return name_fragment(protocol, layer, offset_and_more >> 3 == 0);
      }
      default:
        return dissect_transport(next, layer, depth, segment);
    }
    if (!layer.has(size)) return layer.lacking(size);
    if (next == ip_hop_by_hop && payload_length == 0) {
      const std::uint32_t jumbo = jumbo_length(layer.bytes, size);
      if (jumbo && jumbo < size) return DissectStatus::malformed;
      if (jumbo) layer.set_length(jumbo);
    }
    next = layer.bytes[0];
    layer.skip(size);
  }
}

DissectStatus dissect_ip(Layer& layer, Depth depth, SegmentView& segment) {
  if (!layer.has(1)) return layer.lacking(1);
  switch (layer.bytes[0] >> 4) {
    case 4:
      return dissect_ipv4(layer, depth, segment);
    case 6:
      return dissect_ipv6(layer, depth, segment);
    default:
      return DissectStatus::not_tcp;
  }
}

}  // namespace mps
