// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/story.h"

#include <algorithm>

namespace mps::plugin {
namespace {

/// Where the record's first byte stands now: its connection may have been merged or its origin found since.
std::uint64_t offset_now(const DataStream& stream, std::uint64_t dsn) {
  const std::uint64_t offset = dsn - stream.origin().value;
  if (offset < (std::uint64_t{1} << 63) || !stream.origin_known() || dsn > UINT32_MAX) return offset;
  return stream.extend(static_cast<std::uint32_t>(dsn)).value -
         stream.origin().value;  // a short form until then
}

void tell_recognition(Story& story, const Recovery& recovery, const Connection& connection) {
  const ScrambleRule rule = recovery.options().tracker.scrambled;
  const bool handshake = connection.capable_flags[0] || connection.capable_flags[1];
  story.scrambled = connection.scrambled;
  if (connection.fallback || rule == ScrambleRule::never)
    story.recognized_by = "plain";
  else if (connection.announced)
    story.recognized_by = "flag";
  else if (rule == ScrambleRule::assume)
    story.recognized_by = "assumed";
  else if (recovery.chosen_by_user(connection))
    story.recognized_by = "decode-as";
  else if (connection.scrambled)
    story.recognized_by = recovery.in_key_log(connection) ? "key-log" : "guess";
  else
    story.recognized_by = handshake ? "plain" : "not-visible";
  for (const auto& flags : connection.capable_flags)
    if (flags) story.capable_flags = std::max(story.capable_flags, 0) | *flags;
  if (connection.scrambled) story.scheme = to_string(connection.scheme).data();  // a literal's
  for (const Scheme scheme : all_schemes)
    if (story.capable_flags > 0 && (story.capable_flags & recovery.options().tracker.flags.of(scheme)))
      story.flag_set = true;
}

void tell_key(Story& story, const Connection& connection) {
  if (const auto& key = connection.sender_key(story.direction)) story.key = &*key;
  switch (connection.key_source[index(story.direction)]) {
    case KeySource::handshake:
      story.key_source = "handshake";
      break;
    case KeySource::key_log:
      story.key_source = "key-log";
      break;
    case KeySource::unknown:
      break;
  }
  if (connection.orphan_token) {
    story.has_token = true;
    story.token = *connection.orphan_token;
  }
}

void tell_gap(Story& story, const Recovery& recovery, const Connection& connection,
              const DataStream& stream) {
  if (!stream.released() || stream.held().empty()) return;
  story.gap = true;
  story.gap_start = stream.contiguous();
  story.gap_length = stream.held().front().offset - stream.contiguous();
  story.gap_dsn = stream.origin().value + stream.contiguous();
  story.gap_reason = recovery.gap_reason(connection, story.direction);
}

Status status_of(const Story& story, const Connection& connection, const DataStream& stream,
                 std::uint32_t payload_on_wire, std::uint32_t payload_captured) {
  if (payload_on_wire == 0) return Status::no_payload;
  if (connection.fallback) return Status::fallback;
  if (payload_captured == 0) return Status::cut;
  if (!story.placed) return connection.is_orphan() ? Status::orphan : Status::no_mapping;
  if (!stream.origin_known()) return connection.is_orphan() ? Status::orphan : Status::no_key;
  if (!stream.released()) return Status::no_key;
  if (story.offset >= (std::uint64_t{1} << 63)) return Status::ignored;
  if (story.repeated) return Status::repeated;
  if (story.offset < story.recovered_to)
    return story.recovered_in ? Status::recovered_later : Status::recovered;
  if (!stream.held().empty()) return story.capture_ended ? Status::not_recoverable : Status::waiting;
  return Status::ignored;
}

}  // namespace

const char* words(Status status) {
  switch (status) {
    case Status::no_payload:
      return "no payload";
    case Status::recovered:
      return "recovered";
    case Status::recovered_later:
      return "recovered with a later frame";
    case Status::waiting:
      return "waiting for missing bytes";
    case Status::not_recoverable:
      return "not recoverable";
    case Status::no_key:
      return "no key";
    case Status::no_mapping:
      return "no mapping";
    case Status::cut:
      return "cut by the snaplen";
    case Status::repeated:
      return "repeated";
    case Status::fallback:
      return "fallback to TCP";
    case Status::orphan:
      return "orphan subflow";
    case Status::ignored:
      return "outside the stream";
  }
  return "";
}

Story tell(const Recovery& recovery, const PacketRecord& record, const Endpoint& source,
           std::uint32_t payload_on_wire, std::uint32_t payload_captured) noexcept {
  Story story;
  const Subflow& subflow = *record.subflow;
  const Connection& connection = *subflow.connection;
  story.connection = connection.id;
  story.subflow = subflow.index;
  story.subflows = static_cast<std::uint16_t>(connection.subflows.size());
  story.direction = subflow.stream_direction(subflow.opener == source);
  story.capture_ended = recovery.ended();
  const DataStream& stream = connection.stream(story.direction);
  tell_recognition(story, recovery, connection);
  tell_key(story, connection);
  story.cut_bytes = payload_on_wire > payload_captured ? payload_on_wire - payload_captured : 0;
  story.repeated = record.marks & mark_repeated;
  story.recovered_to = stream.contiguous();
  if (record.marks & mark_placed) {
    story.placed = true;
    story.length = record.placed;
    story.offset_known = stream.origin_known();
    story.offset = offset_now(stream, record.dsn);
    story.dsn = stream.origin_known() ? stream.origin().value + story.offset : record.dsn;
  }
  tell_gap(story, recovery, connection, stream);
  if (const RecoveredStream* known = recovery.stream(connection.id, story.direction); known && story.placed) {
    const auto after =
        std::upper_bound(known->releases.begin(), known->releases.end(), story.offset,
                         [](std::uint64_t o, const Release& release) { return o < release.offset; });
    if (after != known->releases.begin()) {
      const Release& release = *std::prev(after);
      if (story.offset < release.offset + release.bytes.size() && release.frame != record.frame)
        story.recovered_in = release.frame;
    }
    const std::uint32_t frame =
        known->pdus.dissected_in(story.offset + (story.length ? story.length - 1 : 0));
    if (frame != record.frame) story.dissected_in = frame;
  }
  story.status = status_of(story, connection, stream, payload_on_wire, payload_captured);
  DeterminedRun run;
  for (std::size_t i = 0; determined_run(recovery, story, i, run); ++i) story.determined += run.length;
  if (story.status == Status::not_recoverable && story.determined > 0 && story.determined == story.length)
    story.status = Status::recovered;
  return story;
}

bool determined_run(const Recovery& recovery, const Story& story, std::size_t index,
                    DeterminedRun& run) noexcept {
  if (!story.placed) return false;
  const auto all = recovery.determined(story.connection, story.direction);
  auto found = std::partition_point(all.begin(), all.end(), [&](const DeterminedBytes& piece) {
    return piece.offset + piece.bytes.size() <= story.offset;
  });
  const std::uint64_t end = story.offset + story.length;
  if (static_cast<std::size_t>(all.end() - found) <= index) return false;
  found += static_cast<std::ptrdiff_t>(index);
  const std::uint64_t from = std::max(found->offset, story.offset);
  const std::uint64_t to = std::min(found->offset + found->bytes.size(), end);
  if (from >= to) return false;
  run = {from, found->bytes.data() + (from - found->offset), static_cast<std::uint32_t>(to - from)};
  return true;
}

}  // namespace mps::plugin
