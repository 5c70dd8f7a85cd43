// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/session/session.h"

#include <algorithm>

#include "core/leak/exact_engine.h"
#include "core/mptcp/behind_gap.h"
#include "core/packet/dissect.h"
#include "core/session/pipeline.h"

namespace mps {
namespace {

/// What waits behind the first gap, for the exact engine. Offsets are shifted so that they start near zero
/// even where the stream's origin is not known. Of one path alone this is every segment, so nothing is
/// copied.
class HeldBytes final : public SeenSource {
 public:
  HeldBytes(const DataStream& stream, PayloadStore& store, bool has_bytes)
      : store_(store), has_bytes_(has_bytes), spans_(stream.held().spans()), count_(stream.held().size()) {
    std::size_t first = 0;
    for (const auto& span : spans_) {
      firsts_.push_back(first);
      first += span.size();
    }
  }
  std::size_t count() const override { return count_; }
  Interval piece(std::size_t index) const override {
    const Extent& extent = at(index);
    return {extent.offset, extent.end()};
  }
  bool has_bytes() const override { return has_bytes_; }
  std::span<const std::uint8_t> bytes(std::size_t index) override {
    const Extent& extent = at(index);
    buffer_.resize(extent.length);
    if (!store_.read(extent.locator, buffer_)) failed_ = true;
    return buffer_;
  }
  bool failed() const { return failed_; }

 private:
  const Extent& at(std::size_t index) const {
    if (index < firsts_[last_] || index - firsts_[last_] >= spans_[last_].size())
      last_ = static_cast<std::size_t>(std::upper_bound(firsts_.begin(), firsts_.end(), index) -
                                       firsts_.begin() - 1);
    return spans_[last_][index - firsts_[last_]];
  }

  PayloadStore& store_;
  bool has_bytes_;
  std::vector<std::span<const Extent>> spans_;
  std::vector<std::size_t> firsts_;  ///< index of the first piece of each
  mutable std::size_t last_ = 0;     ///< the span asked for last: nearly always the next one too
  std::size_t count_;
  std::vector<std::uint8_t> buffer_;
  bool failed_ = false;
};

class SinkAdapter final : public ExactSink {
 public:
  SinkAdapter(RecoverySink& sink, const HeldBytes& held, const Connection& connection, Direction direction,
              std::uint64_t base)
      : sink_(sink), held_(held), connection_(connection), direction_(direction), base_(base) {}
  void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    if (!held_.failed()) sink_.on_recovered(connection_, direction_, offset - base_, bytes);
  }

 private:
  RecoverySink& sink_;
  const HeldBytes& held_;
  const Connection& connection_;
  Direction direction_;
  std::uint64_t base_;
};

void add_range(StreamReport& report, StreamRange range) {
  if (range.from >= range.to) return;
  report.recovered += range.size();
  if (!report.recovered_ranges.empty() && report.recovered_ranges.back().to == range.from) {
    report.recovered_ranges.back().to = range.to;
  } else if (report.recovered_ranges.size() < SessionReport::max_listed) {
    report.recovered_ranges.push_back(range);
  } else {
    report.recovered_ranges_cut = true;
  }
}

bool handshake_seen(const Connection& connection) {
  return connection.capable_flags[0].has_value() || connection.capable_flags[1].has_value();
}

Scrambling scrambling_of(const Connection& connection, ScrambleRule rule) {
  if (connection.fallback || rule == ScrambleRule::never) return Scrambling::plain;
  if (rule == ScrambleRule::assume) return Scrambling::assumed;
  if (connection.announced) return Scrambling::by_flag;
  if (connection.scrambled) return Scrambling::by_key_log;
  return handshake_seen(connection) ? Scrambling::plain : Scrambling::not_visible;
}

}  // namespace

const char* to_string(StreamState state) {
  switch (state) {
    case StreamState::empty:
      return "empty";
    case StreamState::complete:
      return "complete";
    case StreamState::open_end:
      return "open-end";
    case StreamState::partial:
      return "partial";
    case StreamState::nothing:
      return "nothing";
  }
  return "";
}

