// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/pdu_assembler.h"

#include <algorithm>

namespace mps::plugin {

void PduAssembler::begin(std::uint64_t offset, std::span<const std::uint8_t> bytes, bool ends_stream) {
  if (pending_.empty()) start_ = offset;
  fresh_ = bytes;
  ends_ = ends_stream;
  asked_in_vain_ = false;
}

bool PduAssembler::next(Piece& piece) {
  const std::uint64_t there = available();
  const bool full = there >= max_pending_;
  const bool enough = until_end_ ? false : there >= need_;
  if (there > 0 && !asked_in_vain_ && (enough || ends_ || full)) {
    const std::uint64_t length = enough && need_ > 0 ? need_ : there;
    piece = {start_, static_cast<std::uint32_t>(std::min<std::uint64_t>(length, INT32_MAX)),
             !pending_.empty(), !ends_ && !full};
    return true;
  }
  pending_.insert(pending_.end(), fresh_.begin(), fresh_.end());
  fresh_ = {};
  return false;
}

void PduAssembler::copy(const Piece& piece, std::uint8_t* out) const {
  const std::size_t first = std::min<std::size_t>(pending_.size(), piece.length);
  out = std::copy_n(pending_.begin(), first, out);
  std::copy_n(fresh_.begin(), piece.length - first, out);
}

std::uint32_t PduAssembler::dissected(const Piece& piece, std::uint32_t consumed, Wanted wanted,
                                      std::uint32_t frame) {
  if (wanted.kind == Wanted::Kind::nothing || !piece.may_ask) consumed = piece.length;
  consumed = std::min(consumed, piece.length);
  std::uint32_t index = none_spanning;
  if (consumed > 0 && piece.spans) {
    SpanningPdu pdu{piece.offset, frame, std::vector<std::uint8_t>(consumed)};
    copy({piece.offset, consumed, true, true}, pdu.bytes.data());
    index = static_cast<std::uint32_t>(spanning_.size());
    spanning_.push_back(std::move(pdu));
  }
  const std::size_t from_pending = std::min<std::size_t>(pending_.size(), consumed);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(from_pending));
  fresh_ = fresh_.subspan(consumed - from_pending);
  start_ += consumed;
  need_ = 0;
  until_end_ = false;
  if (consumed == piece.length) return index;
  const std::uint64_t rest = piece.length - consumed;
  switch (wanted.kind) {
    case Wanted::Kind::nothing:
      break;
    case Wanted::Kind::bytes:
      need_ = rest + std::max(wanted.bytes, 1u);
      break;
    case Wanted::Kind::until_end:
      until_end_ = true;
      break;
    case Wanted::Kind::one_more_segment:
      // Asked about an exact piece while more is at hand: then all of that is "one more segment".
      if (rest == available()) asked_in_vain_ = true;
      break;
  }
  return index;
}

std::uint32_t PduAssembler::dissected_in(std::uint64_t offset) const {
  const auto after = std::upper_bound(spanning_.begin(), spanning_.end(), offset,
                                      [](std::uint64_t o, const SpanningPdu& pdu) { return o < pdu.offset; });
  if (after == spanning_.begin()) return 0;
  const SpanningPdu& pdu = *std::prev(after);
  return offset < pdu.offset + pdu.bytes.size() ? pdu.frame : 0;
}

}  // namespace mps::plugin
