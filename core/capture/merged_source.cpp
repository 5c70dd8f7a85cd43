// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/merged_source.h"

#include <algorithm>

namespace mps {
namespace {

/// A filter is worth its memory only where there are two files to compare.
constexpr unsigned window_bits_for(std::size_t inputs) {
  return inputs > 1 ? 18 : 2;
}

}  // namespace

MergedSource::MergedSource(std::vector<Input> inputs, std::vector<CaptureError> open_errors)
    : consumed_(inputs.size()),
      duplicate_filter_(window_bits_for(inputs.size())),
      open_errors_(std::move(open_errors)) {
  for (auto& input : inputs) {
    taps_.push_back({std::move(input.source), input.trust, {}, {}});
    learn_paths(taps_.back());
  }
}

/// What the merge does with one tap, without its heap.
bool MergedSource::next_of_only_tap(Packet& packet) {
  Tap& tap = taps_.front();
  const bool more = tap.source->next(packet);
  if (!more || packet.path >= tap.path_of.size()) learn_paths(tap);
  if (more) deliver(0, packet);
  return more;
}

bool MergedSource::next(Packet& packet) {
  if (taps_.size() == 1) return next_of_only_tap(packet);
  if (!started_) {
    started_ = true;
    for (std::size_t i = 0; i < taps_.size(); ++i) advance(i);
  }
  for (;;) {
    if (consumed_ < taps_.size()) advance(consumed_);
    consumed_ = taps_.size();
    if (heap_.empty()) return false;
    const std::size_t earliest = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), later());
    heap_.pop_back();
    consumed_ = earliest;
    if (taps_.size() > 1 && duplicate_filter_.is_duplicate(taps_[earliest].head, earliest)) {
      ++duplicates_;
      continue;
    }
    packet = taps_[earliest].head;
    deliver(earliest, packet);
    return true;
  }
}

void MergedSource::advance(std::size_t index) {
  Tap& tap = taps_[index];
  const bool more = tap.source->next(tap.head);
  learn_paths(tap);
  if (!more) return;
  heap_.push_back(index);
  std::push_heap(heap_.begin(), heap_.end(), later());
}

void MergedSource::learn_paths(Tap& tap) {
  const auto& known = tap.source->paths();
  while (tap.path_of.size() < known.size()) {
    tap.path_of.push_back(static_cast<std::uint32_t>(paths_.size()));
    paths_.push_back(known[tap.path_of.size() - 1]);
    paths_.back().trust = tap.trust;
  }
}

/// Renames a packet of that tap to what it is here.
void MergedSource::deliver(std::size_t index, Packet& packet) {
  packet.number = ++packets_;
  packet.path = taps_[index].path_of[packet.path];
  const bool fits = index < files_with_locators && packet.locator != no_locator &&
                    packet.locator + packet.bytes.size() < (std::uint64_t{1} << offset_bits);
  packet.locator = fits ? std::uint64_t{index} << offset_bits | packet.locator : no_locator;
}

bool MergedSource::read(std::uint64_t locator, std::span<std::uint8_t> out) {
  const std::size_t index = static_cast<std::size_t>(locator >> offset_bits);
  if (index >= taps_.size()) return false;
  return taps_[index].source->read(locator & ((std::uint64_t{1} << offset_bits) - 1), out);
}

std::span<const std::uint8_t> MergedSource::at_hand(std::uint64_t locator, std::size_t size) const {
  const std::size_t index = static_cast<std::size_t>(locator >> offset_bits);
  if (index >= taps_.size()) return {};
  return taps_[index].source->at_hand(locator & ((std::uint64_t{1} << offset_bits) - 1), size);
}

const std::vector<CaptureError>& MergedSource::errors() const {
  all_errors_ = open_errors_;
  for (const Tap& tap : taps_) {
    const auto& errors = tap.source->errors();
    all_errors_.insert(all_errors_.end(), errors.begin(), errors.end());
  }
  return all_errors_;
}

SourceProgress MergedSource::progress() const {
  SourceProgress sum{0, 0, packets_, duplicates_};
  bool total_known = true;
  for (const Tap& tap : taps_) {
    const SourceProgress one = tap.source->progress();
    sum.bytes_read += one.bytes_read;
    sum.bytes_total += one.bytes_total;
    total_known = total_known && one.bytes_total != 0;
  }
  if (!total_known) sum.bytes_total = 0;
  return sum;
}

void MergedSource::expect_payload_use(bool used) {
  for (const Tap& tap : taps_) tap.source->expect_payload_use(used);
}

void MergedSource::interrupt() {
  for (const Tap& tap : taps_) tap.source->interrupt();
}

}  // namespace mps
