// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/data_stream.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace mps {
namespace {

/// Offsets of a stream whose start is unknown count from here, so that earlier bytes have room below.
constexpr std::uint64_t unknown_start = std::uint64_t{1} << 62;
/// Larger than any receive window, smaller than half of the 32-bit short form.
constexpr std::int64_t max_jump = std::int64_t{1} << 31;
/// Only 32 bits were ever seen, or these and a wrap. A 64-bit number looks like that once in 2^31
/// connections.
bool is_short_form(Dsn dsn) {
  return dsn.value <= std::uint64_t{UINT32_MAX} * 2;
}

/// Moves an extent to where the stream's start says, without what then lies before that: so many bytes, which
/// may be all.
std::uint32_t shift_into_stream(Extent& extent, std::uint64_t shift) {
  extent.offset += shift;
  const std::uint64_t before = extent.offset >= unknown_start * 2 ? -extent.offset : 0;
  const auto lost = static_cast<std::uint32_t>(std::min<std::uint64_t>(before, extent.length));
  extent.offset += lost;
  extent.locator += lost;
  extent.length -= lost;
  return lost;
}

constexpr std::size_t max_recent = 1024;
/// Earlier pieces that one piece is compared with. A GSO segment repeats 46 Ethernet frames; one that repeats
/// tens of thousands of single bytes must not be read from the file byte by byte.
constexpr std::size_t max_compared = 64;
/// Extents among which a window probe is looked for: some 100 ms of a fast path.
constexpr std::size_t max_looked_through = 16384;
constexpr std::size_t max_singles = 64;

}  // namespace

std::optional<std::uint64_t> DataStream::length() const {
  if (!fin_ || !origin_known_) return std::nullopt;
  return position(*fin_);
}

Dsn DataStream::extend(std::uint32_t low) const {
  if (any_dsn_ || origin_known_) return {extend_32(newest().value, low)};
  return announced_ ? Dsn{extend_32(announced_->value, low)} : Dsn{low};
}

bool DataStream::is_implausible(Dsn dsn) const {
  if (!any_dsn_ && !origin_known_) return false;
  const std::int64_t jump = dsn - (origin_ + std::max(end_seen_, frontier_));
  return jump > max_jump || jump < -(std::int64_t{1} << 40);
}

void DataStream::acknowledge(Dsn next) {
  if (!any_dsn_ && !origin_known_) return;  // its upper half may be missing
  if (is_implausible(next)) return;
  if (!acknowledged_ || next - *acknowledged_ > 0) acknowledged_ = next;
}

bool DataStream::is_window_probe(Dsn dsn) const {
  if (!acknowledged_ || *acknowledged_ - dsn <= 0) return false;
  return position(dsn) != frontier_ && position(dsn) != end_seen_;
}

bool DataStream::is_short() const {
  if (origin_known_) return is_short_form(origin_);
  if (any_dsn_) return is_short_form(origin_ + unknown_start);
  return announced_ && is_short_form(*announced_);
}

Dsn DataStream::resolve(Dsn dsn) const {
  if (!is_short_form(dsn) || is_short()) return dsn;
  return extend(static_cast<std::uint32_t>(dsn.value));
}

std::uint64_t DataStream::widen(Dsn wide) {
  if (!is_short() || is_short_form(wide)) return 0;
  const Dsn known = any_dsn_ || origin_known_ ? newest() : *announced_;
  const std::uint64_t shift = extend_32(wide.value, static_cast<std::uint32_t>(known.value)) - known.value;
  origin_ = origin_ + shift;
  if (announced_) announced_ = *announced_ + shift;
  if (acknowledged_) acknowledged_ = *acknowledged_ + shift;
  if (fin_) fin_ = *fin_ + shift;
  return shift;
}

bool DataStream::set_fin(Dsn fin) {
  if (fin_) return true;
  if (any_dsn_ && static_cast<std::int64_t>(position(fin) - end_seen_) < 0) return false;
  fin_ = fin;
  if (frontier_ == length()) recent_.shrink_to_fit();  // mostly it is over, and there may be very many
  return true;
}

