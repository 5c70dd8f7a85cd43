// SPDX-License-Identifier: GPL-2.0-or-later
// Segments to subflows, payload to streams. The handshake is in tracker_handshake.cpp, DSS in
// tracker_dss.cpp.
#include "core/mptcp/tracker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace mps {
namespace {

constexpr std::size_t max_unmapped = std::size_t{1} << 22;
/// A mapping looks at the payload that waits for one, which is nothing or a window's worth. Segments that
/// overlap each other by design, mapped byte by byte, would make that quadratic.
constexpr std::uint64_t looks_a_segment = 256;
constexpr std::uint64_t looks_for_free = 100'000;

}  // namespace

std::size_t MptcpTracker::TupleHash::operator()(const Tuple& tuple) const {
  std::array<std::uint8_t, 2 * (16 + 2)> text;
  auto* out = text.data();
  for (const Endpoint* end : {&tuple.low, &tuple.high}) {
    out = std::copy(end->address.bytes.begin(), end->address.bytes.end(), out);
    std::memcpy(out, &end->port, sizeof end->port);
    out += sizeof end->port;
  }
  return keyed_hash(text);
}

MptcpTracker::MptcpTracker(const TrackerOptions& options, PayloadArchive* archive, const KeyLog* key_log,
                           TrackerListener* listener)
    : options_(options), store_(archive, options.max_copied_bytes), key_log_(key_log), listener_(listener) {}

MptcpTracker::~MptcpTracker() = default;

void MptcpTracker::report(AnomalyKind kind, std::uint64_t frame, const Subflow& subflow, std::uint64_t value,
                          std::uint64_t count) {
  const Anomaly anomaly{kind, frame, subflow.connection->id, subflow.index, value, count};
  anomalies_.add(anomaly);
  if (listener_) listener_->on_anomaly(anomaly);
}

Connection* MptcpTracker::new_connection() {
  if (connections_.size() >= options_.max_connections) {
    ++refused_connections_;
    return nullptr;
  }
  auto connection = std::make_unique<Connection>();
  connection->id = static_cast<std::uint32_t>(connections_.size());
  for (const Direction d : both_directions) connection->stream(d).keep_extents(options_.keep_extents);
  for (const Direction d : both_directions) {
    forwarders_.emplace_back(*connection, d, listener_);
    connection->stream(d).set_consumer(&forwarders_.back());
  }
  connections_.push_back(std::move(connection));
  return connections_.back().get();
}

void MptcpTracker::refuse_subflow(Connection& connection, std::uint64_t frame, std::size_t count) {
  refused_connections_ += count;
  if (connection.refused_subflows == 0 && !connection.subflows.empty())
    report(AnomalyKind::limit_reached, frame, *connection.subflows.front(), connection.subflows.size());
  connection.refused_subflows += count;
}

Subflow* MptcpTracker::open_subflow(const SegmentView& segment, Connection& connection) {
  if (connection.subflows.size() >= subflow_limit() || subflows_in_all_ >= options_.max_subflows_in_all) {
    refuse_subflow(connection, segment.frame, 1);
    return nullptr;
  }
  ++subflows_in_all_;
  auto subflow = std::make_unique<Subflow>();
  subflow->connection = &connection;
  subflow->index = static_cast<std::uint16_t>(connection.subflows.size());
  subflow->opener = segment.source;
  subflow->accepter = segment.destination;
  subflow->path = segment.path;
  subflow->first_frame = segment.frame;
  subflow->first_time_ns = segment.time_ns;
  Subflow* raw = subflow.get();
  connection.subflows.push_back(std::move(subflow));
  occupy(segment, raw);
  return raw;
}