const char* to_string(Scrambling scrambling) {
  switch (scrambling) {
    case Scrambling::plain:
      return "plain";
    case Scrambling::by_flag:
      return "flag";
    case Scrambling::assumed:
      return "assumed";
    case Scrambling::by_key_log:
      return "key-log";
    case Scrambling::not_visible:
      return "not-visible";
  }
  return "";
}

Trust TrustRules::judge(const Subflow& subflow, const CapturePath* path) const {
  for (const Rule& rule : rules) {
    if (rule.network &&
        (rule.network->contains(subflow.opener.address) || rule.network->contains(subflow.accepter.address)))
      return rule.trust;
    if (rule.subflow && *rule.subflow == subflow.index) return rule.trust;
    if (!rule.interface_name.empty() && path && rule.interface_name == path->interface_name)
      return rule.trust;
  }
  return path ? path->trust : Trust::unknown;
}

Session::Session(PacketSource& source, const SessionOptions& options, const KeyLog* key_log,
                 RecoverySink* sink)
    : source_(source),
      options_(options),
      sink_(sink),
      pipelines_(std::make_unique<Pipelines>(options_, sink)),
      tracker_(std::make_unique<MptcpTracker>(options_.tracker, &source, key_log, pipelines_.get())) {}

Session::~Session() = default;

const MptcpTracker& Session::tracker() const {
  return *tracker_;
}
PayloadStore& Session::store() {
  return tracker_->store();
}

bool Session::step(std::uint64_t packets) {
  Packet packet;
  SegmentView segment;
  for (; packets > 0; --packets) {
    if (options_.max_packets && packets_ >= options_.max_packets) return false;
    if (!source_.next(packet)) return false;
    ++packets_;
    now_ns_ = packet.time_ns;
    const DissectStatus status = dissect_frame(packet.link, packet.bytes, packet.length_on_wire, segment);
    ++dissect_[static_cast<std::size_t>(status)];
    if (status != DissectStatus::segment) continue;
    segment.frame = packet.number;
    segment.time_ns = packet.time_ns;
    segment.path = packet.path;
    segment.locator =
        packet.locator == no_locator
            ? no_locator
            : packet.locator + static_cast<std::uint64_t>(segment.payload.data() - packet.bytes.data());
    tracker_->on_segment(segment);
  }
  source_.expect_payload_use(pipelines_->decoded_any());
  return true;
}

