// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/recovery.h"

#include <algorithm>

#include "plugin/guess.h"

namespace mps::plugin {
namespace {

constexpr std::size_t max_notes = 16;

}  // namespace

/// What the tracker says while it takes in one segment.
struct Recovery::Arrival {
  struct Part {
    Delivery delivery;
    std::uint32_t carrier_frame = 0;
    bool own = false;  ///< all of it stands in the segment's payload, in one piece
    StreamDecoder::Place before;
    std::vector<std::uint8_t> bytes;  ///< otherwise
  };
  const SegmentView* view = nullptr;
  const Subflow* placed_on = nullptr;
  std::uint64_t dsn = 0;
  std::uint64_t placed = 0;
  std::uint64_t fresh = 0;
  std::uint64_t differing = 0;
  std::vector<Part> parts;
  std::vector<Anomaly> notes;

  Part* part(std::uint32_t connection, Direction direction) {
    for (Part& part : parts)
      if (part.delivery.connection == connection && part.delivery.direction == direction) return &part;
    return nullptr;
  }
  void clear_placement() {
    placed_on = nullptr;
    placed = fresh = differing = 0;
  }
};

Recovery::Recovery(const RecoveryOptions& options, const KeyLog* key_log, ClaimedPorts claimed)
    : options_(options),
      key_log_(key_log),
      claimed_(claimed),
      tracker_(options.tracker, nullptr, key_log, this),
      arrival_(std::make_unique<Arrival>()) {}

Recovery::~Recovery() = default;

std::uint32_t Recovery::fingerprint(std::uint16_t source_port, std::uint16_t destination_port,
                                    std::uint32_t seq, std::uint32_t payload_length) {
  std::uint64_t h =
      (std::uint64_t{source_port} << 48 | std::uint64_t{destination_port} << 32 | seq) + payload_length;
  h *= 0xff51afd7ed558ccdu;
  return static_cast<std::uint32_t>(h >> 32);
}

// --- taking in ---

PacketRecord* Recovery::take(const SegmentView& view) noexcept {
  if (failed_) return nullptr;
  try {
    const auto frame = static_cast<std::uint32_t>(view.frame);
    const std::uint32_t print =
        fingerprint(view.source.port, view.destination.port, view.seq, view.payload_on_wire);
    if (!records_.empty() && frame <= records_.back().frame) {
      if (PacketRecord* known = find(frame, print)) return known;
      if (frame < records_.back().frame) return nullptr;
    }
    ended_ = false;
    Arrival& arrival = *arrival_;
    arrival.view = &view;
    arrival.clear_placement();
    const Subflow* subflow = tracker_.on_segment(view);
    if (!subflow) {
      arrival.view = nullptr;
      return nullptr;
    }
    settle_streams(*subflow->connection);
    PacketRecord record;
    record.frame = frame;
    record.fingerprint = print;
    record.subflow = subflow;
    if (arrival.placed_on == subflow && arrival.placed > 0) {
      record.marks |= mark_placed;
      record.dsn = arrival.dsn;
      record.placed = static_cast<std::uint32_t>(arrival.placed);
      if (arrival.fresh == 0) record.marks |= mark_repeated;
      if (arrival.differing > 0) record.marks |= mark_differs;
    }
    if (claims(*subflow, arrival.placed >= view.payload.size())) record.marks |= mark_claimed;
    records_.push_back(record);
    keep(records_.back());
    arrival.view = nullptr;
    return &records_.back();
  } catch (...) {
    failed_ = true;
    return nullptr;
  }
}

/// A connection whose payload applications would not understand as it stands on its subflow.
bool Recovery::claims(const Subflow& subflow, bool placed_all) const {
  const Connection& connection = *subflow.connection;
  if (connection.fallback) return false;
  if (connection.scrambled) return true;
  if (rule_of(connection) == ScrambleRule::assume) return true;
  return options_.plain && placed_all && connection.streams[0].released() && connection.streams[1].released();
}

void Recovery::on_placed(const Subflow& subflow, Direction direction, const DataStream::Accepted& accepted,
                         std::size_t length, std::uint64_t frame) {
  const std::uint64_t dsn = subflow.connection->stream(direction).origin().value + accepted.offset;
  Arrival& arrival = *arrival_;
  if (arrival.view && frame == arrival.view->frame) {
    if (!arrival.placed_on) {
      arrival.placed_on = &subflow;
      arrival.dsn = dsn;
    }
    arrival.placed += length;
    arrival.fresh += accepted.fresh;
    arrival.differing += accepted.differing;
    return;
  }
  // An earlier segment whose mapping has come only now.
  PacketRecord* record = find_record(static_cast<std::uint32_t>(frame), &subflow);
  if (!record) return;
  if (!(record->marks & mark_placed)) record->dsn = dsn;
  record->marks |= mark_placed;
  record->placed += static_cast<std::uint32_t>(length);
}

void Recovery::on_stream(Connection& connection, Direction direction, std::uint64_t,
                         std::span<const std::uint8_t> wire, const Extent& carrier) {
  if (!connection.scrambled && !options_.plain && !options_.guess) return;
  RecoveredStream& stream = open_stream(connection, direction, wire);
  Arrival& arrival = *arrival_;
  const std::uint8_t* payload = arrival.view ? arrival.view->payload.data() : nullptr;
  const bool in_payload = payload && wire.data() >= payload &&
                          wire.data() + wire.size() <= payload + arrival.view->payload.size() &&
                          stream.decoder.order();
  const auto at = in_payload ? static_cast<std::uint32_t>(wire.data() - payload) : 0u;

  Arrival::Part* part = arrival.part(connection.id, direction);
  if (!part) {
    part = &arrival.parts.emplace_back();
    part->delivery.connection = connection.id;
    part->delivery.direction = direction;
    part->delivery.offset = stream.decoded;
    part->delivery.payload_at = at;
    part->carrier_frame = carrier.frame;
    part->own = in_payload;
    part->before = stream.decoder.place();
  } else if (part->own && (!in_payload || at != part->delivery.payload_at + part->delivery.length)) {
    // Bytes of other segments follow: from now on all are kept.
    const auto mine = arrival.view->payload.subspan(part->delivery.payload_at, part->delivery.length);
    part->bytes.resize(mine.size());
    stream.decoder.decode_from(part->before, mine, part->bytes.data());
    part->own = false;
  }
  const auto plain = stream.decoder.feed(wire, scratch_);
  if (!part->own) part->bytes.insert(part->bytes.end(), plain.begin(), plain.end());
  part->delivery.length += static_cast<std::uint32_t>(plain.size());
  stream.decoded += plain.size();
}

RecoveredStream& Recovery::open_stream(Connection& connection, Direction direction,
                                       std::span<const std::uint8_t> first) {
  if (streams_.size() <= connection.id) streams_.resize(connection.id + 1);
  auto& stream = streams_[connection.id][index(direction)];
  if (stream) return *stream;
  if (options_.guess && !connection.scrambled && connection.scheme == Scheme::paper && !connection.fallback &&
      connection.sender_key(direction)) {
    mps_state state = initial_state(connection, direction, options_.initial_register.init,
                                    options_.initial_register.order.value_or(KeyOrder::wire));
    std::vector<std::uint8_t> original(first.size());
    mps_descramble(&state, original.data(), first.data(), first.size());
    if (!looks_like_a_beginning(first) && looks_like_a_beginning(original)) connection.scrambled = true;
  }
  stream = std::make_unique<RecoveredStream>(connection, direction, options_);
  return *stream;
}

/// Streams that have just reached their DATA_FIN.
void Recovery::settle_streams(const Connection& connection) {
  for (const Direction direction : both_directions) {
    RecoveredStream* stream = this->stream(connection.id, direction);
    if (!stream || stream->ended || !connection.stream(direction).complete()) continue;
    stream->ended = true;
    Arrival::Part* part = arrival_->part(connection.id, direction);
    if (!part) {
      part = &arrival_->parts.emplace_back();
      part->delivery.connection = connection.id;
      part->delivery.direction = direction;
      part->delivery.offset = stream->decoded;
    }
    part->delivery.ends_stream = true;
    const auto held_back = stream->decoder.flush(scratch_);
    if (held_back.empty()) continue;
    part->bytes.insert(part->bytes.end(), held_back.begin(), held_back.end());
    part->delivery.length += static_cast<std::uint32_t>(held_back.size());
    stream->decoded += held_back.size();
  }
}

/// Moves what has arrived into the record.
void Recovery::keep(PacketRecord& record) {
  Arrival& arrival = *arrival_;
  for (Arrival::Part& part : arrival.parts) {
    Delivery& delivery = part.delivery;
    RecoveredStream* stream = this->stream(delivery.connection, delivery.direction);
    if (!stream || (delivery.length == 0 && !delivery.ends_stream)) continue;
    if (part.own) {
      delivery.history = keep_history(part.before);
      const bool simple = arrival.parts.size() == 1 && !delivery.ends_stream &&
                          (record.marks & mark_placed) &&
                          delivery.connection == record.subflow->connection->id;
      if (simple) {
        record.marks |= mark_simple;
        record.simple_at = delivery.payload_at;
        record.simple_length = delivery.length;
        record.history = delivery.history;
        if (delivery.direction == Direction::listener_to_initiator) record.marks |= mark_to_initiator;
        // The record's own DSN is that of its first placed byte; the payload before it may have been without
        // mapping.
        const Connection& connection = *record.subflow->connection;
        const std::uint64_t first = connection.stream(delivery.direction).origin().value + delivery.offset;
        if (first - record.dsn == delivery.payload_at) continue;
        record.marks &= static_cast<std::uint8_t>(~mark_simple);
      }
    } else if (delivery.length > 0) {
      delivery.release = static_cast<std::uint32_t>(stream->releases.size());
      stream->releases.push_back({delivery.offset, record.frame, std::move(part.bytes)});
    }
    extra(record).deliveries.push_back(delivery);
  }
  arrival.parts.clear();
  if (!arrival.notes.empty()) {
    auto& notes = extra(record).notes;
    notes.insert(notes.end(), arrival.notes.begin(), arrival.notes.end());
    arrival.notes.clear();
  }
}

/// What a later visit needs to decode the bytes anew: 64 bytes of the paper's register, a ratchet of H2; the
/// offset that H1 needs is known anyway.
std::uint32_t Recovery::keep_history(const StreamDecoder::Place& place) {
  if (const auto* state = std::get_if<mps_state>(&place)) {
    std::copy_n(state->window, MPS_WINDOW, histories_.emplace_back().begin());
    return static_cast<std::uint32_t>(histories_.size() - 1);
  }
  if (const auto* ratchet = std::get_if<Ratchet>(&place)) {
    ratchets_.push_back(*ratchet);
    return static_cast<std::uint32_t>(ratchets_.size() - 1);
  }
  return no_index;
}

/// The way back.
StreamDecoder::Place Recovery::place_of(const Delivery& delivery, const StreamDecoder& decoder) const {
  if (!decoder.scrambled()) return std::monostate{};
  if (decoder.scheme() == Scheme::h1) return delivery.offset;
  if (decoder.scheme() == Scheme::h2) return ratchets_[delivery.history];
  mps_state state;
  mps_state_init(&state, histories_[delivery.history].data(), MPS_WINDOW);
  return state;
}

void Recovery::keys_grew() noexcept {
  if (failed_) return;
  try {
    tracker_.retry_keys();  // what is released now is delivered with the segment that comes next
    for (const auto& connection : tracker_.connections())
      if (!connection->merged) settle_streams(*connection);
  } catch (...) {
    failed_ = true;
  }
}

void Recovery::end_of_capture() noexcept {
  if (failed_ || ended_) return;
  ended_ = true;
  try {
    arrival_->view = nullptr;
    tracker_.finish();
    determined_.resize(tracker_.connections().size());
    for (const auto& connection : tracker_.connections()) {
      if (connection->merged) continue;
      settle_streams(*connection);
      if (connection->fallback) continue;
      if (!connection->scrambled && rule_of(*connection) != ScrambleRule::assume) continue;
      for (const Direction direction : both_directions) {
        RecoveredStream* known = stream(connection->id, direction);
        determined_[connection->id][index(direction)] =
            determined_behind_gap(*connection, direction, known ? &known->decoder : nullptr,
                                  options_.initial_register, tracker_.store());
      }
    }
    // What the end has released is shown with the segments that carried it.
    for (Arrival::Part& part : arrival_->parts) {
      PacketRecord* record = find_record(part.carrier_frame, nullptr);
      RecoveredStream* known = stream(part.delivery.connection, part.delivery.direction);
      if (!record || !known || part.bytes.empty()) continue;
      part.delivery.release = static_cast<std::uint32_t>(known->releases.size());
      known->releases.push_back({part.delivery.offset, part.carrier_frame, std::move(part.bytes)});
      extra(*record).deliveries.push_back(part.delivery);
    }
    arrival_->parts.clear();
  } catch (...) {
    failed_ = true;
  }
}

void Recovery::on_anomaly(const Anomaly& anomaly) {
  if (anomaly.kind == AnomalyKind::payload_cut) return;  // every later visit sees that by itself
  if (arrival_->view && (anomaly.frame == 0 || anomaly.frame == arrival_->view->frame)) {
    if (arrival_->notes.size() < max_notes) arrival_->notes.push_back(anomaly);
    return;
  }
  std::uint64_t frame = anomaly.frame;
  if (frame == 0) {
    const auto& connections = tracker_.connections();
    if (anomaly.connection >= connections.size()) return;
    const Connection& connection = *connections[anomaly.connection];
    if (anomaly.subflow >= connection.subflows.size()) return;
    frame = connection.subflows[anomaly.subflow]->first_frame;
  }
  PacketRecord* record = find_record(static_cast<std::uint32_t>(frame), nullptr);
  if (record && extra(*record).notes.size() < max_notes) extra(*record).notes.push_back(anomaly);
}

ScrambleRule Recovery::rule_for(const Connection& connection, ScrambleRule) {
  return rule_of(connection);
}

ScrambleRule Recovery::rule_of(const Connection& connection) const {
  return chosen_by_user(connection) ? ScrambleRule::assume : options_.tracker.scrambled;
}

bool Recovery::chosen_by_user(const Connection& connection) const {
  return claimed_ &&
         std::any_of(connection.subflows.begin(), connection.subflows.end(), [&](const auto& subflow) {
           return claimed_(subflow->opener.port, subflow->accepter.port);
         });
}

bool Recovery::in_key_log(const Connection& connection) const {
  if (!key_log_) return false;
  return std::any_of(connection.keys.begin(), connection.keys.end(), [&](const auto& key) {
    if (!key) return false;
    const auto match = key_log_->find_token(token_of(*key, connection.hash));
    return match && (match->token_is_listeners ? match->keys.listener : match->keys.initiator) == *key;
  });
}

const char* Recovery::gap_reason(const Connection& connection, Direction direction) const noexcept {
  if (!ended_) return "";
  try {
    if (gap_reasons_.size() <= connection.id) gap_reasons_.resize(tracker_.connections().size());
    ExplainedGap& known = gap_reasons_[connection.id][index(direction)];
    const DataStream& stream = connection.stream(direction);
    if (known.start == stream.contiguous() || stream.held().empty()) return known.reason;
    known.start = stream.contiguous();
    const auto reasons =
        GapExplainer(connection, direction).explain({stream.contiguous(), stream.held().front().offset});
    const auto kind = reasons.empty() ? GapReason::Kind::unknown : reasons.front().kind;
    known.reason = kind == GapReason::Kind::announced
                       ? "a mapping announces them, their packets are missing or cut"
                   : kind == GapReason::Kind::elsewhere ? "sent over a subflow that is not in this capture"
                                                        : "no packet tells what became of them";
    return known.reason;
  } catch (...) {
    return "";
  }
}

// --- looking up ---

RecordExtra& Recovery::extra(PacketRecord& record) {
  if (record.extra == no_index) {
    record.extra = static_cast<std::uint32_t>(extras_.size());
    extras_.emplace_back();
  }
  return extras_[record.extra];
}

std::deque<PacketRecord>::iterator Recovery::first_of(std::uint32_t frame) noexcept {
  // While a capture is read, it is nearly always the last one, and that of no tunnel.
  if (records_.empty() || records_.back().frame < frame) return records_.end();
  if (records_.back().frame == frame && (records_.size() == 1 || records_.rbegin()[1].frame < frame))
    return records_.end() - 1;
  return std::lower_bound(records_.begin(), records_.end(), frame,
                          [](const PacketRecord& record, std::uint32_t f) { return record.frame < f; });
}

PacketRecord* Recovery::find(std::uint32_t frame) noexcept {
  return find_record(frame, nullptr);
}

PacketRecord* Recovery::find(std::uint32_t frame, std::uint32_t print) noexcept {
  for (auto found = first_of(frame); found != records_.end() && found->frame == frame; ++found)
    if (found->fingerprint == print) return &*found;
  return nullptr;
}

PacketRecord* Recovery::find_record(std::uint32_t frame, const Subflow* subflow) {
  for (auto found = first_of(frame); found != records_.end() && found->frame == frame; ++found)
    if (!subflow || found->subflow == subflow) return &*found;
  return nullptr;
}

RecoveredStream* Recovery::stream(std::uint32_t connection, Direction direction) const noexcept {
  return connection < streams_.size() ? streams_[connection][index(direction)].get() : nullptr;
}

std::span<const DeterminedBytes> Recovery::determined(std::uint32_t connection,
                                                      Direction direction) const noexcept {
  if (connection >= determined_.size()) return {};
  return determined_[connection][index(direction)];
}

std::size_t Recovery::delivery_count(const PacketRecord& record) const {
  return (record.marks & mark_simple ? 1 : 0) +
         (record.extra == no_index ? 0 : extras_[record.extra].deliveries.size());
}

Delivery Recovery::delivery(const PacketRecord& record, std::size_t index) const {
  if (!(record.marks & mark_simple)) return extras_[record.extra].deliveries[index];
  if (index > 0) return extras_[record.extra].deliveries[index - 1];
  const Connection& connection = *record.subflow->connection;
  Delivery delivery;
  delivery.connection = connection.id;
  delivery.direction =
      record.marks & mark_to_initiator ? Direction::listener_to_initiator : Direction::initiator_to_listener;
  delivery.offset = record.dsn + record.simple_at - connection.stream(delivery.direction).origin().value;
  delivery.length = record.simple_length;
  delivery.payload_at = record.simple_at;
  delivery.history = record.history;
  return delivery;
}

bool Recovery::read(const Delivery& delivery, std::span<const std::uint8_t> payload,
                    std::uint8_t* out) const noexcept {
  if (delivery.length == 0) return true;
  RecoveredStream* known = stream(delivery.connection, delivery.direction);
  if (delivery.release != no_index) {
    if (!known || delivery.release >= known->releases.size()) return false;
    std::copy_n(known->releases[delivery.release].bytes.begin(), delivery.length, out);
    return true;
  }
  if (delivery.payload_at > payload.size() || delivery.length > payload.size() - delivery.payload_at)
    return false;
  const auto mine = payload.subspan(delivery.payload_at, delivery.length);
  if (!known) return false;
  known->decoder.decode_from(place_of(delivery, known->decoder), mine, out);
  return true;
}

std::size_t Recovery::pdu_count(const PacketRecord& record) const {
  if (record.marks & mark_whole_pdu) return 1;
  return record.extra == no_index ? 0 : extras_[record.extra].pdus.size();
}

PduSpan Recovery::pdu(const PacketRecord& record, std::size_t index) const {
  if (!(record.marks & mark_whole_pdu)) return extras_[record.extra].pdus[index];
  const Delivery whole = delivery(record, 0);
  return {whole.offset, whole.length, 0, no_index};
}

void Recovery::add_pdu(PacketRecord& record, const PduSpan& span) noexcept {
  try {
    if ((record.marks & mark_simple) && pdu_count(record) == 0 && span.delivery == 0 &&
        span.spanning == no_index) {
      const Delivery whole = delivery(record, 0);
      if (span.offset == whole.offset && span.length == whole.length) {
        record.marks |= mark_whole_pdu;
        return;
      }
    }
    if (record.marks & mark_whole_pdu) {
      const PduSpan whole = pdu(record, 0);
      record.marks &= static_cast<std::uint8_t>(~mark_whole_pdu);
      extra(record).pdus.push_back(whole);
    }
    extra(record).pdus.push_back(span);
  } catch (...) {
    failed_ = true;
  }
}

std::span<const Anomaly> Recovery::notes(const PacketRecord& record) const {
  if (record.extra == no_index) return {};
  return extras_[record.extra].notes;
}

std::uint64_t Recovery::bytes_per_record_total() const {
  std::uint64_t bytes = records_.size() * sizeof(PacketRecord) + histories_.size() * MPS_WINDOW +
                        ratchets_.size() * sizeof(Ratchet);
  for (const RecordExtra& extra : extras_)
    bytes += sizeof(RecordExtra) + extra.deliveries.capacity() * sizeof(Delivery) +
             extra.pdus.capacity() * sizeof(PduSpan) + extra.notes.capacity() * sizeof(Anomaly);
  return bytes;
}

}  // namespace mps::plugin
