// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/dss_oracle.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>

namespace mps::oracle {
namespace {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

std::uint64_t number(View bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

std::string text(View bytes) {
  return {bytes.begin(), bytes.end()};
}

Key key_at(View bytes) {
  Key key;
  std::ranges::copy(bytes.first(key.size()), key.begin());
  return key;
}

/// Bytes of the frame from the IP header on; empty if there is none.
View ip_packet(unsigned link, View frame) {
  if (link == 101 || link == 12 || link == 228 || link == 229) return frame;  // raw IP
  std::size_t type_at = 12;                                                   // Ethernet
  if (link == 113) type_at = 14;                                              // Linux cooked v1
  if (link != 1 && link != 113) return {};
  while (frame.size() >= type_at + 2) {
    const std::uint64_t type = number(frame.subspan(type_at, 2));
    if (type == 0x0800 || type == 0x86dd) return frame.subspan(type_at + 2);
    if (type != 0x8100 && type != 0x88a8) return {};
    type_at += 4;  // a VLAN tag
  }
  return {};
}

/// RFC 8684, 3.3.1: the checksum over pseudo-header and data, which is 0xffff in sum when it verifies.
bool checksum_good(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length, std::uint16_t checksum,
                   View data) {
  std::uint64_t sum = length + std::uint64_t{checksum};
  for (int shift = 0; shift < 64; shift += 16) sum += dsn >> shift & 0xffff;
  sum += (ssn >> 16) + (ssn & 0xffff);
  for (std::size_t i = 0; i < data.size(); ++i) sum += i % 2 ? data[i] : std::uint64_t{data[i]} << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

struct Mapping {
  std::uint32_t ssn = 0;
  std::uint64_t dsn = 0;  ///< 32 or 64 bits of it
  bool dsn_is_64 = true;
  bool from_capable = false;  ///< dsn is the first byte, whatever the IDSN
  std::uint32_t length = 0;   ///< of the payload, without DATA_FIN
  bool fin = false;
  std::optional<std::uint16_t> checksum;
  auto operator<=>(const Mapping&) const = default;
};

/// The mapping in a DSS or MP_CAPABLE option, if it has one.
std::optional<Mapping> mapping_in(View option) {
  Mapping mapping;
  const unsigned subtype = option[2] >> 4;
  if (subtype == 0 && option.size() >= 22) {
    mapping.ssn = 1;
    mapping.from_capable = true;
    mapping.length = static_cast<std::uint32_t>(number(option.subspan(20, 2)));
    if (option.size() >= 24) mapping.checksum = static_cast<std::uint16_t>(number(option.subspan(22, 2)));
    return mapping;
  }
  if (subtype != 2 || option.size() < 4 || !(option[3] & 0x04)) return std::nullopt;
  std::size_t at = 4;
  if (option[3] & 0x01) at += option[3] & 0x02 ? 8 : 4;  // the data ACK
  mapping.dsn_is_64 = (option[3] & 0x08) != 0;
  const std::size_t dsn_size = mapping.dsn_is_64 ? 8 : 4;
  if (option.size() < at + dsn_size + 6) return std::nullopt;
  mapping.dsn = number(option.subspan(at, dsn_size));
  mapping.ssn = static_cast<std::uint32_t>(number(option.subspan(at + dsn_size, 4)));
  mapping.length = static_cast<std::uint32_t>(number(option.subspan(at + dsn_size + 4, 2)));
  if (option.size() >= at + dsn_size + 8)
    mapping.checksum = static_cast<std::uint16_t>(number(option.subspan(at + dsn_size + 6, 2)));
  mapping.fin = (option[3] & 0x10) != 0;
  if (mapping.fin && mapping.length > 0)
    --mapping.length;
  else if (mapping.length == 0)
    mapping.length = 0x7fffffff;  // infinite mapping: all that follows
  return mapping;
}

std::vector<Range> ranges_of(const std::vector<std::uint64_t>& sorted) {
  std::vector<Range> ranges;
  for (const std::uint64_t at : sorted) {
    if (!ranges.empty() && ranges.back().second == at)
      ++ranges.back().second;
    else
      ranges.emplace_back(at, at + 1);
  }
  return ranges;
}

}  // namespace

std::uint64_t Stream::length() const {
  if (fin) return *fin;
  return bytes.empty() ? 0 : bytes.rbegin()->first + 1;
}

std::vector<Range> Stream::seen(std::uint32_t paths) const {
  std::vector<std::uint64_t> positions;
  for (const auto& [at, byte] : bytes)
    if (byte.paths & paths) positions.push_back(at);
  return ranges_of(positions);
}

std::vector<Range> Stream::missing(std::uint32_t paths) const {
  std::vector<std::uint64_t> positions;
  for (std::uint64_t at = 0; at < length(); ++at) {
    const auto found = bytes.find(at);
    if (found == bytes.end() || !(found->second.paths & paths)) positions.push_back(at);
  }
  return ranges_of(positions);
}

std::optional<Bytes> Stream::whole() const {
  if (!missing().empty()) return std::nullopt;
  Bytes result;
  for (const auto& [at, byte] : bytes) result.push_back(byte.value);
  return result;
}

void DssOracle::add_frame(std::uint32_t path, unsigned link, View frame) {
  View ip = ip_packet(link, frame);
  if (ip.size() < 20) return;
  Segment segment;
  segment.path = path;
  segment.ipv6 = ip[0] >> 4 == 6;
  const std::size_t ip_header = segment.ipv6 ? 40 : (ip[0] & 15u) * 4;
  if (ip.size() < ip_header || ip[segment.ipv6 ? 6 : 9] != 6) return;
  std::size_t total = segment.ipv6 ? 40 + number(ip.subspan(4, 2)) : number(ip.subspan(2, 2));
  if (total <= ip_header) total = ip.size();  // super-segments of 64 KB and more say 0
  ip = ip.first(std::min(ip.size(), total));  // without the padding of short Ethernet frames
  const View tcp = ip.subspan(ip_header);
  if (tcp.size() < 20) return;
  const std::size_t tcp_header = (tcp[12] >> 4) * 4u;
  if (tcp_header < 20 || tcp.size() < tcp_header) return;

  const View addresses = segment.ipv6 ? ip.subspan(8, 32) : ip.subspan(12, 8);
  segment.source = text(addresses.first(addresses.size() / 2)) + text(tcp.subspan(0, 2));
  segment.destination = text(addresses.last(addresses.size() / 2)) + text(tcp.subspan(2, 2));
  segment.seq = static_cast<std::uint32_t>(number(tcp.subspan(4, 4)));
  segment.flags = tcp[13];
  const View options = tcp.subspan(20, tcp_header - 20);
  for (std::size_t at = 0; at < options.size() && options[at] != 0;) {
    if (options[at] == 1) {
      ++at;
      continue;
    }
    if (at + 2 > options.size() || options[at + 1] < 2 || at + options[at + 1] > options.size()) break;
    const View option = options.subspan(at, options[at + 1]);
    if (option[0] == 30 && option.size() >= 3) segment.mptcp.emplace_back(option.begin(), option.end());
    at += option.size();
  }
  segment.payload.assign(tcp.begin() + static_cast<std::ptrdiff_t>(tcp_header), tcp.end());
  segments_.push_back(std::move(segment));
}

/// A subflow with the raw material of both directions, [0] from the side that opened it.
struct DssOracle::Tracked {
  struct Direction {
    std::optional<std::uint32_t> isn;
    std::map<std::uint32_t, std::uint8_t> payload;  ///< by SSN, first copy
    std::set<Mapping> mappings;
    std::uint64_t retransmitted = 0;
  };
  std::size_t syn_index = 0;
  std::string opener;
  std::string other;
  Subflow subflow;
  bool joined = false;
  std::uint32_t token = 0;
  std::optional<Key> opener_key;
  std::optional<Key> other_key;
  KeyHash hash = KeyHash::sha256;
  std::uint8_t syn_flags = 0;
  std::array<Direction, 2> direction;
};

std::vector<DssOracle::Tracked> DssOracle::find_subflows() const {
  std::vector<Tracked> found;
  // First every SYN, since a merged capture may show a subflow's packets before it.
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if ((segment.flags & 0x12) != 0x02 || segment.mptcp.empty()) continue;
    const Bytes& option = segment.mptcp.front();
    const unsigned subtype = option[2] >> 4;
    const bool repeated = std::ranges::any_of(found, [&](const Tracked& known) {
      return known.opener == segment.source && known.other == segment.destination &&
             known.direction[0].isn == segment.seq;
    });
    if (repeated || subtype > 1 || (subtype == 1 && option.size() < 12)) continue;
    Tracked fresh;
    fresh.syn_index = i;
    fresh.opener = segment.source;
    fresh.other = segment.destination;
    fresh.subflow = {segment.path, false, segment.ipv6};
    fresh.joined = subtype == 1;
    if (fresh.joined) fresh.token = static_cast<std::uint32_t>(number(View(option).subspan(4, 4)));
    if (!fresh.joined && option.size() >= 4) fresh.syn_flags = option[3];
    fresh.direction[0].isn = segment.seq;
    found.push_back(std::move(fresh));
  }
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    // The last subflow of these endpoints that began before; or the first, if its SYN comes late.
    Tracked* subflow = nullptr;
    std::size_t side = 0;
    for (Tracked& candidate : found) {
      const bool forward = candidate.opener == segment.source && candidate.other == segment.destination;
      const bool backward = candidate.opener == segment.destination && candidate.other == segment.source;
      if ((!forward && !backward) || (subflow && candidate.syn_index > i)) continue;
      subflow = &candidate;
      side = forward ? 0 : 1;
    }
    if (!subflow) continue;
    Tracked::Direction& direction = subflow->direction[side];
    const bool syn = (segment.flags & 0x02) != 0;
    if (side == 1 && syn && !direction.isn) direction.isn = segment.seq;
    for (const Bytes& option : segment.mptcp) {
      if (const auto mapping = mapping_in(option)) direction.mappings.insert(*mapping);
      if (option[2] >> 4 != 0 || option.size() < 12) continue;
      subflow->hash = (option[2] & 15) == 0 ? KeyHash::sha1 : KeyHash::sha256;
      (side == 0 ? subflow->opener_key : subflow->other_key) = key_at(View(option).subspan(4));
      if (side == 0 && option.size() >= 20) subflow->other_key = key_at(View(option).subspan(12));
    }
    if (!direction.isn) continue;
    const std::uint32_t first = segment.seq - *direction.isn + (syn ? 1 : 0);
    for (std::uint32_t k = 0; k < segment.payload.size(); ++k)
      direction.retransmitted += !direction.payload.try_emplace(first + k, segment.payload[k]).second;
  }
  return found;
}

namespace {

/// Position in the stream: extends 32-bit DSNs to the value nearest to the stream's start.
std::uint64_t position(const Mapping& mapping, std::uint64_t first_dsn) {
  if (mapping.from_capable) return 0;
  if (mapping.dsn_is_64) return mapping.dsn - first_dsn;
  return static_cast<std::uint32_t>(mapping.dsn - first_dsn);
}

template <typename Direction>
void add_direction(Stream& stream, const Direction& direction, std::uint32_t path, unsigned subflow,
                   std::uint64_t first_dsn) {
  std::set<std::uint32_t> mapped;
  for (const Mapping& mapping : direction.mappings) {
    const std::uint64_t start = position(mapping, first_dsn);
    if (mapping.fin) stream.fin = start + mapping.length;
    if (mapping.ssn == 0) continue;  // DATA_FIN alone
    Bytes covered;
    for (auto at = direction.payload.lower_bound(mapping.ssn);
         at != direction.payload.end() && at->first - mapping.ssn < mapping.length; ++at) {
      const auto [entry, fresh] = stream.bytes.try_emplace(start + (at->first - mapping.ssn));
      StreamByte& byte = entry->second;
      if (fresh)
        byte.value = at->second;
      else if (byte.value != at->second)
        byte.contradicted = true;
      byte.paths |= 1u << path;
      byte.subflows.insert(subflow);
      mapped.insert(at->first);
      covered.push_back(at->second);
    }
    if (!mapping.checksum || covered.size() != mapping.length) continue;
    const auto wire_length = static_cast<std::uint16_t>(mapping.length + (mapping.fin ? 1 : 0));
    const bool good = checksum_good(first_dsn + start, mapping.ssn, wire_length, *mapping.checksum, covered);
    ++(good ? stream.checksums_good : stream.checksums_bad);
  }
  stream.unmapped += direction.payload.size() - mapped.size();
  stream.retransmitted += direction.retransmitted;
}

}  // namespace

std::vector<Connection> DssOracle::connections(const std::vector<KeyPair>& keys) const {
  const std::vector<Tracked> subflows = find_subflows();
  std::vector<Connection> found;
  for (const Tracked& subflow : subflows) {
    if (subflow.joined) continue;
    Connection& fresh = found.emplace_back();
    fresh.initiator_key = subflow.opener_key;
    fresh.listener_key = subflow.other_key;
    fresh.hash = subflow.hash;
    fresh.syn_flags = subflow.syn_flags;
  }
  for (const KeyPair& pair : keys) {
    const auto known = [&](const Connection& c) { return c.initiator_key == pair.initiator; };
    if (std::ranges::any_of(found, known)) continue;
    Connection& fresh = found.emplace_back();
    fresh.initiator_key = pair.initiator;
    fresh.listener_key = pair.listener;
  }
  for (Connection& connection : found) {
    if (!connection.initiator_key || !connection.listener_key) continue;
    const Key& initiator = *connection.initiator_key;
    const Key& listener = *connection.listener_key;
    for (const Tracked& tracked : subflows) {
      const bool first = !tracked.joined && tracked.opener_key == initiator && tracked.other_key == listener;
      const bool to_listener = tracked.joined && tracked.token == token_of(listener, connection.hash);
      const bool to_initiator = tracked.joined && tracked.token == token_of(initiator, connection.hash);
      if (!first && !to_listener && !to_initiator) continue;
      Subflow subflow = tracked.subflow;
      subflow.opened_by_listener = to_initiator;
      const auto index = static_cast<unsigned>(connection.subflows.size());
      connection.subflows.push_back(subflow);
      const std::size_t c2s = to_initiator ? 1 : 0;
      add_direction(connection.c2s, tracked.direction[c2s], subflow.path, index,
                    idsn_of(initiator, connection.hash) + 1);
      add_direction(connection.s2c, tracked.direction[1 - c2s], subflow.path, index,
                    idsn_of(listener, connection.hash) + 1);
    }
  }
  return found;
}

std::optional<std::string> add_file(DssOracle& oracle, std::uint32_t path, const std::string& file) {
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> capture(pcap_open_offline(file.c_str(), reason.data()),
                                                               &pcap_close);
  if (!capture) return file + ": " + reason.data();
  const int dlt = pcap_datalink(capture.get());
  const auto link = static_cast<unsigned>(dlt == DLT_RAW ? 101 : dlt);
  pcap_pkthdr* header = nullptr;
  const std::uint8_t* frame = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(capture.get(), &header, &frame)) == 1)
    oracle.add_frame(path, link, {frame, header->caplen});
  if (status == PCAP_ERROR) return file + ": " + pcap_geterr(capture.get());
  return std::nullopt;
}

}  // namespace mps::oracle
