// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/dss_checksum.h"

#include <algorithm>

namespace mps {
namespace {

/// Sum of 16-bit big-endian words as if `bytes` stood at an even or odd place of the whole.
std::uint64_t sum_words(std::span<const std::uint8_t> bytes, bool odd) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += std::uint64_t{bytes[i]} << ((i % 2 == 0) != odd ? 8 : 0);
  return sum;
}

std::uint64_t pseudo_header(const DssChecksums::Expectation& e) {
  std::uint64_t sum = e.length;
  for (int shift = 48; shift >= 0; shift -= 16) sum += e.dsn.value >> shift & 0xffff;
  return sum + (e.ssn_on_wire >> 16) + (e.ssn_on_wire & 0xffff);
}

bool is_right(std::uint64_t sum, std::uint16_t checksum) {
  sum += checksum;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

DssChecksumResult result_of(const DssChecksums::Expectation& e, std::uint64_t sum,
                            std::vector<std::uint8_t> payload) {
  return {e.ssn, e.dsn, is_right(sum, e.checksum), e.ssn_on_wire, e.length, e.checksum, std::move(payload)};
}

}  // namespace

DssChecksums::~DssChecksums() {
  while (!open_.empty()) close(open_.size() - 1);
}

void DssChecksums::close(std::size_t at) {
  if (kept_) kept_->bytes -= open_[at].expectation.payload_length;
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
}

void DssChecksums::give_up(std::size_t at) {
  close(at);
  ++given_up_;
}

/// Gives up own mappings for a newer one, never those of other subflows. Where others hold all there is, the
/// newer one is not judged, which is counted.
bool DssChecksums::make_room(std::size_t count) {
  while (!open_.empty() && (open_.size() >= max_open || (kept_ && kept_->bytes + count > kept_->limit)))
    give_up(0);
  return !kept_ || kept_->bytes + count <= kept_->limit;
}

std::optional<DssChecksumResult> DssChecksums::expect(const Expectation& e) {
  if (e.payload_length == 0) return result_of(e, pseudo_header(e), {});
  for (const Open& open : open_)
    if (open.expectation.ssn == e.ssn && open.expectation.length == e.length) return std::nullopt;
  if (std::find(judged_.begin(), judged_.end(), e.ssn) != judged_.end()) return std::nullopt;
  if (!make_room(e.payload_length)) {
    ++given_up_;
    return std::nullopt;
  }
  open_.push_back({e, pseudo_header(e), {}, std::vector<std::uint8_t>(kept_ ? e.payload_length : 0)});
  if (kept_) kept_->bytes += e.payload_length;
  return std::nullopt;
}

void DssChecksums::feed(Ssn ssn, std::span<const std::uint8_t> bytes, std::vector<DssChecksumResult>& done) {
  const Ssn end = ssn + bytes.size();
  for (std::size_t k = 0; k < open_.size();) {
    Open& open = open_[k];
    const Ssn first = open.expectation.ssn;
    const Ssn last = first + open.expectation.payload_length;
    if (end <= first || last <= ssn) {
      ++k;
      continue;
    }
    Ssn from = std::max(ssn, first);
    const Ssn to = std::min(end, last);
    const auto add = [&](Ssn a, Ssn b) {
      if (!(a < b)) return;
      const auto fresh = bytes.subspan(static_cast<std::size_t>(a - ssn), static_cast<std::size_t>(b - a));
      open.sum += sum_words(fresh, (a - first) % 2 != 0);
      if (kept_) std::copy(fresh.begin(), fresh.end(), open.payload.begin() + (a - first));
    };
    // Add what was not seen before, and join the ranges that meet it.
    auto& seen = open.seen;
    const auto met = std::lower_bound(seen.begin(), seen.end(), from,
                                      [](const Range& range, Ssn at) { return range.to < at; });
    Range whole{from, to};
    auto after = met;
    for (; after != seen.end() && after->from <= to; ++after) {
      add(from, std::min(after->from, to));
      from = std::max(from, after->to);
      whole = {std::min(whole.from, after->from), std::max(whole.to, after->to)};
    }
    add(from, to);
    if (met == after) {
      seen.insert(met, whole);
    } else {
      *met = whole;
      seen.erase(met + 1, after);
    }
    if (seen.size() > max_ranges) {
      give_up(k);
      continue;
    }
    if (seen.size() == 1 && seen[0].from == first && seen[0].to == last) {
      done.push_back(result_of(open.expectation, open.sum, std::move(open.payload)));
      if (judged_.size() >= max_recent) judged_.erase(judged_.begin());
      judged_.push_back(first);
      close(k);
    } else {
      ++k;
    }
  }
}

}  // namespace mps
