// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/data_stream.h"

#include <algorithm>
#include <array>

namespace mps {
namespace {

/// Offsets of a stream whose start is unknown count from here, so that earlier bytes have room below.
constexpr std::uint64_t unknown_start = std::uint64_t{1} << 62;
/// Larger than any receive window, smaller than half of the 32-bit short form.
constexpr std::int64_t max_jump = std::int64_t{1} << 31;
/// Only 32 bits were ever seen. A 64-bit number looks like that once in 2^32 connections.
bool is_short_form(Dsn dsn) {
  return dsn.value <= UINT32_MAX;
}

constexpr std::size_t max_recent = 1024;
constexpr std::size_t scratch_size = 65536;

}  // namespace

std::optional<std::uint64_t> DataStream::length() const {
  if (!fin_ || !origin_known_) return std::nullopt;
  return position(*fin_);
}

Dsn DataStream::extend(std::uint32_t low) const {
  const Dsn newest = any_dsn_ || origin_known_ ? origin_ + std::max(end_seen_, frontier_) : Dsn{0};
  if (!any_dsn_ && !origin_known_) return {low};
  return {extend_32(newest.value, low)};
}

bool DataStream::is_implausible(Dsn dsn) const {
  if (!any_dsn_ && !origin_known_) return false;
  const std::int64_t jump = dsn - (origin_ + std::max(end_seen_, frontier_));
  return jump > max_jump || jump < -(std::int64_t{1} << 40);
}

void DataStream::set_origin(Dsn first_byte) {
  if (origin_known_) return;
  if (any_dsn_) {
    // Everything held so far is placed relative to the first DSN seen. With 32-bit numbers only, that one is
    // known modulo 2^32: take the value nearest to the origin.
    const Dsn provisional = origin_ + unknown_start;
    const Dsn first = is_short_form(provisional)
                          ? Dsn{extend_32(first_byte.value, static_cast<std::uint32_t>(provisional.value))}
                          : provisional;
    const std::uint64_t shift = first.value - first_byte.value - unknown_start;  // modulo 2^64
    ExtentTable moved;
    held_.for_each([&](Extent extent) {
      extent.offset += shift;
      if (extent.offset < unknown_start * 2)
        moved.insert(extent);  // what lies before the start is no stream data
    });
    held_ = std::move(moved);
    for (Extent& extent : extents_) extent.offset += shift;
    std::erase_if(extents_, [](const Extent& extent) { return extent.offset >= unknown_start * 2; });
    end_seen_ = held_.empty() ? 0 : held_.back().end();
    if (fin_) fin_ = first_byte + (position(*fin_) + shift);
  }
  origin_ = first_byte;
  origin_known_ = true;
}

void DataStream::release(PayloadStore& store) {
  if (released_ || !origin_known_) return;
  released_ = true;
  drain(store);
}

void DataStream::deliver(std::uint64_t offset, std::span<const std::uint8_t> bytes, const Extent& carrier) {
  if (consumer_) consumer_->on_contiguous(offset, bytes, carrier);
  frontier_ = offset + bytes.size();
}

DataStream::Accepted DataStream::accept(const Piece& piece, PayloadStore& store) {
  Accepted result;
  if (!any_dsn_ && !origin_known_) origin_ = piece.dsn - unknown_start;
  any_dsn_ = true;
  std::uint64_t at = position(piece.dsn);
  Piece rest = piece;
  if (at >= unknown_start * 2) {  // begins before offset 0
    const std::uint64_t before = -at;
    result.before_start = true;
    if (before >= rest.bytes.size()) return result;
    rest.bytes = rest.bytes.subspan(before);
    if (rest.locator != no_locator) rest.locator += before;
    at = 0;
  }
  if (const auto length = this->length(); length && at + rest.bytes.size() > *length) {
    const std::uint64_t keep = *length > at ? *length - at : 0;
    counters_.after_fin += rest.bytes.size() - keep;
    rest.bytes = rest.bytes.first(keep);
  }
  result.offset = at;
  const std::uint64_t end = at + rest.bytes.size();
  if (rest.bytes.empty()) return result;
  if (keep_extents_) {
    if (rest.locator == no_locator) {
      rest.locator = store.hold(*rest.segment, rest.bytes);
      rest.segment = nullptr;
    }
    if (rest.locator == no_locator) {
      result.limit_reached = true;
    } else {
      extents_.push_back(
          {at, rest.locator, rest.subflow, static_cast<std::uint32_t>(rest.bytes.size()), rest.frame});
    }
  }

  // What was handed on already.
  std::uint64_t from = at;
  if (from < frontier_) {
    const std::uint64_t to = std::min(end, frontier_);
    compare_delivered(rest, at, to, store, result);
    from = to;
  }
  // The common case: continues the stream and nothing is waiting.
  if (from < end && released_ && from == frontier_ && held_.empty()) {
    insert_new(rest, at, {from, end}, store, result);
  } else if (from < end) {
    std::vector<StreamRange> fresh;  // the table must not change while it is walked
    held_.split(
        from, end,
        [&](const Extent& first, std::uint64_t a, std::uint64_t b) {
          result.repeated += b - a;
          result.differing += count_differing(first, {a, b}, rest, at, store);
        },
        [&](std::uint64_t a, std::uint64_t b) {
          fresh.push_back({a, b});
        });
    for (const StreamRange& range : fresh) insert_new(rest, at, range, store, result);
    if (released_) drain(store);
  }
  end_seen_ = std::max(end_seen_, end);
  counters_.captured += result.fresh;
  counters_.differing += result.differing;
  (piece.new_ssn ? counters_.reinjected : counters_.retransmitted) += result.repeated;
  return result;
}

void DataStream::insert_new(const Piece& piece, std::uint64_t at, StreamRange range, PayloadStore& store,
                            Accepted& result) {
  const auto bytes = piece.bytes.subspan(range.from - at, range.size());
  Extent extent;
  extent.offset = range.from;
  extent.subflow = piece.subflow;
  extent.length = static_cast<std::uint32_t>(range.size());
  extent.frame = piece.frame;
  if (released_ && range.from == frontier_) {
    std::uint64_t locator = piece.locator;
    if (locator != no_locator)
      locator += range.from - at;
    else if (piece.segment->locator != no_locator)
      locator =
          piece.segment->locator + static_cast<std::uint64_t>(bytes.data() - piece.segment->payload.data());
    if (locator != no_locator) {
      extent.locator = locator;
      if (recent_.size() < max_recent) {
        recent_.push_back(extent);
      } else {
        recent_[recent_next_] = extent;
        recent_next_ = (recent_next_ + 1) % max_recent;
      }
    }
    deliver(range.from, bytes, extent);
    if (piece.locator != no_locator && !keep_extents_) store.release(locator, range.size());
    result.fresh += range.size();
    return;
  }
  const std::uint64_t locator =
      piece.locator != no_locator ? piece.locator + (range.from - at) : store.hold(*piece.segment, bytes);
  if (locator == no_locator) {
    result.limit_reached = true;
    counters_.dropped_by_limit += range.size();
    return;
  }
  extent.locator = locator;
  held_.insert(extent);
  result.fresh += range.size();
}

std::uint64_t DataStream::count_differing(const Extent& first, StreamRange range, const Piece& piece,
                                          std::uint64_t at, PayloadStore& store) {
  std::vector<std::uint8_t> before(range.size());
  if (!store.read(first.locator + (range.from - first.offset), before)) {
    counters_.not_compared += range.size();
    return 0;
  }
  const auto now = piece.bytes.subspan(range.from - at, range.size());
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < before.size(); ++i) differing += before[i] != now[i];
  return differing;
}