void MptcpTracker::occupy(const SegmentView& segment, Subflow* subflow) {
  constexpr std::size_t max_occupants = 16;
  const bool ordered = segment.source <= segment.destination;
  const Tuple tuple{ordered ? segment.source : segment.destination,
                    ordered ? segment.destination : segment.source};
  const auto place = by_tuple_.find(tuple);
  if (!subflow && place == by_tuple_.end()) return;  // plain TCP matters only where it follows MPTCP
  auto& occupants = place == by_tuple_.end() ? by_tuple_[tuple] : place->second;
  if (occupants.size() >= max_occupants) {  // forged SYNs go first
    const auto idle =
        std::find_if(occupants.begin(), occupants.end(), [](const Occupant& o) { return !o.answered; });
    occupants.erase(idle == occupants.end() ? occupants.begin() : idle);
  }
  Occupant occupant;
  occupant.subflow = subflow;
  const bool syn = segment.flags & tcp_syn;
  occupant.answered = !syn || (segment.flags & tcp_ack);
  occupant.next[ordered ? 0 : 1] = segment.seq + segment.payload_on_wire + (syn ? 1 : 0);
  if (segment.flags & tcp_ack) occupant.next[ordered ? 1 : 0] = segment.ack;
  occupants.push_back(occupant);
}

MptcpTracker::Place MptcpTracker::find_occupants(const SegmentView& segment) {
  const Endpoint& source = segment.source;
  const Endpoint& destination = segment.destination;
  // The same for both directions.
  const unsigned slot =
      source.port + destination.port + source.address.bytes[15] + destination.address.bytes[15];
  RecentTuple& recent = recent_tuples_[slot % recent_tuples_.size()];
  if (recent.occupants) {
    if (recent.tuple.low == source && recent.tuple.high == destination) return {recent.occupants, 0};
    if (recent.tuple.low == destination && recent.tuple.high == source) return {recent.occupants, 1};
  }
  const bool ordered = source <= destination;
  const Tuple tuple{ordered ? source : destination, ordered ? destination : source};
  const auto found = by_tuple_.find(tuple);
  if (found == by_tuple_.end()) return {};
  recent = {tuple, &found->second};
  return {&found->second, ordered ? std::size_t{0} : std::size_t{1}};
}

/// Ports are reused, and SYNs are forged: a segment belongs to whom it continues best.
Subflow* MptcpTracker::find_subflow(const SegmentView& segment) {
  const auto [occupants, from] = find_occupants(segment);
  if (!occupants) return nullptr;
  const auto between = [](std::uint32_t a, std::uint32_t b) { return std::min<std::uint32_t>(a - b, b - a); };
  Occupant* best = nullptr;
  std::uint32_t least = 0;
  for (auto candidate = occupants->rbegin(); candidate != occupants->rend(); ++candidate) {
    std::uint32_t distance = UINT32_MAX;
    if (candidate->next[from])
      distance = between(segment.seq, *candidate->next[from]);
    else if (candidate->next[1 - from] && (segment.flags & tcp_ack))
      distance = between(segment.ack, *candidate->next[1 - from]);
    if (best && (distance > least || (distance == least && !(candidate->answered && !best->answered))))
      continue;
    best = &*candidate;
    least = distance;
  }
  if (!best) return nullptr;  // nobody is kept without occupants
  const std::uint32_t end = segment.seq + segment.payload_on_wire + (segment.flags & tcp_syn ? 1 : 0);
  auto& next = best->next[from];
  if (!next || static_cast<std::int32_t>(end - *next) > 0) next = end;
  best->answered = true;
  return best->subflow;
}

Subflow* MptcpTracker::on_segment(const SegmentView& segment) {
  ++tcp_segments_;
  parsed_.clear();
  bool options_intact = true;
  const bool mptcp = has_mptcp_option(segment.options);
  if (mptcp) options_intact = parse_mptcp_options(segment.options, parsed_);

  Subflow* subflow = nullptr;
  const bool syn = segment.flags & tcp_syn;
  if (syn && !(segment.flags & tcp_ack)) {
    subflow = on_syn(segment, parsed_);
  } else {
    subflow = find_subflow(segment);
    if (syn)
      subflow = on_syn_ack(segment, parsed_, subflow);
    else if (subflow && mptcp)
      adopt_third_ack(*subflow, segment, parsed_);
    else if (mptcp)
      subflow = open_late(segment, parsed_);
  }
  if (!subflow) return nullptr;
  ++mptcp_segments_;

  const bool from_opener = subflow->opener == segment.source;
  if (!options_intact) report(AnomalyKind::damaged_options, segment.frame, *subflow);
  for (const MptcpOption& option : parsed_) {
    if (const auto* dss = std::get_if<Dss>(&option))
      on_dss(*subflow, from_opener, *dss, segment);
    else if (const auto* capable = std::get_if<MpCapable>(&option))
      on_capable(*subflow, from_opener, *capable, segment);
    else
      on_other_option(*subflow, from_opener, option, segment);
  }
  if (segment.flags & tcp_rst) {
    if (!subflow->reset) report(AnomalyKind::subflow_reset, segment.frame, *subflow);
    subflow->reset = true;
  } else if (segment.payload_on_wire > 0 && syn && from_opener && subflow->initial) {
    on_syn_payload(*subflow, segment);
  } else if (segment.payload_on_wire > 0) {
    on_payload(*subflow, from_opener, segment, segment.seq + (syn ? 1 : 0));
  }
  return subflow;
}

