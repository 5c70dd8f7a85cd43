// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/exact_walk.h"

#include <algorithm>

#include "core/scramble/mps_scramble.h"

namespace mps {

SegmentSweep::SegmentSweep(Interval range, const Intervals& seen, const Intervals& known,
                           const std::vector<Intervals>& targets)
    : rest_(range), seen_{&seen}, known_{&known} {
  for (const Intervals& target : targets) targets_.push_back({&target});
}

bool SegmentSweep::Cursor::at(std::uint64_t position, std::uint64_t& boundary) {
  while (index < list->size() && (*list)[index].end <= position) ++index;
  if (index == list->size()) return false;
  const Interval& current = (*list)[index];
  const bool inside = current.begin <= position;
  boundary = std::min(boundary, inside ? current.end : current.begin);
  return inside;
}

bool SegmentSweep::next(Segment& segment) {
  if (rest_.empty()) return false;
  segment = {};
  segment.where = rest_;
  segment.seen = seen_.at(rest_.begin, segment.where.end);
  segment.known = known_.at(rest_.begin, segment.where.end);
  for (std::size_t k = 0; k < targets_.size(); ++k)
    if (targets_[k].at(rest_.begin, segment.where.end)) segment.targets |= std::uint32_t{1} << k;
  segment.run = seen_.index;
  segment.known_run = known_.index;
  rest_.begin = segment.where.end;
  return true;
}

void Ring::fold(std::uint64_t offset, std::span<const std::uint8_t> scrambled) {
  std::size_t first = slot(offset);
  while (!scrambled.empty()) {
    const std::size_t step = std::min(period() - first, scrambled.size());
    std::uint8_t* weights = weight.data() + first;
    for (std::size_t i = 0; i < step; ++i) weights[i] = static_cast<std::uint8_t>(weights[i] ^ scrambled[i]);
    scrambled = scrambled.subspan(step);
    first = 0;
  }
}

void Descrambler::set_register(std::span<const std::uint8_t> original) {
  register_.assign(original.begin(), original.end());
  oldest_ = 0;
  sum_ = 0;
  for (const std::uint8_t byte : register_) sum_ = static_cast<std::uint8_t>(sum_ ^ byte);
}

void Descrambler::run(std::span<const std::uint8_t> scrambled, std::span<std::uint8_t> out) {
  if (window_ == MPS_WINDOW) {
    mps_state state;
    std::rotate_copy(register_.begin(), register_.begin() + static_cast<std::ptrdiff_t>(oldest_),
                     register_.end(), state.window);
    state.sum = sum_;
    mps_descramble(&state, out.data(), scrambled.data(), scrambled.size());
    set_register(state.window);
    return;
  }
  for (std::size_t i = 0; i < scrambled.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(scrambled[i] ^ sum_);
    sum_ = static_cast<std::uint8_t>(sum_ ^ out[i] ^ register_[oldest_]);
    register_[oldest_] = out[i];
    oldest_ = oldest_ + 1 == window_ ? 0 : oldest_ + 1;
  }
}

}  // namespace mps
