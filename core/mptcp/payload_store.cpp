// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/payload_store.h"

#include <algorithm>

namespace mps {
namespace {

template <typename Blocks>
auto find_block(Blocks& blocks, std::uint64_t address) {
  auto after = std::upper_bound(blocks.begin(), blocks.end(), address,
                                [](std::uint64_t wanted, const auto& block) { return wanted < block.start; });
  return after == blocks.begin() ? blocks.end() : std::prev(after);
}

}  // namespace

std::deque<PayloadStore::Block>::iterator PayloadStore::find(std::uint64_t address) {
  return find_block(blocks_, address);
}
std::deque<PayloadStore::Block>::const_iterator PayloadStore::find(std::uint64_t address) const {
  return find_block(blocks_, address);
}

std::uint64_t PayloadStore::hold(const SegmentView& segment, std::span<const std::uint8_t> piece) {
  if (archive_ && segment.locator != no_locator)
    return segment.locator + static_cast<std::uint64_t>(piece.data() - segment.payload.data());
  const std::uint64_t most_blocks = fewest_blocks_allowed + max_copied_bytes_ / smallest_block;
  if (piece.size() > max_copied_bytes_ - copied_bytes_ || blocks_.size() >= most_blocks) return no_locator;
  const std::uint64_t start = next_address_;
  next_address_ += piece.size();
  copied_bytes_ += piece.size();
  blocks_.push_back({start, piece.size(), {piece.begin(), piece.end()}});
  return copy_bit | start;
}

/// Empty if they must be read, or cannot be had.
std::span<const std::uint8_t> PayloadStore::in_memory(std::uint64_t locator, std::size_t size) const {
  if (locator == no_locator) return {};
  if (!is_copy(locator)) return archive_ ? archive_->at_hand(locator, size) : std::span<const std::uint8_t>();
  const std::uint64_t address = locator & ~copy_bit;
  const auto block = find(address);
  if (block == blocks_.end()) return {};
  const std::uint64_t skip = address - block->start;
  if (skip > block->bytes.size() || size > block->bytes.size() - skip) return {};
  return std::span(block->bytes).subspan(skip, size);
}

bool PayloadStore::read(std::uint64_t locator, std::span<std::uint8_t> out) const {
  if (const auto found = in_memory(locator, out.size()); !found.empty()) {
    std::copy(found.begin(), found.end(), out.begin());
    return true;
  }
  return locator != no_locator && !is_copy(locator) && archive_ && archive_->read(locator, out);
}

std::optional<std::span<const std::uint8_t>> PayloadStore::view(std::uint64_t locator, std::size_t size) {
  if (const auto found = in_memory(locator, size); !found.empty()) return found;
  if (scratch_.size() < size) scratch_.resize(size);
  const auto out = std::span(scratch_).first(size);
  if (!read(locator, out)) return std::nullopt;
  return out;
}

void PayloadStore::release(std::uint64_t locator, std::uint64_t length) {
  if (locator == no_locator || !is_copy(locator)) return;
  const auto block = find(locator & ~copy_bit);
  if (block == blocks_.end() || block->bytes.empty()) return;
  block->live -= std::min(block->live, length);
  if (block->live > 0) return;
  copied_bytes_ -= block->bytes.size();
  block->bytes = {};
  ++shells_;
  for (; !blocks_.empty() && blocks_.front().bytes.empty(); --shells_) blocks_.pop_front();
  constexpr std::size_t worth_it = 1024;
  if (shells_ > worth_it && shells_ > blocks_.size() / 2) {
    std::erase_if(blocks_, [](const Block& b) { return b.bytes.empty(); });
    shells_ = 0;
  }
}

}  // namespace mps