std::uint64_t DataStream::set_origin(Dsn first_byte, PayloadStore& store) {
  if (origin_known_) {
    // The first mapping had told it, perhaps in 32 bits.
    if (!is_short() || static_cast<std::uint32_t>(first_byte - origin_) != 0) return 0;
    return widen(first_byte);
  }
  std::uint64_t renamed = 0;
  if (any_dsn_) {
    // Everything held so far is placed relative to the first DSN seen. With 32-bit numbers only, that one is
    // known modulo 2^32: take the value nearest to the origin.
    const Dsn provisional = origin_ + unknown_start;
    const Dsn first = is_short_form(provisional)
                          ? Dsn{extend_32(first_byte.value, static_cast<std::uint32_t>(provisional.value))}
                          : provisional;
    renamed = first.value - provisional.value;
    const std::uint64_t shift = first.value - first_byte.value - unknown_start;  // modulo 2^64
    // Kept extents own what the store holds; what waits is among them.
    const auto place = [&](Extent& extent, bool owner) {
      const std::uint64_t locator = extent.locator;
      const std::uint32_t lost = shift_into_stream(extent, shift);
      if (owner && lost) store.release(locator, lost);
      return lost;
    };
    ExtentTable moved;
    held_.for_each([&](Extent extent) {
      counters_.captured -= place(extent, !keep_extents_);
      if (extent.length) moved.insert(extent);
    });
    held_ = std::move(moved);
    for (std::uint64_t& offset : singles_) offset += shift;
    for (Extent& extent : extents_) place(extent, true);
    std::erase_if(extents_, [](const Extent& extent) { return extent.length == 0; });
    end_seen_ = held_.empty() ? 0 : held_.back().end();
    if (fin_) fin_ = first_byte + (position(*fin_) + shift);
  } else if (fin_ && is_short_form(*fin_)) {
    fin_ = Dsn{extend_32(first_byte.value, static_cast<std::uint32_t>(fin_->value))};
  }
  if (acknowledged_) acknowledged_ = *acknowledged_ + renamed;
  origin_ = first_byte;
  origin_known_ = true;
  return renamed;
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
  if (!any_dsn_ && !origin_known_) {
    origin_ = piece.dsn - unknown_start;
    if (fin_ && is_short_form(*fin_))
      fin_ = Dsn{extend_32(piece.dsn.value, static_cast<std::uint32_t>(fin_->value))};
  }
  any_dsn_ = true;
  std::uint64_t at = position(piece.dsn);
  Piece rest = piece;
  if (at >= unknown_start * 2) {  // begins before offset 0
    const std::uint64_t before = -at;
    result.before_start = true;
    give_back(rest, 0, std::min<std::uint64_t>(before, rest.bytes.size()), store);
    if (before >= rest.bytes.size()) return result;
    rest.bytes = rest.bytes.subspan(before);
    if (rest.locator != no_locator) rest.locator += before;
    at = 0;
  }
  if (const auto length = this->length(); length && at + rest.bytes.size() > *length) {
    const std::uint64_t keep = *length > at ? *length - at : 0;
    counters_.after_fin += rest.bytes.size() - keep;
    give_back(rest, keep, rest.bytes.size(), store);
    rest.bytes = rest.bytes.first(keep);
  }
  result.offset = at;
  const std::uint64_t end = at + rest.bytes.size();
  if (rest.bytes.empty()) return result;
  if (keep_extents_) {
    // What has no locator has a segment: only extents with a locator are kept, and handed over by move_to().
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker)
    if (rest.locator == no_locator) rest.locator = store.hold(*rest.segment, rest.bytes);
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
    give_back(rest, 0, to - at, store);
    from = to;
  }
  // The common case: continues the stream and nothing is waiting.
  if (from < end && released_ && from == frontier_ && held_.empty()) {
    insert_new(rest, at, {from, end}, store, result);
  } else if (from < end && (held_.empty() || held_.back().end() <= from)) {  // the next of what waits
    insert_new(rest, at, {from, end}, store, result);
  } else if (from < end) {
    fresh_.clear();  // the table must not change while it is walked
    std::size_t compared = 0;
    held_.split(
        from, end,
        [&](const Extent& first, std::uint64_t a, std::uint64_t b) {
          std::uint64_t differing = 0;
          if (compared++ < max_compared)
            differing = count_differing(first, {a, b}, rest, at, store);
          else
            counters_.not_compared += b - a;
          if (differing && !result.outvoted && outvotes(rest, first)) {
            result.outvoted = first;
            fresh_.push_back({a, b});
            return;
          }
          result.repeated += b - a;
          result.differing += differing;
          give_back(rest, a - at, b - at, store);
        },
        [&](std::uint64_t a, std::uint64_t b) {
          fresh_.push_back({a, b});
        });
    if (result.outvoted) give_up(*result.outvoted, store);
    for (const StreamRange& range : fresh_) insert_new(rest, at, range, store, result);
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
    else if (piece.segment->locator != no_locator)  // NOLINT(clang-analyzer-core.NullDereference): as above
      locator =
          piece.segment->locator + static_cast<std::uint64_t>(bytes.data() - piece.segment->payload.data());
    if (locator != no_locator) {
      extent.locator = locator;
      remember(extent);
    }
    deliver(range.from, bytes, extent);
    if (piece.locator != no_locator && !keep_extents_) store.release(locator, range.size());
    result.fresh += range.size();
    return;
  }
  const std::uint64_t locator =
      // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): as above
      piece.locator != no_locator ? piece.locator + (range.from - at) : store.hold(*piece.segment, bytes);
  if (locator == no_locator) {
    result.limit_reached = true;
    counters_.dropped_by_limit += range.size();
    return;
  }
  extent.locator = locator;
  held_.insert(extent);
  if (piece.segment && piece.segment->payload_on_wire == 1) note_single(extent);
  result.fresh += range.size();
}

