// SPDX-License-Identifier: GPL-2.0-or-later
// MP_CAPABLE and MP_JOIN (RFC 8684 and RFC 6824, 3.1 and 3.2): which subflows belong together and with which
// keys.
#include <algorithm>

#include "core/mptcp/tracker.h"

namespace mps {
namespace {

/// A later SYN belongs to a subflow that was already seen without one if the bytes seen lie this close behind
/// it.
constexpr std::int32_t max_syn_distance = 1 << 30;

bool bytes_fit(const SubflowDirection& sent, std::uint32_t isn) {
  if (!sent.waiting || sent.waiting->before_isn.empty()) return true;
  const auto distance = static_cast<std::int32_t>(sent.waiting->before_isn.front().seq - isn);
  return distance > 0 && distance < max_syn_distance;
}

/// `carried`: bytes of TCP Fast Open in that SYN. An ISN taken from an answer lies behind those it accepted.
bool syn_fits(const SubflowDirection& sent, std::uint32_t isn, std::uint32_t carried) {
  return sent.isn ? *sent.isn - isn <= carried : bytes_fit(sent, isn);
}

/// Which stream is whose was told the wrong way round.
void swap_streams(Connection& connection) {
  std::swap(connection.streams[0], connection.streams[1]);
  StreamConsumer* consumer = connection.streams[0].consumer();  // these stay with their direction
  connection.streams[0].set_consumer(connection.streams[1].consumer());
  connection.streams[1].set_consumer(consumer);
}

Dsn first_number(const Connection& connection, bool listeners) {
  return Dsn{idsn_of(*connection.keys[listeners], connection.hash)} + 1;
}

}  // namespace

/// The subflow that this SYN opened: seen before, or known by packets that came before their SYN (merged
/// captures, clocks that differ). Null: a new one.
Subflow* MptcpTracker::find_by_syn(const SegmentView& segment, bool capable, bool join) {
  auto* const occupants = find_occupants(segment).occupants;
  if (!occupants) return nullptr;
  for (auto candidate = occupants->rbegin(); candidate != occupants->rend(); ++candidate) {
    Subflow* subflow = candidate->subflow;
    if (!subflow) continue;
    const bool same_way = subflow->opener == segment.source;
    const SubflowDirection& sent = subflow->sent[same_way ? 0 : 1];
    if (subflow->syn_seen && !same_way) continue;
    if (subflow->syn_seen && sent.isn && *sent.isn - subflow->tfo_accepted == segment.seq) return subflow;
    const bool may_be = (capable && !subflow->token) || (join && !subflow->initial);
    if (!may_be || (subflow->syn_seen && subflow->tfo_settled)) continue;
    if (!syn_fits(sent, segment.seq, segment.payload_on_wire)) continue;
    if (!same_way && !turn_around(*subflow)) continue;
    return subflow;
  }
  return nullptr;
}

/// The other end opened it. False if more is known about who is who than a late packet tells.
bool MptcpTracker::turn_around(Subflow& subflow) {
  Connection& connection = *subflow.connection;
  if (subflow.syn_seen || subflow.initial || subflow.token || connection.subflows.size() != 1) return false;
  if (connection.keys[0] || connection.keys[1]) return false;
  std::swap(subflow.opener, subflow.accepter);
  std::swap(subflow.sent[0], subflow.sent[1]);
  swap_streams(connection);
  return true;
}

Subflow* MptcpTracker::on_syn(const SegmentView& segment, const MptcpOptions& options) {
  const auto* capable = options.find<MpCapable>();
  const auto* join = options.find<MpJoinSyn>();
  Subflow* known = find_by_syn(segment, capable != nullptr, join != nullptr);
  if (!capable && !join) {
    if (!known) occupy(segment, nullptr);  // a plain TCP connection on the same ports
    return known;
  }
  Subflow* subflow = known;
  if (!subflow) {
    Connection* connection = nullptr;
    if (join) {
      if (const auto owner = by_token_.find(join->token); owner != by_token_.end())
        connection = owner->second.connection;
      else if (const auto orphan = orphans_.find(join->token); orphan != orphans_.end())
        connection = orphan->second;
    }
    if (!connection) connection = new_connection();
    if (!connection) return nullptr;
    subflow = open_subflow(segment, *connection);
    if (!subflow) return nullptr;
  }
  subflow->syn_seen = true;
  const bool first_syn = subflow->tfo_bytes == 0;
  if (capable) {
    subflow->initial = true;
    subflow->tfo_bytes = std::max(subflow->tfo_bytes, segment.payload_on_wire);
  }
  if (first_syn && subflow->sent[0].isn && !subflow->tfo_settled) {  // from an answer that came before
    subflow->tfo_accepted = *subflow->sent[0].isn - segment.seq;
    subflow->tfo_settled = true;
  }
  set_isn(*subflow, true, segment.seq, false);
  if (subflow->tfo_bytes == 0) subflow->tfo_settled = true;
  if (capable) {
    Connection& connection = *subflow->connection;
    if (!connection.version) {
      // A version 0 SYN carries the key; the version number has been seen to lie.
      connection.version = capable->sender_key ? 0 : 1;
      connection.hash = capable->sender_key ? KeyHash::sha1 : KeyHash::sha256;
      if (capable->version != *connection.version)
        report(AnomalyKind::version_contradiction, segment.frame, *subflow);
    }
  }
  if (join) {
    subflow->token = join->token;
    subflow->opener_nonce = join->nonce;
    subflow->backup = join->backup;
    subflow->address_id = join->address_id;
    join_by_token(*subflow, join->token);
  }
  return subflow;
}

Subflow* MptcpTracker::on_syn_ack(const SegmentView& segment, const MptcpOptions& options, Subflow* subflow) {
  const auto* capable = options.find<MpCapable>();
  const auto* join = options.find<MpJoinSynAck>();
  if (subflow && subflow->accepter == segment.source && subflow->sent[0].isn && subflow->syn_seen &&
      segment.ack - (*subflow->sent[0].isn - subflow->tfo_accepted + 1) > subflow->tfo_bytes)
    subflow = nullptr;  // answers another SYN on the same ports
  if (subflow && subflow->accepter != segment.source && !(turn_around(*subflow))) subflow = nullptr;
  if (subflow && !subflow->syn_seen && !bytes_fit(subflow->sent[1], segment.seq)) subflow = nullptr;
  if (!subflow) {
    if (!capable && !join) return nullptr;
    Connection* connection = new_connection();
    if (!connection) return nullptr;
    subflow = open_subflow(segment, *connection);
    if (!subflow) return nullptr;
    std::swap(subflow->opener, subflow->accepter);
  }
  if (!subflow->sent[0].isn)
    set_isn(*subflow, true, segment.ack - 1, false);  // behind what it accepted
  else
    settle_fast_open(*subflow, segment.ack - 1 - *subflow->sent[0].isn);
  subflow->syn_seen = true;
  set_isn(*subflow, false, segment.seq, false);
  Connection& connection = *subflow->connection;
  if (capable) {
    subflow->initial = true;
  } else if (join) {
    subflow->accepter_nonce = join->nonce;
    subflow->accepter_hmac = join->hmac;
    subflow->backup |= join->backup;
  } else if (subflow->initial && !connection.capable_flags[1] && !connection.keys[1]) {
    if (!connection.fallback) report(AnomalyKind::fallback, segment.frame, *subflow);
    connection.fallback = true;
  }
  return subflow;
}

/// The capture holds no SYN of this subflow (so far).
Subflow* MptcpTracker::open_late(const SegmentView& segment, const MptcpOptions& options) {
  const auto* capable = options.find<MpCapable>();
  if (!capable && !options.find<Dss>() && !options.find<MpJoinAck>()) return nullptr;
  Connection* connection = nullptr;
  if (capable && capable->receiver_key) {
    for (const KeyHash hash : {KeyHash::sha256, KeyHash::sha1})
      if (const auto owner = by_token_.find(token_of(*capable->receiver_key, hash)); owner != by_token_.end())
        connection = owner->second.connection;
  }
  if (!connection) connection = new_connection();
  if (!connection) return nullptr;
  Subflow* subflow = open_subflow(segment, *connection);
  if (!subflow) return nullptr;
  adopt_third_ack(*subflow, segment, options);
  if (!subflow->initial && !subflow->sent[0].isn && segment.destination.port > segment.source.port &&
      segment.source.port < 1024)
    std::swap(subflow->opener, subflow->accepter);  // nothing tells who opened it; a well-known port answers
  return subflow;
}

/// Third ACKs, and the first data with MP_CAPABLE, tell who opened a subflow and both ISNs, should its SYN be
/// missing or come later.
void MptcpTracker::adopt_third_ack(Subflow& subflow, const SegmentView& segment,
                                   const MptcpOptions& options) {
  if (subflow.syn_seen || subflow.token) return;
  const auto* capable = options.find<MpCapable>();
  const bool both_keys = capable && capable->sender_key && capable->receiver_key;
  if (!both_keys && !options.find<MpJoinAck>()) return;
  if (subflow.opener != segment.source && !turn_around(subflow)) return;
  if (both_keys) subflow.initial = true;
  if (segment.payload_on_wire == 0 || !both_keys || capable->data_length == segment.payload_on_wire) {
    set_isn(subflow, true, segment.seq - 1, false);
  } else if (!subflow.sent[0].isn) {
    subflow.sent[0].wait().isn_candidate =
        segment.seq - 1;  // unless it is a later part of a segment that was split
  }
  set_isn(subflow, false, segment.ack - 1, false);
}

// TCP Fast Open (RFC 8684 appendix B): data of the SYN that the listener accepts stands in the stream before
// IDSN + 1, and the subflow's numbers begin behind it. Data that it does not accept is sent again like any
// other.

void MptcpTracker::on_syn_payload(Subflow& subflow, const SegmentView& segment) {
  SubflowDirection& sent = subflow.sent[0];
  ++sent.segments;
  sent.payload_bytes += segment.payload.size();
  if (segment.payload.size() < segment.payload_on_wire) {
    const std::uint32_t cut = segment.payload_on_wire - static_cast<std::uint32_t>(segment.payload.size());
    sent.cut_bytes += cut;
    report(AnomalyKind::payload_cut, segment.frame, subflow, 0, cut);
  }
  if (subflow.tfo_payload || segment.payload.empty()) return;
  const std::uint64_t held = store_.hold(segment, segment.payload);
  if (held == no_locator) {
    report(AnomalyKind::limit_reached, segment.frame, subflow, 0, segment.payload.size());
    return;
  }
  subflow.tfo_payload = std::make_unique<SubflowDirection::Unmapped>(
      SubflowDirection::Unmapped{segment.seq + 1, static_cast<std::uint32_t>(segment.payload.size()), held,
                                 static_cast<std::uint32_t>(segment.frame), true});
  place_fast_open(subflow);
}

void MptcpTracker::settle_fast_open(Subflow& subflow, std::uint32_t accepted) {
  if (subflow.tfo_settled || !subflow.syn_seen || !subflow.sent[0].isn || accepted > subflow.tfo_bytes)
    return;
  subflow.tfo_settled = true;
  subflow.tfo_accepted = accepted;
  *subflow.sent[0].isn += accepted;
  keys_changed(*subflow.connection);
  place_fast_open(subflow);
}

void MptcpTracker::place_fast_open(Subflow& subflow) {
  if (!subflow.tfo_settled || !subflow.tfo_payload) return;
  DataStream& stream = subflow.connection->stream(subflow.stream_direction(true));
  if (subflow.tfo_accepted && !stream.origin_known()) return;
  SubflowDirection::Unmapped syn = *subflow.tfo_payload;
  subflow.tfo_payload.reset();
  if (subflow.tfo_accepted == 0) return retry(subflow, true, syn);
  std::vector<std::uint8_t> bytes(std::min(syn.length, subflow.tfo_accepted));
  if (!store_.read(syn.locator, bytes)) {
    report(AnomalyKind::unreadable_capture, syn.frame, subflow, 0, syn.length);
    return;
  }
  DataStream::Piece piece;
  piece.dsn = stream.origin();
  piece.bytes = bytes;
  piece.locator = syn.locator;
  piece.frame = syn.frame;
  piece.subflow = subflow.index;
  store_.release(syn.locator + bytes.size(), syn.length - bytes.size());
  const auto accepted = stream.accept(piece, store_);
  subflow.sent[0].fresh_bytes += accepted.fresh;
  if (listener_)
    listener_->on_placed(subflow, subflow.stream_direction(true), accepted, bytes.size(), syn.frame);
}

void MptcpTracker::on_capable(Subflow& subflow, bool from_opener, const MpCapable& option,
                              const SegmentView& segment) {
  Connection& connection = *subflow.connection;
  if (!subflow.initial) return;  // MP_CAPABLE on a joined subflow means nothing
  if (!connection.version) {
    connection.version = option.version;
    connection.hash = option.version == 0 ? KeyHash::sha1 : KeyHash::sha256;
  }
  auto& flags = connection.capable_flags[from_opener ? 0 : 1];
  flags = static_cast<std::uint8_t>(flags.value_or(0) | option.flags);
  if (option.sender_key)
    set_key(connection, !from_opener, *option.sender_key, KeySource::handshake, segment.frame);
  if (option.receiver_key)
    set_key(connection, from_opener, *option.receiver_key, KeySource::handshake, segment.frame);
  decide_scrambled(connection);
  if (from_opener && !(segment.flags & tcp_syn) && subflow.sent[0].isn && !subflow.tfo_settled)
    settle_fast_open(subflow, segment.seq - 1 - *subflow.sent[0].isn);
  if (option.data_length && *option.data_length > 0 && connection.keys[!from_opener]) {
    // RFC 8684 3.3: an implicit mapping at IDSN + 1. Repeated on each part when the segment is split below
    // TCP, so it begins with the first subflow byte.
    const Dsn dsn = first_number(connection, !from_opener);
    auto& sent = subflow.sent[from_opener ? 0 : 1];
    if (option.checksum && sent.isn) {
      checksums_of(sent).expect({Ssn{1}, 1, dsn, *option.data_length, *option.data_length, *option.checksum});
    }
    add_mapping(subflow, from_opener, 1, dsn, *option.data_length, segment.frame);
  }
  try_release(connection);
}

void MptcpTracker::set_key(Connection& connection, bool listeners, const Key& key, KeySource source,
                           std::uint64_t frame) {
  auto& known = connection.keys[listeners];
  if (known == key) return;
  if (known) {
    report(AnomalyKind::key_mismatch, frame, *connection.subflows.front());
    return;
  }
  known = key;
  connection.key_source[listeners] = source;
  keys_changed(connection);
}

void MptcpTracker::keys_changed(Connection& connection) {
  for (const bool listeners : {false, true}) {
    if (!connection.keys[listeners] || !connection.version) continue;
    std::uint32_t before = 0;  // bytes that TCP Fast Open put before the first number
    bool settled = true;
    for (const auto& subflow : connection.subflows)
      if (subflow->initial && subflow->stream_direction(true) == both_directions[listeners]) {
        before = std::max(before, subflow->tfo_accepted);
        settled = settled && (subflow->tfo_settled || subflow->tfo_bytes == 0);
      }
    if (settled)
      set_origin(connection, both_directions[listeners], first_number(connection, listeners) - before);
  }
  for (const bool listeners : {false, true}) {
    if (!connection.keys[listeners]) continue;
    for (const KeyHash hash : {KeyHash::sha1, KeyHash::sha256}) {
      const std::uint32_t token = token_of(*connection.keys[listeners], hash);
      by_token_.try_emplace(token, TokenOwner{&connection, listeners});
      const auto orphan = orphans_.find(token);
      if (orphan == orphans_.end() || orphan->second == &connection) continue;
      Connection& found = *orphan->second;
      orphans_.erase(orphan);
      // The token is the accepter's.
      merge(found, connection, found.subflows.front()->opener_is_initiator != listeners);
    }
  }
  for (const auto& subflow : connection.subflows)
    if (subflow->initial) place_fast_open(*subflow);
}

void MptcpTracker::decide_scrambled(Connection& connection) {
  for (const Direction d : both_directions) {
    const DataStream& stream = connection.stream(d);  // once bytes were handed on there is no way back
    if (stream.released() && (stream.contiguous() > 0 || !connection.sender_key(d))) return;
  }
  const bool scrambled_before = connection.scrambled;
  const Scheme scheme_before = connection.scheme;
  switch (listener_ ? listener_->rule_for(connection, options_.scrambled) : options_.scrambled) {
    case ScrambleRule::assume:
      connection.scrambled = true;
      break;
    case ScrambleRule::never:
      connection.scrambled = false;
      break;
    case ScrambleRule::flag:
      connection.announced = announced_scheme(connection);
      // Only scrambling endpoints write a key log, so it stands in for a handshake that is not in the
      // capture, and for a flag that the capturing host had taken off again.
      connection.scrambled = connection.announced || named_by_key_log(connection);
  }
  connection.scheme = options_.scheme.value_or(announced_scheme(connection).value_or(Scheme::paper));
  if (connection.fallback) connection.scrambled = false;
  // A stream that was let go decodes with the keys there are: nothing may ask for more of them now.
  for (const Direction d : both_directions) {
    if (!connection.stream(d).released() || !connection.scrambled || connection.has_keys_for(d)) continue;
    connection.scrambled = scrambled_before;
    connection.scheme = scheme_before;
    return;
  }
}

/// Offered and accepted; if the capture holds only one of the two, that one counts.
std::optional<Scheme> MptcpTracker::announced_scheme(const Connection& connection) const {
  std::uint8_t common = 0xff;
  bool any = false;
  for (const auto& flags : connection.capable_flags) {
    if (!flags) continue;
    any = true;
    common &= *flags;
  }
  if (any)
    for (const Scheme scheme : all_schemes)
      if (common & options_.flags.of(scheme)) return scheme;
  return std::nullopt;
}

bool MptcpTracker::named_by_key_log(const Connection& connection) const {
  if (!key_log_ || key_log_->size() == 0) return false;
  for (const bool listeners : {false, true}) {
    const auto& key = connection.keys[listeners];
    if (!key) continue;
    const auto match = key_log_->find_token(token_of(*key, connection.hash));
    if (match && (match->token_is_listeners ? match->keys.listener : match->keys.initiator) == *key)
      return true;
  }
  return false;
}

void MptcpTracker::join_by_token(Subflow& subflow, std::uint32_t token) {
  Connection& connection = *subflow.connection;
  if (const auto owner = by_token_.find(token); owner != by_token_.end()) {
    Connection& target = *owner->second.connection;
    // The token is that of the host that receives the SYN, so the opener is the other one.
    const bool opener_is_initiator = owner->second.listeners;
    if (&target == &connection) {
      if (subflow.sent[0].payload_bytes + subflow.sent[1].payload_bytes == 0)
        subflow.opener_is_initiator = opener_is_initiator;
      return;
    }
    merge(connection, target, subflow.opener_is_initiator != opener_is_initiator);
    return;
  }
  if (const auto orphan = orphans_.find(token); orphan != orphans_.end()) {
    if (orphan->second != &connection) merge(connection, *orphan->second, !subflow.opener_is_initiator);
    return;
  }
  if (connection.keys[0] || connection.keys[1]) return;
  connection.orphan_token = token;
  orphans_.emplace(token, &connection);
  decide_scrambled(connection);
  look_up_key_log(connection);
}

void MptcpTracker::look_up_key_log(Connection& connection) {
  if (!key_log_) return;
  if (connection.orphan_token) {
    if (const auto match = key_log_->find_token(*connection.orphan_token)) {
      connection.hash = match->hash;
      connection.version = match->hash == KeyHash::sha1 ? 0 : 1;
      orphans_.erase(*connection.orphan_token);
      connection.orphan_token.reset();
      if (connection.subflows.front()->opener_is_initiator !=
          match->token_is_listeners) {  // the token is the accepter's
        for (const auto& subflow : connection.subflows)
          subflow->opener_is_initiator = !subflow->opener_is_initiator;
        swap_streams(connection);
      }
      set_key(connection, false, match->keys.initiator, KeySource::key_log, 0);
      set_key(connection, true, match->keys.listener, KeySource::key_log, 0);
    }
  } else if (connection.keys[0].has_value() != connection.keys[1].has_value()) {
    if (const auto pair =
            key_log_->find_key(connection.keys[0] ? *connection.keys[0] : *connection.keys[1])) {
      set_key(connection, false, pair->initiator, KeySource::key_log, 0);
      set_key(connection, true, pair->listener, KeySource::key_log, 0);
    }
  }
  if (connection.keys[0] && connection.keys[1]) {
    decide_scrambled(connection);
    try_release(connection);
  }
}

/// `orphan` is part of `into`. `swapped`: its initiator is the other's listener.
void MptcpTracker::merge(Connection& orphan, Connection& into, bool swapped) {
  const auto first = static_cast<std::uint16_t>(into.subflows.size());
  if (into.subflows.size() + orphan.subflows.size() > subflow_limit()) {
    refuse_subflow(into, 0, orphan.subflows.size());
    return;
  }
  for (const Direction d : both_directions) {  // numbers of which only 32 bits were known on this side
    const Direction to = swapped ? opposite(d) : d;
    if (!orphan.stream(d).any_dsn_seen() || orphan.stream(d).is_short()) continue;
    if (const std::uint64_t shift = into.stream(to).widen(orphan.stream(d).newest())) rebase(into, to, shift);
  }
  for (auto& subflow : orphan.subflows) {
    subflow->connection = &into;
    subflow->index = static_cast<std::uint16_t>(into.subflows.size());
    if (swapped) subflow->opener_is_initiator = !subflow->opener_is_initiator;
    into.subflows.push_back(std::move(subflow));
  }
  orphan.subflows.clear();
  orphan.merged = true;
  for (const Direction d : both_directions) {
    const Direction to = swapped ? opposite(d) : d;
    std::vector<std::uint64_t> fresh(into.subflows.size() - first);
    orphan.stream(d).move_to(into.stream(to), store_, first, fresh);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      Subflow& subflow = *into.subflows[first + i];
      subflow.sent[subflow.stream_direction(true) == to ? 0 : 1].fresh_bytes = fresh[i];
    }
    rebase(into, to, 0, first);  // and on that one
  }
  if (orphan.orphan_token) orphans_.erase(*orphan.orphan_token);
  into.addresses_announced += orphan.addresses_announced;
  into.addresses_removed += orphan.addresses_removed;
  into.mp_prio += orphan.mp_prio;
  into.fastclose |= orphan.fastclose;
  into.infinite_mapping |= orphan.infinite_mapping;
}

