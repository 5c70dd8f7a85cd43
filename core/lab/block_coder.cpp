// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/block_coder.h"

#include <algorithm>

namespace mps::lab {

BlockEncoder::BlockEncoder(std::size_t block, std::size_t unit, const Agreement& agreement)
    : block_(block), unit_(unit), seed_(agreement.seed) {}

void BlockEncoder::feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) {
  Bytes& lane = lanes.front();
  const std::size_t whole = (held_.size() + plaintext.size()) / unit_ * unit_;
  if (whole == 0) {
    held_.insert(held_.end(), plaintext.begin(), plaintext.end());
    return;
  }
  const std::size_t before = lane.size();
  const std::size_t taken = whole - held_.size();
  lane.insert(lane.end(), held_.begin(), held_.end());
  lane.insert(lane.end(), plaintext.begin(), plaintext.begin() + static_cast<std::ptrdiff_t>(taken));
  code(std::span(lane).subspan(before));
  held_.assign(plaintext.begin() + static_cast<std::ptrdiff_t>(taken), plaintext.end());
}

void BlockEncoder::finish(Lanes& lanes) {
  if (held_.empty()) return;
  const std::size_t missing = (block_ - held_.size() % block_) % block_;
  const Bytes padding = Keystream(seed_, "mpscramble lab padding").take(missing);
  held_.insert(held_.end(), padding.begin(), padding.end());
  code(held_);
  lanes.front().insert(lanes.front().end(), held_.begin(), held_.end());
}

BlockDecoder::BlockDecoder(std::size_t unit, const Agreement& agreement)
    : unit_(unit), left_(agreement.length()) {}

void BlockDecoder::feed(std::size_t, std::span<const std::uint8_t> bytes, Bytes& plaintext) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  emit(held_.size() / unit_ * unit_, plaintext);
}

void BlockDecoder::finish(Bytes& plaintext) {
  emit(held_.size(), plaintext);
}

void BlockDecoder::emit(std::size_t size, Bytes& plaintext) {
  if (size == 0) return;
  decode(std::span(held_).first(size));
  const auto wanted = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(size, left_));
  plaintext.insert(plaintext.end(), held_.begin(), held_.begin() + wanted);
  left_ -= static_cast<std::uint64_t>(wanted);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace mps::lab
