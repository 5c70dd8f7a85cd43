// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/segment.h"

#include <algorithm>

#include "core/packet/byte_order.h"

namespace mps::plugin {

bool to_ip_address(const address& from, IpAddress& to) {
  const auto* bytes = static_cast<const std::uint8_t*>(from.data);
  if (from.type == AT_IPv4 && from.len == 4)
    to = IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4));
  else if (from.type == AT_IPv6 && from.len == 16)
    to = IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16));
  else
    return false;
  return true;
}

address to_epan_address(wmem_allocator_t* pool, const IpAddress& from) {
  const bool v4 = from.is_v4();
  const std::size_t length = v4 ? 4 : 16;
  auto* bytes = static_cast<std::uint8_t*>(wmem_alloc(pool, length));
  std::copy_n(from.bytes.end() - static_cast<std::ptrdiff_t>(length), length, bytes);
  address result;
  set_address(&result, v4 ? AT_IPv4 : AT_IPv6, static_cast<int>(length), bytes);
  return result;
}

bool view_segment(tvbuff_t* tvb, packet_info* pinfo, SegmentView& view) {
  constexpr unsigned shortest = 20;
  const unsigned captured = tvb_captured_length(tvb);
  if (captured < shortest) return false;
  if (!to_ip_address(pinfo->src, view.source.address) || !to_ip_address(pinfo->dst, view.destination.address))
    return false;
  const std::uint8_t* bytes = tvb_get_ptr(tvb, 0, static_cast<int>(captured));
  const unsigned header = (bytes[12] >> 4) * 4u;
  const unsigned reported = tvb_reported_length(tvb);
  if (header < shortest || header > reported) return false;
  view.frame = pinfo->num;
  view.time_ns = static_cast<std::int64_t>(pinfo->abs_ts.secs) * 1'000'000'000 + pinfo->abs_ts.nsecs;
  if (pinfo->rec && (pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID))
    view.path = pinfo->rec->rec_header.packet_header.interface_id;
  view.source.port = read_be16(bytes);
  view.destination.port = read_be16(bytes + 2);
  view.seq = read_be32(bytes + 4);
  view.ack = read_be32(bytes + 8);
  view.flags = bytes[13];
  const std::span all(bytes, captured);
  view.options = all.subspan(shortest, std::min(header, captured) - shortest);
  view.payload = all.subspan(std::min(header, captured));
  view.payload_on_wire = reported - header;
  if (view.payload.size() > view.payload_on_wire) view.payload = view.payload.first(view.payload_on_wire);
  return true;
}

}  // namespace mps::plugin
