// SPDX-License-Identifier: GPL-2.0-or-later
// DSS options and the other signals of an established connection (RFC 8684 3.3 to 3.7).
#include <algorithm>
#include <cstdlib>

#include "core/hardened/dss_tag.h"
#include "core/mptcp/tracker.h"

namespace mps {

void MptcpTracker::on_dss(Subflow& subflow, bool from_opener, const Dss& dss, const SegmentView& segment) {
  if (dss.data_ack) on_data_ack(subflow, from_opener, *dss.data_ack, dss.data_ack_is_64);
  if (!dss.mapping) {
    // A DATA_FIN without mapping cannot be placed (RFC 8684 3.3.3 asks for one).
    return;
  }
  const DssMapping& mapping = *dss.mapping;
  Connection& connection = *subflow.connection;
  const Direction direction = subflow.stream_direction(from_opener);
  DataStream& stream = connection.stream(direction);
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  settle_hash(connection, direction, mapping.dsn, mapping.dsn_is_64);

  if (mapping.dsn_is_64 && stream.is_short()) rebase(connection, direction, stream.widen(Dsn{mapping.dsn}));
  const Dsn dsn =
      mapping.dsn_is_64 ? Dsn{mapping.dsn} : stream.extend(static_cast<std::uint32_t>(mapping.dsn));
  if (stream.is_implausible(dsn)) {
    report(AnomalyKind::implausible_dsn, segment.frame, subflow, mapping.dsn);
    return;
  }
  stream.note(dsn);

  if (mapping.length == 0) {
    if (!connection.infinite_mapping) report(AnomalyKind::infinite_mapping, segment.frame, subflow);
    connection.infinite_mapping = true;
    add_mapping(subflow, from_opener, mapping.ssn, dsn, infinite_length, segment.frame);
    return;
  }
  const std::uint16_t payload_length = static_cast<std::uint16_t>(mapping.length - (dss.data_fin ? 1 : 0));
  if (dss.data_fin && !stream.set_fin(dsn + payload_length))
    report(AnomalyKind::data_after_fin, segment.frame, subflow,
           (dsn + payload_length).value - stream.origin().value);
  // The checksum is over all 64 bits of the number.
  const bool number_known = mapping.dsn_is_64 || !stream.is_short();
  if (payload_length > 0) {
    if (!sent.isn) guess_isn(subflow, from_opener, mapping, payload_length, segment);
    if (mapping.checksum && sent.isn && number_known) {
      const Ssn ssn{extend_32(sent.seen_to.value, mapping.ssn)};
      checksums_of(sent).expect({ssn, mapping.ssn, dsn, mapping.length, payload_length, *mapping.checksum});
    }
    add_mapping(subflow, from_opener, mapping.ssn, dsn, payload_length, segment.frame);
  } else if (mapping.checksum && number_known) {
    const auto judged =
        checksums_of(sent).expect({Ssn{0}, mapping.ssn, dsn, mapping.length, 0, *mapping.checksum});
    if (judged) judge(*judged, subflow, from_opener, segment.frame);
  }
  try_release(connection);
}

void MptcpTracker::on_data_ack(Subflow& subflow, bool from_opener, std::uint64_t number, bool is_64) {
  DataStream& stream = subflow.connection->stream(subflow.stream_direction(!from_opener));
  stream.acknowledge(is_64 ? Dsn{number} : stream.extend(static_cast<std::uint32_t>(number)));
}

DssChecksums& MptcpTracker::checksums_of(SubflowDirection& sent) {
  if (!sent.checksums)
    sent.checksums = std::make_unique<DssChecksums>(options_.tags ? &kept_payload_ : nullptr);
  return *sent.checksums;
}

/// Counts a checksum, or under TrackerOptions::tags a tag, if there are the keys to tell.
void MptcpTracker::judge(const DssChecksumResult& result, Subflow& subflow, bool from_opener,
                         std::uint64_t frame) {
  const Connection& connection = *subflow.connection;
  const Direction direction = subflow.stream_direction(from_opener);
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  bool right = result.right;
  if (options_.tags) {
    if (!connection.keys[0] || !connection.keys[1] || !DssTag::is_available()) {
      ++sent.tags_not_judged;
      return;
    }
    const DssTag tag(
        {{*connection.keys[0], *connection.keys[1]}, direction == Direction::listener_to_initiator});
    right = tag.of(result.dsn.value, result.ssn_on_wire, result.length, result.payload) == result.checksum;
  }
  ++(right ? sent.checksums_right : sent.checksums_wrong);
  if (!right)
    report(AnomalyKind::dss_checksum_wrong, frame, subflow,
           result.dsn.value - connection.stream(direction).origin().value);
}

void MptcpTracker::add_mapping(Subflow& subflow, bool from_opener, std::uint32_t ssn, Dsn dsn,
                               std::uint64_t length, std::uint64_t frame) {
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  constexpr std::size_t max_waiting = 65536;
  if (!sent.isn) {
    auto& waiting = sent.wait().mappings;
    if (!waiting.empty() && waiting.back().ssn == ssn && waiting.back().length == length) return;
    if (waiting.size() == max_waiting) report(AnomalyKind::limit_reached, frame, subflow, 0, length);
    if (waiting.size() <= max_waiting) waiting.push_back({ssn, dsn, length});  // one more: it was reported
    return;
  }
  const Ssn begin{extend_32(sent.seen_to.value, ssn)};
  if (static_cast<std::int64_t>(begin.value) < 1) return;
  const DataStream& stream = subflow.connection->stream(subflow.stream_direction(from_opener));
  switch (sent.mappings.add({begin, stream.resolve(dsn), length})) {
    case MappingTable::Added::conflicting:
      report(AnomalyKind::conflicting_mapping, frame, subflow, ssn);
      [[fallthrough]];
    case MappingTable::Added::new_mapping:
      retry_unmapped(subflow, from_opener, begin, length);
      break;
    case MappingTable::Added::known:
      break;
  }
}

void MptcpTracker::set_origin(Connection& connection, Direction direction, Dsn first_byte) {
  DataStream& stream = connection.stream(direction);
  if (stream.origin_known() && !stream.is_short()) return;  // known in full
  rebase(connection, direction, stream.set_origin(first_byte, store_));
}

/// Numbers of which only 32 bits were known have become `shift` more, or can be completed now; those of
/// subflows before `first` are complete.
void MptcpTracker::rebase(Connection& connection, Direction direction, std::uint64_t shift,
                          std::size_t first) {
  const DataStream& stream = connection.stream(direction);
  if (shift == 0 && stream.is_short()) return;  // nothing new: said in every packet, this must cost nothing
  const auto anew = [&](Dsn dsn) { return stream.resolve(dsn + shift); };
  for (const auto& subflow : std::span(connection.subflows).subspan(first)) {
    SubflowDirection& sent = subflow->sent[subflow->stream_direction(true) == direction ? 0 : 1];
    sent.mappings.rebase(anew);
    if (!sent.waiting) continue;
    for (auto& mapping : sent.waiting->mappings) mapping.dsn = anew(mapping.dsn);
  }
}

/// A mapping as long as the payload of its own segment most likely begins with it.
void MptcpTracker::guess_isn(Subflow& subflow, bool from_opener, const DssMapping& mapping,
                             std::uint16_t payload_length, const SegmentView& segment) {
  if (payload_length != segment.payload_on_wire || mapping.ssn == 0) return;
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  const std::uint32_t isn = segment.seq - mapping.ssn;
  if (sent.wait().isn_candidate == isn) {  // said twice
    report(AnomalyKind::isn_guessed, segment.frame, subflow);
    set_isn(subflow, from_opener, isn, true);
  } else {
    sent.waiting->isn_candidate = isn;
  }
}

/// Both hashes give an IDSN; the data tells which one the connection uses, should the handshake have lied.
void MptcpTracker::settle_hash(Connection& connection, Direction direction, std::uint64_t dsn, bool is_64) {
  const auto& key = connection.sender_key(direction);
  DataStream& stream = connection.stream(direction);
  if (!key || stream.any_dsn_seen()) return;
  const auto distance = [&](KeyHash hash) {
    const std::uint64_t origin = idsn_of(*key, hash) + 1;
    const auto d = is_64 ? static_cast<std::int64_t>(dsn - origin)
                         : static_cast<std::int64_t>(static_cast<std::int32_t>(
                               static_cast<std::uint32_t>(dsn) - static_cast<std::uint32_t>(origin)));
    return d < 0 ? static_cast<std::uint64_t>(-(d + 1)) : static_cast<std::uint64_t>(d);
  };
  const KeyHash other = connection.hash == KeyHash::sha1 ? KeyHash::sha256 : KeyHash::sha1;
  // A stream begins near its IDSN; a hash that misses is anywhere in 2^64 or 2^32.
  constexpr std::uint64_t near = std::uint64_t{1} << 20;
  if (stream.origin_known() && (distance(connection.hash) < near || distance(other) >= near)) return;
  if (stream.origin_known()) {
    connection.hash = other;
    connection.version = other == KeyHash::sha1 ? 0 : 1;
    for (const Direction d : both_directions)
      if (connection.sender_key(d) && !connection.stream(d).any_dsn_seen()) {
        const bool keep = options_.keep_extents;
        StreamConsumer* consumer = connection.stream(d).consumer();
        connection.stream(d) = DataStream{};
        connection.stream(d).keep_extents(keep);
        connection.stream(d).set_consumer(consumer);
      }
    keys_changed(connection);
    if (!connection.subflows.empty())
      report(AnomalyKind::version_contradiction, 0, *connection.subflows.front());
  }
}

void MptcpTracker::try_release(Connection& connection) {
  if (connection.scrambled && !is_available(connection.scheme) && !connection.scheme_refused) {
    connection.scheme_refused = true;
    report(AnomalyKind::scheme_unavailable, 0, *connection.subflows.front());
  }
  for (const Direction d : both_directions) {
    DataStream& stream = connection.stream(d);
    if (stream.released() || !stream.origin_known()) continue;
    if (connection.scrambled && !connection.can_decode(d)) continue;
    // Without MP_CAPABLE from either side the flag rule has nothing to go by (a joined subflow, keys from a
    // log).
    stream.release(store_);
  }
}

void MptcpTracker::on_other_option(Subflow& subflow, bool from_opener, const MptcpOption& option,
                                   const SegmentView& segment) {
  Connection& connection = *subflow.connection;
  if (const auto* ack = std::get_if<MpJoinAck>(&option)) {
    if (from_opener) subflow.opener_hmac = ack->hmac;
  } else if (std::holds_alternative<AddAddr>(option)) {
    ++connection.addresses_announced;
  } else if (const auto* removed = std::get_if<RemoveAddr>(&option)) {
    connection.addresses_removed += removed->count;
  } else if (const auto* prio = std::get_if<MpPrio>(&option)) {
    ++connection.mp_prio;
    if (!prio->address_id) subflow.backup = prio->backup;
  } else if (const auto* fail = std::get_if<MpFail>(&option)) {
    report(AnomalyKind::mp_fail, segment.frame, subflow, fail->dsn);
  } else if (std::holds_alternative<MpFastclose>(option)) {
    if (!connection.fastclose) report(AnomalyKind::fastclose, segment.frame, subflow);
    connection.fastclose = true;
  } else if (const auto* reset = std::get_if<MpTcpRst>(&option)) {
    if (!subflow.reset) report(AnomalyKind::subflow_reset, segment.frame, subflow, reset->reason);
    subflow.reset = true;
  } else if (const auto* unknown = std::get_if<MpUnknown>(&option)) {
    report(AnomalyKind::damaged_options, segment.frame, subflow, unknown->subtype, unknown->length);
  }
}

/// RFC 8684 3.7: a connection whose first subflow never says anything in DSS is plain TCP.
void MptcpTracker::finish_fallback(Connection& connection) {
  for (const auto& subflow : connection.subflows) {
    if (!subflow->initial || !subflow->syn_seen || connection.subflows.size() != 1) continue;
    if (!subflow->sent[0].mappings.empty() || !subflow->sent[1].mappings.empty()) continue;
    const auto is_unmapped = [](const SubflowDirection& sent) {
      return sent.waiting && !sent.waiting->unmapped.empty();
    };
    if (std::none_of(subflow->sent.begin(), subflow->sent.end(), is_unmapped) && !subflow->tfo_payload)
      continue;
    if (!connection.fallback) report(AnomalyKind::fallback, 0, *subflow);
    connection.fallback = true;
    connection.scrambled = false;
    for (const bool from_opener : {true, false}) {
      DataStream& stream = connection.stream(subflow->stream_direction(from_opener));
      const std::uint32_t before = from_opener ? subflow->tfo_accepted : 0;
      if (!stream.origin_known()) stream.set_origin(Dsn{1} - before, store_);
      add_mapping(*subflow, from_opener, 1, stream.origin() + before, infinite_length, 0);
    }
    place_fast_open(*subflow);
  }
}

}  // namespace mps