void MptcpTracker::check_join_hmacs(Connection& connection) {
  if (!connection.keys[0] || !connection.keys[1]) return;
  for (const auto& subflow : connection.subflows) {
    if (!subflow->opener_nonce || !subflow->accepter_nonce) continue;
    const Key& opener_key = *connection.keys[subflow->opener_is_initiator ? 0 : 1];
    const Key& accepter_key = *connection.keys[subflow->opener_is_initiator ? 1 : 0];
    const auto judge = [&](std::size_t who, const Key& own, const Key& peer, std::uint32_t own_nonce,
                           std::uint32_t peer_nonce, const auto& received) {
      if (!received || subflow->hmac_checked[who] != Subflow::Hmac::not_checked) return;
      const auto wanted = join_hmac(own, peer, own_nonce, peer_nonce, connection.hash);
      const bool right = std::equal(received->begin(), received->end(), wanted.begin());
      subflow->hmac_checked[who] = right ? Subflow::Hmac::right : Subflow::Hmac::wrong;
      if (!right) report(AnomalyKind::join_hmac_wrong, subflow->first_frame, *subflow);
    };
    judge(0, opener_key, accepter_key, *subflow->opener_nonce, *subflow->accepter_nonce,
          subflow->opener_hmac);
    judge(1, accepter_key, opener_key, *subflow->accepter_nonce, *subflow->opener_nonce,
          subflow->accepter_hmac);
  }
}

}  // namespace mps