std::uint64_t DataStream::count_differing(const Extent& first, StreamRange range, const Piece& piece,
                                          std::uint64_t at, PayloadStore& store) {
  const auto before = store.view(first.locator + (range.from - first.offset), range.size());
  if (!before) {
    counters_.not_compared += range.size();
    return 0;
  }
  const auto now = piece.bytes.subspan(range.from - at, range.size());
  if (std::equal(before->begin(), before->end(), now.begin())) return 0;  // ten times as fast as counting
  return static_cast<std::uint64_t>(std::inner_product(
      before->begin(), before->end(), now.begin(), std::ptrdiff_t{0}, std::plus<>(), std::not_equal_to<>()));
}

void DataStream::compare_delivered(const Piece& piece, std::uint64_t at, std::uint64_t to,
                                   PayloadStore& store, Accepted& result) {
  result.repeated += to - at;
  std::uint64_t compared = 0;
  // The ring is ascending from recent_next_ on.
  const auto nth = [&](std::size_t n) -> const Extent& {
    return recent_[(recent_next_ + n) % recent_.size()];
  };
  std::size_t first = 0;
  for (std::size_t n = recent_.size(); n > 0;) {
    const std::size_t half = n / 2;
    if (nth(first + half).end() <= at) {
      first += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  for (std::size_t met = 0; met < max_compared && first < recent_.size() && nth(first).offset < to;
       ++first, ++met) {
    const Extent& known = nth(first);
    const std::uint64_t a = std::max(at, known.offset);
    const std::uint64_t b = std::min(to, known.end());
    result.differing += count_differing(known, {a, b}, piece, at, store);
    compared += b - a;
  }
  counters_.not_compared += to - at - compared;
}

void DataStream::remember(const Extent& delivered) {
  if (PayloadStore::is_copy(delivered.locator)) return;
  if (recent_.size() < max_recent) {
    recent_.push_back(delivered);
  } else {
    recent_[recent_next_] = delivered;
    recent_next_ = (recent_next_ + 1) % max_recent;
  }
}

bool DataStream::outvotes(const Piece& piece, const Extent& first) const {
  return first.length == 1 && piece.bytes.size() > 1 &&
         std::find(singles_.begin(), singles_.end(), first.offset) != singles_.end();
}

void DataStream::note_single(const Extent& single) {
  if (singles_.size() == max_singles) singles_.erase(singles_.begin());
  singles_.push_back(single.offset);
}

void DataStream::give_up(const Extent& probe, PayloadStore& store) {
  held_.erase(probe.offset);
  std::erase(singles_, probe.offset);
  --counters_.captured;
  if (!keep_extents_) return store.release(probe.locator, 1);
  // It came a moment ago; a capture made to hurt must not have all extents looked through for each.
  const std::size_t recent = std::min(extents_.size(), max_looked_through);
  const auto found = std::find_if(
      extents_.rbegin(), extents_.rbegin() + static_cast<std::ptrdiff_t>(recent),
      [&](const Extent& e) { return e.offset == probe.offset && e.frame == probe.frame && e.length == 1; });
  if (found != extents_.rbegin() + static_cast<std::ptrdiff_t>(recent))
    extents_.erase(std::next(found).base());
}

/// Bytes [from, to) of a piece that waited in the store are not wanted after all.
void DataStream::give_back(const Piece& piece, std::uint64_t from, std::uint64_t to, PayloadStore& store) {
  if (piece.locator != no_locator && !keep_extents_ && from < to)
    store.release(piece.locator + from, to - from);
}

void DataStream::drain(PayloadStore& store) {
  while (!held_.empty() && held_.front().offset == frontier_) {
    const Extent extent = held_.front();
    held_.pop_front();
    const auto bytes = store.view(extent.locator, extent.length);
    if (!bytes) {
      read_failed_ = true;  // the file shrank: the rest of the stream stays where it is
      return;
    }
    deliver(extent.offset, *bytes, extent);
    remember(extent);
    if (!keep_extents_) store.release(extent.locator, extent.length);
  }
}

void DataStream::move_to(DataStream& into, PayloadStore& store, std::uint16_t first_subflow,
                         std::vector<std::uint64_t>& fresh) {
  const Dsn first = origin_;
  std::vector<std::uint8_t> bytes;
  const Counters before = into.counters_;
  const auto hand_over = [&](const Extent& extent) {
    bytes.resize(extent.length);
    if (!store.read(extent.locator, bytes)) {
      into.read_failed_ = true;
      return;
    }
    Dsn dsn = first + extent.offset;
    dsn = into.resolve(dsn);
    Piece piece;
    piece.dsn = dsn;
    piece.bytes = bytes;
    piece.locator = extent.locator;
    piece.frame = extent.frame;
    piece.subflow = static_cast<std::uint16_t>(extent.subflow + first_subflow);
    if (fresh.size() <= extent.subflow) fresh.resize(extent.subflow + std::size_t{1});
    fresh[extent.subflow] += into.accept(piece, store).fresh;
  };
  if (keep_extents_) {
    for (const Extent& extent : extents_) hand_over(extent);
  } else {
    held_.for_each(hand_over);
  }
  if (fin_ && !into.fin_) {
    into.set_fin(into.resolve(*fin_));
  }
  if (keep_extents_) {  // the repetitions were handed over too, and all counted as reinjected
    const std::uint64_t found = into.counters_.reinjected - before.reinjected;
    const std::uint64_t retransmitted = std::min(found, counters_.retransmitted);
    into.counters_.retransmitted += retransmitted;
    into.counters_.reinjected -= retransmitted;
  } else {
    into.counters_.retransmitted += counters_.retransmitted;
    into.counters_.reinjected += counters_.reinjected;
    into.counters_.differing += counters_.differing;
    into.counters_.not_compared += counters_.not_compared;
  }
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
