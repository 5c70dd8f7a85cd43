// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/hardened_view.h"

#include <algorithm>

#include "core/hardened/ratchet.h"
#include "core/mptcp/stream_decoder.h"

namespace mps {

Intervals readable_with_keys(Scheme scheme, const Intervals& seen) {
  if (scheme == Scheme::h1) return seen;
  const std::uint64_t prefix = !seen.empty() && seen.front().begin == 0 ? seen.front().end : 0;
  const std::uint64_t reach = (prefix / Ratchet::block_size + 1) * Ratchet::block_size;
  return intersection(seen, {{0, reach}});
}

ExactResult read_hardened(const StreamEvidence& evidence, const Observer& observer, ExactSink* sink) {
  ExactResult result;
  const Intervals seen = evidence.runs_of(observer.tapped);
  result.seen_count = total_length(seen);
  const Connection& connection = evidence.connection();
  if (!observer.has_keys || !connection.can_decode(evidence.direction())) return result;
  for (const Interval& range : readable_with_keys(connection.scheme, seen)) {
    result.determined.append(range);
    result.determined_seen_count += range.length();
  }
  if (!sink) return result;
  StreamDecoder decoder(connection, evidence.direction(), {});
  const auto source = evidence.source(observer.tapped);
  std::vector<std::uint8_t> scratch;
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < source->count(); ++i) {
    const Interval where = source->piece(i);
    if (where.begin == next) {
      sink->determined(where.begin, decoder.feed(source->bytes(i), scratch));
      next = where.end;
      continue;
    }
    const std::uint64_t end = std::min(where.end, decoder.reach());
    if (end <= where.begin) break;
    const auto wire = source->bytes(i).first(static_cast<std::size_t>(end - where.begin));
    scratch.resize(std::max(scratch.size(), wire.size()));
    decoder.decode_ahead(where.begin, wire, scratch.data());
    sink->determined(where.begin, std::span(scratch).first(wire.size()));
  }
  return result;
}

}  // namespace mps
