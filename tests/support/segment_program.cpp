// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/segment_program.h"

#include <algorithm>
#include <stdexcept>

namespace mps::test {
namespace {

void put(Bytes& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(value >> 8 * bytes));
}

void put(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// An MPTCP option; the second byte, its length, is filled in here.
Bytes option(Bytes body) {
  Bytes out{30, static_cast<std::uint8_t>(body.size() + 2)};
  put(out, body);
  return out;
}

}  // namespace

Segments operator+(Segments a, const Segments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes sample(std::size_t count, std::uint32_t seed) {
  Bytes out(count);
  std::uint32_t x = seed * 2654435761u + 1;
  for (auto& byte : out) {
    x = x * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(x >> 24);
  }
  return out;
}

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t count) {
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

Endpoint endpoint(unsigned host, std::uint16_t port, bool ipv6) {
  Endpoint out;
  out.port = port;
  if (ipv6) {
    out.address.bytes = {0xfd};
    out.address.bytes[15] = static_cast<std::uint8_t>(host);
  } else {
    const std::array<std::uint8_t, 4> octets{10, 0, static_cast<std::uint8_t>(host >> 8),
                                             static_cast<std::uint8_t>(host)};
    out.address = IpAddress::v4(octets);
  }
  return out;
}

Bytes mp_capable(const CapableFields& f) {
  Bytes out{f.version, f.flags};
  if (f.sender) put(out, *f.sender);
  if (f.receiver) put(out, *f.receiver);
  if (f.data_length) put(out, *f.data_length, 2);
  if (f.checksum) put(out, *f.checksum, 2);
  return option(out);
}

Bytes dss(const DssFields& f) {
  const std::uint8_t bits =
      static_cast<std::uint8_t>((f.ack ? 1 : 0) | (f.ack && f.ack_is_64 ? 2 : 0) | (f.has_mapping ? 4 : 0) |
                                (f.has_mapping && f.dsn_is_64 ? 8 : 0) | (f.fin ? 16 : 0));
  Bytes out{0x20, bits};
  if (f.ack) put(out, *f.ack, f.ack_is_64 ? 8 : 4);
  if (f.has_mapping) {
    put(out, f.dsn, f.dsn_is_64 ? 8 : 4);
    put(out, f.ssn, 4);
    put(out, f.length, 2);
    if (f.checksum) put(out, *f.checksum, 2);
  }
  return option(out);
}

std::uint16_t dss_checksum(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length, const Bytes& payload) {
  Bytes all;
  put(all, dsn, 8);
  put(all, ssn, 4);
  put(all, length, 2);
  put(all, 0, 2);
  put(all, payload);
  if (all.size() % 2) all.push_back(0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    sum += static_cast<std::uint32_t>(all[i] << 8 | all[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<std::uint16_t>(~sum);
}

Script::Script(unsigned mptcp_version, std::uint8_t capable_flags)
    : version(mptcp_version), flags(capable_flags), nibble(static_cast<std::uint8_t>(mptcp_version)) {
  keys[0] = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};
  keys[1] = {0x11, 0x92, 0x33, 0x54, 0x75, 0x66, 0x57, 0x09};
  add_wire();
}

std::size_t Script::add_wire(bool by_listener, bool ipv6) {
  const auto n = static_cast<unsigned>(wires.size());
  Wire wire;
  const Endpoint client = endpoint(n * 2 + 1, static_cast<std::uint16_t>(40000 + n), ipv6);
  const Endpoint server = endpoint(n * 2 + 2, 8080, ipv6);
  wire.opener = by_listener ? server : client;
  wire.accepter = by_listener ? client : server;
  wire.by_listener = by_listener;
  wire.isn = {0x10000000u * (n % 15 + 1) + 12345, 0x20000000u + 777 * n};
  wire.nonce = {0xdead0000u + n, 0xbeef0000u + n};
  wire.path = n;
  wires.push_back(wire);
  return n;
}

Segment Script::syn(std::size_t w, const Bytes& tfo) {
  const Wire& wire = wires[w];
  Segment s{wire.opener, wire.accepter, wire.isn[0], 0, tcp_syn, {}, tfo, 0, wire.path};
  if (w == 0) {
    CapableFields fields{nibble, flags, {}, {}, {}, {}};
    if (version == 0) fields.sender = keys[0];
    s.options = mp_capable(fields);
  } else {
    Bytes body{0x10, static_cast<std::uint8_t>(w)};
    put(body, token(!wire.by_listener), 4);
    put(body, wire.nonce[0], 4);
    s.options = option(body);
  }
  return s;
}

Segment Script::syn_ack(std::size_t w) {
  const Wire& wire = wires[w];
  Segment s{wire.accepter,     wire.opener, wire.isn[1], wire.isn[0] + 1 + wire.tfo_accepted,
            tcp_syn | tcp_ack, {},          {},          0,
            wire.path};
  if (w == 0) {
    s.options = mp_capable({nibble, flags, keys[1], {}, {}, {}});
  } else {
    const Key& own = keys[wire.by_listener ? 0 : 1];
    const Key& peer = keys[wire.by_listener ? 1 : 0];
    const auto hmac = join_hmac(own, peer, wire.nonce[1], wire.nonce[0], hash());
    Bytes body{0x10, static_cast<std::uint8_t>(w)};
    put(body, std::span(hmac).first(8));
    put(body, wire.nonce[1], 4);
    s.options = option(body);
  }
  return s;
}

Segment Script::third_ack(std::size_t w) {
  const Wire& wire = wires[w];
  Segment s{wire.opener, wire.accepter, wire.isn[0] + 1 + wire.tfo_accepted, wire.isn[1] + 1, tcp_ack, {}, {},
            0,           wire.path};
  if (w == 0) {
    s.options = mp_capable({nibble, flags, keys[0], keys[1], {}, {}});
  } else {
    const Key& own = keys[wire.by_listener ? 1 : 0];
    const Key& peer = keys[wire.by_listener ? 0 : 1];
    const auto hmac = join_hmac(own, peer, wire.nonce[0], wire.nonce[1], hash());
    Bytes body{0x10, 0x00};
    put(body, std::span(hmac).first(20));
    s.options = option(body);
  }
  return s;
}

Segment Script::data(std::size_t w, Direction d, std::uint64_t offset, const Bytes& payload, const How& how) {
  Wire& wire = wires[w];
  const std::size_t from = side(w, d);
  const std::uint32_t ssn = how.ssn.value_or(wire.next_ssn[from]);
  if (!how.ssn) wire.next_ssn[from] += static_cast<std::uint32_t>(payload.size());
  Segment s = bare(w, d, {});
  s.seq = wire.isn[from] + (from == 0 ? wire.tfo_accepted : 0) + ssn;
  s.payload = payload;
  if (!how.mapped) return s;
  DssFields fields;
  fields.dsn = origin(d) + how.map_offset.value_or(offset);
  fields.dsn_is_64 = how.dsn_is_64;
  fields.ssn = how.map_ssn.value_or(ssn);
  fields.length = static_cast<std::uint16_t>(
      how.map_length.value_or(static_cast<std::uint16_t>(payload.size())) + how.fin);
  fields.fin = how.fin;
  if (checksums) {
    fields.checksum = dss_checksum(fields.dsn, fields.ssn, fields.length, payload);
    if (how.spoil_checksum) fields.checksum = static_cast<std::uint16_t>(*fields.checksum ^ 1);
  }
  if (!fields.dsn_is_64) fields.dsn &= UINT32_MAX;
  s.options = dss(fields);
  return s;
}

Segment Script::capable_data(const Bytes& payload, std::optional<std::uint16_t> mapped) {
  Segment s = data(0, c2s, 0, payload, {.mapped = false});
  CapableFields fields{
      nibble, flags, keys[0], keys[1], mapped.value_or(static_cast<std::uint16_t>(payload.size())), {}};
  if (checksums) fields.checksum = dss_checksum(origin(c2s), 1, *fields.data_length, payload);
  s.options = mp_capable(fields);
  return s;
}

Segment Script::data_fin(std::size_t w, Direction d, std::uint64_t length, bool dsn_is_64) {
  DssFields fields;
  fields.dsn = origin(d) + length;
  if (checksums) fields.checksum = dss_checksum(fields.dsn, 0, 1, {});
  if (!dsn_is_64) fields.dsn &= UINT32_MAX;
  fields.dsn_is_64 = dsn_is_64;
  fields.length = 1;
  fields.fin = true;
  return bare(w, d, dss(fields));
}

Segment Script::bare(std::size_t w, Direction d, const Bytes& options, std::uint8_t tcp_flags) {
  const Wire& wire = wires[w];
  const std::size_t from = side(w, d);
  Segment s;
  s.source = from == 0 ? wire.opener : wire.accepter;
  s.destination = from == 0 ? wire.accepter : wire.opener;
  s.seq = wire.isn[from] + (from == 0 ? wire.tfo_accepted : 0) + wire.next_ssn[from];
  s.ack = wire.isn[1 - from] + (from == 1 ? wire.tfo_accepted : 0) + wire.next_ssn[1 - from];
  s.flags = tcp_flags;
  s.options = options;
  s.path = wire.path;
  return s;
}

std::uint64_t VectorArchive::add(std::span<const std::uint8_t> bytes) {
  const std::uint64_t locator = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return locator;
}

bool VectorArchive::read(std::uint64_t locator, std::span<std::uint8_t> out) {
  ++reads;
  if (lost_ || locator > bytes_.size() || out.size() > bytes_.size() - locator) return false;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(locator), out.size(), out.begin());
  return true;
}

Tracked::Tracked(Memory memory, const TrackerOptions& options, const KeyLog* key_log)
    : with_archive_(memory == Memory::archive) {
  tracker = std::make_unique<MptcpTracker>(options, with_archive_ ? &archive : nullptr, key_log, this);
}

Subflow* Tracked::feed_one(const Segment& s) {
  // Blocks of exactly these sizes: a sanitizer sees whoever keeps a pointer or reads beyond.
  const ExactBuffer options(s.options);
  const ExactBuffer payload(std::span(s.payload).first(s.payload.size() - s.cut));
  SegmentView view;
  view.frame = ++frame_;
  view.time_ns = static_cast<std::int64_t>(frame_) * 1000;
  view.path = s.path;
  view.source = s.source;
  view.destination = s.destination;
  view.seq = s.seq;
  view.ack = s.ack;
  view.flags = s.flags;
  view.options = options.span();
  view.payload = payload.span();
  view.payload_on_wire = static_cast<std::uint32_t>(s.payload.size());
  if (with_archive_) view.locator = archive.add(payload.span());
  return tracker->on_segment(view);
}

Tracked& Tracked::feed(const Segments& segments) {
  for (const Segment& segment : segments) feed(segment);
  return *this;
}

Tracked& Tracked::finish() {
  tracker->finish();
  return *this;
}

std::vector<const Connection*> Tracked::live() const {
  std::vector<const Connection*> out;
  for (const auto& connection : tracker->connections())
    if (!connection->merged && !connection->subflows.empty()) out.push_back(connection.get());
  return out;
}

const Connection& Tracked::only() const {
  const auto connections = live();
  if (connections.size() != 1)
    throw std::runtime_error(std::to_string(connections.size()) + " connections instead of 1");
  return *connections.front();
}

std::uint64_t Tracked::damage() const {
  std::uint64_t sum = 0;
  for (std::size_t kind = 0; kind < anomaly_kinds; ++kind)
    if (is_damage(static_cast<AnomalyKind>(kind))) sum += count(static_cast<AnomalyKind>(kind));
  return sum;
}

void Tracked::on_stream(Connection& connection, Direction d, std::uint64_t offset,
                        std::span<const std::uint8_t> wire, const Extent&) {
  Bytes& so_far = delivered_[{connection.id, index(d)}];
  if (offset != so_far.size()) throw std::runtime_error("stream bytes were not handed on in order");
  so_far.insert(so_far.end(), wire.begin(), wire.end());
}

}  // namespace mps::test