void MptcpTracker::on_payload(Subflow& subflow, bool from_opener, const SegmentView& segment,
                              std::uint32_t seq) {
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  ++sent.segments;
  sent.payload_bytes += segment.payload.size();
  if (segment.payload.size() < segment.payload_on_wire) {
    const std::uint32_t cut = segment.payload_on_wire - static_cast<std::uint32_t>(segment.payload.size());
    sent.cut_bytes += cut;
    report(AnomalyKind::payload_cut, segment.frame, subflow, sent.isn ? seq - *sent.isn : 0, cut);
  }
  if (segment.payload.empty()) return;
  place(subflow, from_opener,
        {seq, segment.payload, &segment, no_locator, static_cast<std::uint32_t>(segment.frame), {}});
}

void MptcpTracker::wait_for_mapping(Subflow& subflow, bool from_opener, Ssn ssn,
                                    const SubflowDirection::Unmapped& piece) {
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  SubflowDirection::Waiting& waiting = sent.wait();
  waiting.longest_unmapped = std::max(waiting.longest_unmapped, piece.length);
  waiting.unmapped.emplace_hint(waiting.unmapped.end(), ssn.value, piece);
}

/// Puts subflow bytes where their mappings say. Parts without mapping wait.
void MptcpTracker::place(Subflow& subflow, bool from_opener, const Payload& payload) {
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  const Direction direction = subflow.stream_direction(from_opener);
  // Named one by one: clang 14 lets no lambda capture a structured binding.
  std::uint32_t seq = payload.seq;
  std::span<const std::uint8_t> bytes = payload.bytes;
  const SegmentView* const segment = payload.segment;
  std::uint64_t locator = payload.locator;
  const std::uint32_t frame = payload.frame;
  const auto hold = [&, from = bytes.data()](std::span<const std::uint8_t> part) {
    if (payload.locator != no_locator)
      return payload.locator + static_cast<std::uint64_t>(part.data() - from);
    const bool room = !sent.waiting || sent.waiting->pieces() < max_unmapped;
    const std::uint64_t held = room && segment ? store_.hold(*segment, part) : no_locator;
    if (held == no_locator) report(AnomalyKind::limit_reached, frame, subflow, 0, part.size());
    return held;
  };
  if (!sent.isn) {
    const std::uint64_t held = hold(bytes);
    if (held != no_locator)
      sent.wait().before_isn.push_back({seq, static_cast<std::uint32_t>(bytes.size()), held, frame, true});
    return;
  }
  Ssn ssn{extend_32(sent.seen_to.value, seq - *sent.isn)};
  if (static_cast<std::int64_t>(ssn.value) <= 0) {  // a keep-alive probe of the byte before the first
    const std::uint64_t before = std::min<std::uint64_t>(1 - ssn.value, bytes.size());
    if (locator != no_locator) store_.release(locator, before);
    if (before == bytes.size()) return;
    bytes = bytes.subspan(before);
    seq += static_cast<std::uint32_t>(before);
    if (locator != no_locator) locator += before;
    ssn = Ssn{1};
  }
  const Ssn end = ssn + bytes.size();
  DataStream& stream = subflow.connection->stream(direction);
  for (Ssn at = ssn; at < end;) {
    const std::size_t skip = at - ssn;
    const bool new_ssn = payload.new_ssn.value_or(at >= sent.seen_to);
    const auto mapping = sent.mappings.find(at);
    if (!mapping) {
      const auto next = sent.mappings.next_after(at);
      const Ssn to = next && next->ssn < end ? next->ssn : end;
      const std::uint64_t held = hold(bytes.subspan(skip, to - at));
      if (held != no_locator)
        wait_for_mapping(subflow, from_opener, at,
                         {seq + static_cast<std::uint32_t>(skip), static_cast<std::uint32_t>(to - at), held,
                          frame, new_ssn});
      at = to;
      continue;
    }
    const std::size_t length = std::min<std::uint64_t>(mapping->length, end - at);
    DataStream::Piece piece;
    piece.dsn = mapping->dsn;
    piece.bytes = bytes.subspan(skip, length);
    piece.locator = locator == no_locator ? no_locator : locator + skip;
    piece.segment = segment;
    piece.frame = frame;
    piece.subflow = subflow.index;
    piece.new_ssn = new_ssn;
    if (sent.checksums && !sent.checksums->idle()) {
      std::vector<DssChecksumResult> judged;
      sent.checksums->feed(at, piece.bytes, judged);
      for (const DssChecksumResult& result : judged) judge(result, subflow, from_opener, frame);
    }
    // What waited for its mapping is no probe, nor is what the snapshot length has left of a longer segment.
    if (segment && segment->payload_on_wire == 1 && stream.is_window_probe(piece.dsn)) {
      DataStream::Accepted probe;
      probe.offset = piece.dsn.value - stream.origin().value;
      probe.repeated = 1;
      report(AnomalyKind::window_probe, frame, subflow, probe.offset, 1);
      if (listener_) listener_->on_placed(subflow, direction, probe, 1, frame);
      at = at + length;
      continue;
    }
    const std::uint64_t after_fin = stream.counters().after_fin;
    const auto accepted = stream.accept(piece, store_);
    sent.fresh_bytes += accepted.fresh;
    if (accepted.outvoted) {
      Subflow& prober = *subflow.connection->subflows[accepted.outvoted->subflow];
      --prober.sent[prober.stream_direction(true) == direction ? 0 : 1].fresh_bytes;
      report(AnomalyKind::window_probe, accepted.outvoted->frame, prober, accepted.outvoted->offset, 1);
    }
    if (accepted.limit_reached) report(AnomalyKind::limit_reached, frame, subflow, accepted.offset, length);
    if (const auto more = stream.counters().after_fin - after_fin)
      report(AnomalyKind::data_after_fin, frame, subflow, *stream.length(), more);
    if (accepted.differing)
      report(AnomalyKind::overlap_differs, frame, subflow, accepted.offset, accepted.differing);
    if (listener_) listener_->on_placed(subflow, direction, accepted, length, frame);
    at = at + length;
  }
  sent.seen_to = std::max(sent.seen_to, end);
}