/// What is determined behind the first gap, or at all where the stream could not be decoded from its start.
void Session::settle(const Connection& connection, Direction direction, StreamReport& report) {
  const DataStream& stream = connection.stream(direction);
  if (stream.held().empty()) return;
  const std::uint64_t base = stream.origin_known() ? 0 : stream.first_offset();
  const bool plain = scrambling_of(connection, options_.tracker.scrambled) == Scrambling::plain;
  if (!connection.scrambled && (stream.released() || plain)) {
    std::vector<std::uint8_t> bytes;
    stream.held().for_each([&](const Extent& extent) {
      bytes.resize(extent.length);
      if (!tracker_->store().read(extent.locator, bytes)) {
        unreadable_.push_back(
            {AnomalyKind::unreadable_capture, extent.frame, connection.id, 0, extent.offset, extent.length});
        return;
      }
      add_range(report, {extent.offset - base, extent.end() - base});
      if (sink_) sink_->on_recovered(connection, direction, extent.offset - base, bytes);
    });
    return;
  }
  StreamPipeline* pipeline = pipelines_->find(connection, direction);
  if (connection.scrambled && is_hardened(connection.scheme)) {
    const bool readable =
        decode_behind_gap(connection, direction, pipeline ? pipeline->decoder.get() : nullptr,
                          tracker_->store(), [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
                            add_range(report, {offset, offset + bytes.size()});
                            if (sink_) sink_->on_recovered(connection, direction, offset, bytes);
                          });
    if (!readable)
      unreadable_.push_back({AnomalyKind::unreadable_capture, 0, connection.id, 0, stream.contiguous(), 0});
    return;
  }
  // What is determined does not depend on values, and without cribs there is nothing to check: every captured
  // byte adds an equation with an unknown of its own.
  const bool values_known = !pipeline || !pipeline->idle;
  HeldBytes held(stream, tracker_->store(), values_known);
  ExactProblem problem;
  problem.summarise_runs = false;
  problem.range = {stream.origin_known() ? stream.contiguous() : base, stream.end_seen()};
  const auto before = register_at_gap(connection, direction, pipeline ? pipeline->decoder.get() : nullptr,
                                      options_.initial_register);
  problem.start = before ? StartRegister::resumed(before->window) : StartRegister::interior();
  std::unique_ptr<SinkAdapter> adapter;
  if (sink_) adapter = std::make_unique<SinkAdapter>(*sink_, held, connection, direction, base);
  const auto solved = solve_exactly(problem, held, adapter.get());
  // Every byte is read before what follows from it is handed on, so nothing wrong went to the sink.
  if (held.failed())
    unreadable_.push_back({AnomalyKind::unreadable_capture, 0, connection.id, 0, problem.range.begin, 0});
  if (!solved || held.failed()) return;
  report.checks_passed = solved->checks_passed;
  report.checks_failed = solved->checks_failed;
  std::size_t listed = 0;
  solved->determined.for_each_range([&](Interval range) {
    if (listed++ == SessionReport::max_listed) return false;
    add_range(report, {range.begin - base, range.end - base});
    return true;
  });
  if (listed > SessionReport::max_listed) {  // the rest is counted without being listed
    report.recovered_ranges_cut = true;
    std::uint64_t counted = 0;
    for (const StreamRange& range : report.recovered_ranges) counted += range.size();
    report.recovered =
        stream.released() ? stream.contiguous() + solved->determined.count() : solved->determined.count();
    report.recovered = std::max(report.recovered, counted);
  }
}

StreamReport Session::report_stream(const Connection& connection, Direction direction) {
  const DataStream& stream = connection.stream(direction);
  pipelines_->flush(connection, direction);
  StreamPipeline* pipeline = pipelines_->find(connection, direction);
  StreamReport report;
  report.direction = direction;
  report.start_known = stream.origin_known();
  const std::uint64_t base = stream.origin_known() ? 0 : stream.first_offset();
  report.first_dsn = (stream.origin() + base).value;
  report.length = stream.length();
  report.end_seen = std::max(stream.end_seen(), base) - base;
  report.captured = stream.counters().captured;
  report.contiguous = stream.contiguous();
  report.counters = stream.counters();
  if (pipeline) {
    if (connection.scrambled && !is_hardened(connection.scheme)) report.key_order = pipeline->key_order();
    report.hash_skipped = pipeline->hash_skipped;
    add_range(report, {0, pipeline->decoded});
  }
  for (const StreamRange& gap : stream.gaps()) {
    ++report.gap_count;
    report.gap_bytes += gap.size();
    if (report.gaps.size() < SessionReport::max_listed)
      report.gaps.push_back({{gap.from - base, gap.to - base}, (stream.origin() + gap.from).value, {}});
  }
  const GapExplainer explainer(connection, direction);
  for (GapReport& gap : report.gaps) {
    gap.reasons = explainer.explain({gap.range.from + base, gap.range.to + base});
    for (GapReason& reason : gap.reasons) reason.range = {reason.range.from - base, reason.range.to - base};
  }
  settle(connection, direction, report);

  const bool all_captured =
      report.gap_count == 0 && stream.counters().dropped_by_limit == 0 && !stream.read_failed();
  if (report.captured == 0) {
    report.state = report.length.value_or(0) == 0 ? StreamState::empty : StreamState::nothing;
  } else if (all_captured && report.start_known && report.recovered == report.end_seen) {
    report.state = report.length ? StreamState::complete : StreamState::open_end;
    if (const auto digest = pipeline ? pipeline->digest() : std::nullopt)
      report.sha256 = Sha256::to_hex(*digest);
  } else {
    report.state = report.recovered > 0 ? StreamState::partial : StreamState::nothing;
  }
  return report;
}