void DataStream::compare_delivered(const Piece& piece, std::uint64_t at, std::uint64_t to,
                                   PayloadStore& store, Accepted& result) {
  result.repeated += to - at;
  std::uint64_t compared = 0;
  for (const Extent& known : recent_) {
    const std::uint64_t a = std::max(at, known.offset);
    const std::uint64_t b = std::min(to, known.end());
    if (a >= b || PayloadStore::is_copy(known.locator)) continue;
    result.differing += count_differing(known, {a, b}, piece, at, store);
    compared += b - a;
  }
  counters_.not_compared += to - at - compared;
}

void DataStream::drain(PayloadStore& store) {
  std::array<std::uint8_t, scratch_size> scratch;
  while (!held_.empty() && held_.front().offset == frontier_) {
    const Extent extent = held_.front();
    held_.pop_front();
    for (std::uint32_t done = 0; done < extent.length;) {
      const std::size_t n = std::min<std::size_t>(scratch.size(), extent.length - done);
      if (!store.read(extent.locator + done, std::span(scratch).first(n))) {
        read_failed_ = true;  // the file shrank: the rest of the stream stays where it is
        return;
      }
      deliver(extent.offset + done, std::span(scratch).first(n), extent);
      done += static_cast<std::uint32_t>(n);
    }
    if (!keep_extents_) store.release(extent.locator, extent.length);
  }
}

void DataStream::move_to(DataStream& into, PayloadStore& store, std::uint16_t first_subflow) {
  const Dsn first = origin_;
  std::vector<std::uint8_t> bytes;
  const auto hand_over = [&](const Extent& extent, bool new_ssn) {
    bytes.resize(extent.length);
    if (!store.read(extent.locator, bytes)) {
      into.read_failed_ = true;
      return;
    }
    Dsn dsn = first + extent.offset;
    if (is_short_form(dsn) && (into.origin_known_ || into.any_dsn_))
      dsn = into.extend(static_cast<std::uint32_t>(dsn.value));
    Piece piece;
    piece.dsn = dsn;
    piece.bytes = bytes;
    piece.locator = extent.locator;
    piece.frame = extent.frame;
    piece.subflow = static_cast<std::uint16_t>(extent.subflow + first_subflow);
    piece.new_ssn = new_ssn;
    into.accept(piece, store);
  };
  if (keep_extents_) {
    for (const Extent& extent : extents_) hand_over(extent, true);
  } else {
    held_.for_each([&](const Extent& extent) { hand_over(extent, true); });
  }
  if (fin_ && !into.fin_) {
    Dsn fin = *fin_;
    if (is_short_form(fin) && (into.origin_known_ || into.any_dsn_))
      fin = into.extend(static_cast<std::uint32_t>(fin.value));
    into.fin_ = fin;
  }
  into.counters_.retransmitted += counters_.retransmitted;
  into.counters_.reinjected += counters_.reinjected;
  into.counters_.differing += counters_.differing;
  into.counters_.not_compared += counters_.not_compared;
  into.counters_.dropped_by_limit += counters_.dropped_by_limit;
  held_.clear();
  extents_.clear();
}

std::uint64_t DataStream::first_offset() const {
  return origin_known_ || held_.empty() ? 0 : held_.front().offset;
}

std::vector<StreamRange> DataStream::gaps() const {
  std::vector<StreamRange> result;
  std::uint64_t at = origin_known_ ? frontier_ : first_offset();
  held_.for_each([&](const Extent& extent) {
    if (extent.offset > at) result.push_back({at, extent.offset});
    at = extent.end();
  });
  if (const auto length = this->length(); length && at < *length) result.push_back({at, *length});
  return result;
}

}  // namespace mps