/// What waited, once more.
void MptcpTracker::retry(Subflow& subflow, bool from_opener, const SubflowDirection::Unmapped& piece) {
  std::vector<std::uint8_t> bytes(piece.length);
  if (!store_.read(piece.locator, bytes)) {
    report(AnomalyKind::unreadable_capture, piece.frame, subflow, 0, piece.length);
    return;
  }
  place(subflow, from_opener, {piece.seq, bytes, nullptr, piece.locator, piece.frame, piece.new_ssn});
}

/// Too much work for what it may bring: what waits for a mapping is given up.
void MptcpTracker::stop_waiting(Subflow& subflow, bool from_opener) {
  SubflowDirection::Waiting& waiting = *subflow.sent[from_opener ? 0 : 1].waiting;
  std::uint64_t bytes = 0;
  for (const auto& [ssn, piece] : waiting.unmapped) {
    bytes += piece.length;
    store_.release(piece.locator, piece.length);
  }
  report(AnomalyKind::limit_reached, waiting.unmapped.begin()->second.frame, subflow, 0, bytes);
  waiting.unmapped.clear();
  waiting.longest_unmapped = 0;
}

/// A mapping of [from, from + length) is new: whatever of it waited can go to its place.
void MptcpTracker::retry_unmapped(Subflow& subflow, bool from_opener, Ssn from, std::uint64_t length) {
  const SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  if (!sent.waiting || sent.waiting->unmapped.empty()) return;
  SubflowDirection::Waiting& waiting = *sent.waiting;
  if (waiting.looks > looks_for_free + looks_a_segment * sent.segments)
    return stop_waiting(subflow, from_opener);
  const std::uint64_t end = from.value + length;
  std::vector<SubflowDirection::Unmapped> covered;
  auto piece = waiting.unmapped.lower_bound(from.value -
                                            std::min<std::uint64_t>(from.value, waiting.longest_unmapped));
  for (; piece != waiting.unmapped.end() && piece->first < end; ++waiting.looks) {
    if (piece->first + piece->second.length <= from.value) {
      ++piece;
      continue;
    }
    covered.push_back(piece->second);
    piece = waiting.unmapped.erase(piece);
  }
  for (const auto& found : covered) retry(subflow, from_opener, found);
}