ConnectionReport Session::report_connection(const Connection& connection, std::uint32_t number) {
  ConnectionReport report;
  report.number = number;
  report.id = connection.id;
  report.version = connection.version;
  report.scrambling = scrambling_of(connection, options_.tracker.scrambled);
  report.scheme = connection.scheme;
  report.announced = connection.announced;
  report.keys = connection.keys;
  report.key_source = connection.key_source;
  for (std::size_t i = 0; i < 2; ++i) report.capable_flags[i] = connection.capable_flags[i];
  report.orphan_token = connection.orphan_token;
  report.handshake_seen = handshake_seen(connection);
  report.fallback = connection.fallback;
  report.infinite_mapping = connection.infinite_mapping;
  report.fastclose = connection.fastclose;
  report.addresses_announced = connection.addresses_announced;
  report.addresses_removed = connection.addresses_removed;
  const auto& paths = source_.paths();
  for (const auto& subflow : connection.subflows) {
    const CapturePath* path = subflow->path < paths.size() ? &paths[subflow->path] : nullptr;
    SubflowReport row;
    row.index = subflow->index;
    row.initiator = subflow->initiator();
    row.listener = subflow->listener();
    row.initial = subflow->initial;
    row.opened_by_listener = !subflow->opener_is_initiator;
    row.backup = subflow->backup;
    row.reset = subflow->reset;
    row.syn_seen = subflow->syn_seen;
    row.first_frame = subflow->first_frame;
    row.path = subflow->path;
    row.path_name = path ? (path->interface_name.empty() ? path->file : path->interface_name) : std::string();
    row.trust = options_.trust.judge(*subflow, path);
    row.token = subflow->token;
    row.opener_hmac = subflow->hmac_checked[0];
    row.accepter_hmac = subflow->hmac_checked[1];
    for (const Direction d : both_directions) {
      const SubflowDirection& sent = subflow->carrying(d);
      row.share[index(d)] = {.first_bytes = sent.fresh_bytes,
                             .payload_bytes = sent.payload_bytes,
                             .segments = sent.segments,
                             .cut_bytes = sent.cut_bytes,
                             .checksums_right = sent.checksums_right,
                             .checksums_wrong = sent.checksums_wrong,
                             .checksums_not_judged = sent.checksums_not_judged(),
                             .isn_guessed = sent.isn_guessed};
    }
    report.subflows.push_back(std::move(row));
  }
  for (const Direction d : both_directions) report.streams[index(d)] = report_stream(connection, d);
  return report;
}

SessionReport Session::finish(bool interrupted) {
  tracker_->finish();
  SessionReport report;
  kept_ = tracker_->hand_over();
  for (auto& connection : kept_) {
    if (!connection->merged && !connection->subflows.empty()) {
      const auto number = static_cast<std::uint32_t>(report.connections.size());
      report.connections.push_back(report_connection(*connection, number));
      if (options_.tracker.keep_extents) live_.push_back(connection.get());
    }
    // Of many connections the report takes about as much memory as what it is made from.
    if (!options_.tracker.keep_extents) connection.reset();
  }
  report.paths = source_.paths();
  report.errors = source_.errors();
  report.source = source_.progress();
  report.tcp_segments = tracker_->tcp_segments();
  report.mptcp_segments = tracker_->mptcp_segments();
  report.dissect = dissect_;
  report.anomalies = tracker_->anomalies();
  for (const Anomaly& anomaly : unreadable_) report.anomalies.add(anomaly);
  report.refused_connections = tracker_->refused_connections();
  report.interrupted = interrupted;
  return report;
}

}  // namespace mps
