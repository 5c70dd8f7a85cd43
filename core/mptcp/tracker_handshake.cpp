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

bool syn_fits(const SubflowDirection& sent, std::uint32_t isn) {
  if (sent.isn) return *sent.isn == isn;
  if (sent.unmapped.empty()) return true;
  const auto distance = static_cast<std::int32_t>(sent.unmapped.front().seq - isn);
  return distance > 0 && distance < max_syn_distance;
}

}  // namespace

Subflow* MptcpTracker::on_syn(const SegmentView& segment, const MptcpOptions& options) {
  const auto* capable = options.find<MpCapable>();
  const auto* join = options.find<MpJoinSyn>();
  Subflow* known = find_subflow(segment);
  if (known && known->opener == segment.source && known->sent[0].isn == segment.seq && known->syn_seen)
    return known;  // retransmitted
  if (known && !known->syn_seen && (capable || join)) {
    // Packets of this subflow came before its SYN: merged captures, or clocks that differ.
    const bool same_way = known->opener == segment.source;
    if (!same_way && known->accepter == segment.source) {
      std::swap(known->opener, known->accepter);
      std::swap(known->sent[0], known->sent[1]);
      known->opener_is_initiator = !known->opener_is_initiator;
    }
    if (!syn_fits(known->sent[0], segment.seq)) known = nullptr;
  } else {
    known = nullptr;
  }
  if (!capable && !join) {
    // A plain TCP connection takes over the ports: what follows is not MPTCP.
    const bool ordered = segment.source <= segment.destination;
    by_tuple_.erase(
        {ordered ? segment.source : segment.destination, ordered ? segment.destination : segment.source});
    last_found_ = nullptr;
    return nullptr;
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
  set_isn(*subflow, true, segment.seq, false);
  if (capable) {
    subflow->initial = true;
    Connection& connection = *subflow->connection;
    if (!connection.version) {
      // A version 0 SYN carries the key; the version number has been seen to lie.
      connection.version = capable->sender_key ? 0 : 1;
      connection.hash = capable->sender_key ? KeyHash::sha1 : KeyHash::sha256;
      if (capable->version != *connection.version)
        report(AnomalyKind::version_contradiction, segment.frame, *subflow);
    }
    subflow->tfo_bytes = segment.payload_on_wire;
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
  if (subflow && subflow->accepter == segment.source && subflow->sent[0].isn &&
      *subflow->sent[0].isn + 1 + subflow->tfo_bytes != segment.ack &&
      *subflow->sent[0].isn + 1 != segment.ack)
    subflow = nullptr;  // answers another SYN on the same ports
  if (!subflow) {
    if (!capable && !join) return nullptr;
    Connection* connection = new_connection();
    if (!connection) return nullptr;
    subflow = open_subflow(segment, *connection);
    if (!subflow) return nullptr;
    std::swap(subflow->opener, subflow->accepter);
    set_isn(*subflow, true, segment.ack - 1, false);
  }
  if (subflow->accepter != segment.source && !subflow->syn_seen && (capable || join)) {
    std::swap(subflow->opener, subflow->accepter);
    std::swap(subflow->sent[0], subflow->sent[1]);
    subflow->opener_is_initiator = !subflow->opener_is_initiator;
  }
  subflow->syn_seen = true;
  set_isn(*subflow, subflow->accepter != segment.source, segment.seq, false);
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
  if (capable && capable->sender_key) {
    subflow->initial = true;
    // The third ACK and the first data both begin with the first subflow byte.
    set_isn(*subflow, true, segment.seq - 1, false);
    set_isn(*subflow, false, segment.ack - 1, false);
  } else if (options.find<MpJoinAck>()) {
    set_isn(*subflow, true, segment.seq - 1, false);
    set_isn(*subflow, false, segment.ack - 1, false);
  } else if (segment.destination.port > segment.source.port && segment.source.port < 1024) {
    // Nothing tells who opened it; a well-known port answers.
    std::swap(subflow->opener, subflow->accepter);
  }
  return subflow;
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
  if (option.data_length && *option.data_length > 0 && subflow.sent[from_opener ? 0 : 1].isn) {
    // RFC 8684 3.3: an implicit mapping at IDSN + 1. Repeated on each part when the segment is split below
    // TCP, so it begins with the first subflow byte, or behind the data of a TCP Fast Open.
    const std::uint32_t relative = segment.seq - *subflow.sent[from_opener ? 0 : 1].isn;
    const bool behind_tfo = from_opener && subflow.tfo_bytes && relative >= 1 + subflow.tfo_bytes;
    const std::uint32_t ssn = behind_tfo ? 1 + subflow.tfo_bytes : 1;
    const DataStream& stream = connection.stream(subflow.stream_direction(from_opener));
    if (stream.origin_known()) {
      add_mapping(subflow, from_opener, ssn, stream.origin() + (ssn - 1), *option.data_length, segment.frame);
      if (option.checksum) {
        auto& sent = subflow.sent[from_opener ? 0 : 1];
        if (!sent.checksums) sent.checksums = std::make_unique<DssChecksums>();
        sent.checksums->expect({Ssn{ssn}, ssn, stream.origin() + (ssn - 1), *option.data_length,
                                *option.data_length, *option.checksum});
      }
    }
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
  for (const bool listeners : {false, true})
    if (connection.keys[listeners] && connection.version)
      connection.streams[listeners].set_origin(Dsn{idsn_of(*connection.keys[listeners], connection.hash)} +
                                               1);
  for (const bool listeners : {false, true}) {
    if (!connection.keys[listeners]) continue;
    for (const KeyHash hash : {KeyHash::sha1, KeyHash::sha256}) {
      const std::uint32_t token = token_of(*connection.keys[listeners], hash);
      by_token_.try_emplace(token, TokenOwner{&connection, listeners});
      const auto orphan = orphans_.find(token);
      if (orphan == orphans_.end() || orphan->second == &connection) continue;
      Connection& found = *orphan->second;
      orphans_.erase(orphan);
      merge(found, connection, !listeners);  // an orphan takes the receiver of its MP_JOIN for the listener
    }
  }
  // TCP Fast Open: the SYN's payload are the first bytes of the stream (RFC 8684, appendix B).
  for (const auto& subflow : connection.subflows)
    if (subflow->initial && subflow->tfo_bytes &&
        connection.stream(subflow->stream_direction(true)).origin_known())
      add_mapping(*subflow, true, 1, connection.stream(subflow->stream_direction(true)).origin(),
                  subflow->tfo_bytes, subflow->first_frame);
}

void MptcpTracker::decide_scrambled(Connection& connection) {
  for (const Direction d : both_directions) {
    const DataStream& stream = connection.stream(d);  // once bytes were handed on there is no way back
    if (stream.released() && (stream.contiguous() > 0 || !connection.sender_key(d))) return;
  }
  switch (listener_ ? listener_->rule_for(connection, options_.scrambled) : options_.scrambled) {
    case ScrambleRule::assume:
      connection.scrambled = true;
      break;
    case ScrambleRule::never:
      connection.scrambled = false;
      break;
    case ScrambleRule::flag: {
      // Offered and accepted; if the capture holds only one of the two, that one counts.
      bool all = true;
      bool any = false;
      for (const auto& flags : connection.capable_flags) {
        if (!flags) continue;
        any = true;
        all = all && (*flags & options_.flag_bit);
      }
      connection.scrambled_by_flag = any && all;
      // Only scrambling endpoints write a key log, so it stands in for a handshake that is not in the
      // capture, and for a flag that the capturing host had taken off again.
      connection.scrambled = connection.scrambled_by_flag || named_by_key_log(connection);
    }
  }
  if (connection.fallback) connection.scrambled = false;
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
      if (!match->token_is_listeners) {  // so the listener opened it
        for (const auto& subflow : connection.subflows)
          subflow->opener_is_initiator = !subflow->opener_is_initiator;
        std::swap(connection.streams[0], connection.streams[1]);
        StreamConsumer* consumer = connection.streams[0].consumer();  // these stay with their direction
        connection.streams[0].set_consumer(connection.streams[1].consumer());
        connection.streams[1].set_consumer(consumer);
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
  if (into.subflows.size() + orphan.subflows.size() > max_subflows) return;
  for (auto& subflow : orphan.subflows) {
    subflow->connection = &into;
    subflow->index = static_cast<std::uint16_t>(into.subflows.size());
    if (swapped) subflow->opener_is_initiator = !subflow->opener_is_initiator;
    into.subflows.push_back(std::move(subflow));
  }
  orphan.subflows.clear();
  orphan.merged = true;
  for (const Direction d : both_directions) {
    DataStream& target = into.stream(swapped ? opposite(d) : d);
    orphan.stream(d).move_to(target, store_, first);
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