void MptcpTracker::set_isn(Subflow& subflow, bool from_opener, std::uint32_t isn, bool guessed) {
  SubflowDirection& sent = subflow.sent[from_opener ? 0 : 1];
  if (sent.isn) {
    if (!guessed) sent.isn_guessed = false;
    return;
  }
  sent.isn = isn;
  sent.isn_guessed = guessed;
  if (!sent.waiting) return;
  const auto mappings = std::exchange(sent.waiting->mappings, {});
  for (const auto& mapping : mappings)
    add_mapping(subflow, from_opener, mapping.ssn, mapping.dsn, mapping.length, subflow.first_frame);
  const auto pieces = std::exchange(sent.waiting->before_isn, {});
  for (const auto& piece : pieces) retry(subflow, from_opener, piece);
}

void MptcpTracker::finish() {
  for (const auto& connection : connections_) {
    if (connection->merged) continue;
    for (const auto& subflow : connection->subflows)
      for (const bool from_opener : {true, false}) {
        SubflowDirection& sent = subflow->sent[from_opener ? 0 : 1];
        if (!sent.isn && sent.waiting && sent.waiting->isn_candidate) {
          report(AnomalyKind::isn_guessed, 0, *subflow);
          set_isn(*subflow, from_opener, *sent.waiting->isn_candidate, true);
        }
      }
    for (const auto& subflow : connection->subflows) settle_fast_open(*subflow, 0);
    if (connection->keys[0].has_value() != connection->keys[1].has_value()) look_up_key_log(*connection);
    finish_fallback(*connection);
    try_release(*connection);
    check_join_hmacs(*connection);
    for (const auto& subflow : connection->subflows) {
      for (const bool from_opener : {true, false}) {
        const SubflowDirection& sent = subflow->sent[from_opener ? 0 : 1];
        if (!sent.waiting) continue;
        const SubflowDirection::Waiting& waiting = *sent.waiting;
        std::uint64_t bytes = 0;
        for (const auto& [ssn, piece] : waiting.unmapped) bytes += piece.length;
        for (const auto& piece : waiting.before_isn) bytes += piece.length;
        if (bytes)
          report(sent.isn ? AnomalyKind::unmapped_payload : AnomalyKind::isn_unknown,
                 sent.isn ? waiting.unmapped.begin()->second.frame : waiting.before_isn.front().frame,
                 *subflow, 0, bytes);
      }
      if (subflow->token && connection->is_orphan())
        report(AnomalyKind::join_unknown_token, subflow->first_frame, *subflow, *subflow->token);
    }
    for (const Direction d : both_directions) {
      const DataStream& stream = connection->stream(d);
      if (connection->subflows.empty()) continue;
      const Subflow& any = *connection->subflows.front();
      if (stream.read_failed()) report(AnomalyKind::unreadable_capture, 0, any, stream.contiguous());
    }
  }
}

std::vector<std::unique_ptr<Connection>> MptcpTracker::hand_over() {
  by_tuple_.clear();
  recent_tuples_.fill({});
  by_token_.clear();
  orphans_.clear();
  return std::exchange(connections_, {});
}

void MptcpTracker::retry_keys() {
  for (const auto& connection : connections_)
    if (!connection->merged) look_up_key_log(*connection);
}

}  // namespace mps
