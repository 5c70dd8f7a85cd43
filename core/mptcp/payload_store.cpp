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
  if (archive_ && segment.locator != no_locator) {
    const std::uint64_t locator =
        segment.locator + static_cast<std::uint64_t>(piece.data() - segment.payload.data());
    if (piece.size() <= Recent::slot_size) {
      if (recent_.tags.empty()) {
        recent_.tags.resize(Recent::slots);
        recent_.bytes.resize(Recent::slots * Recent::slot_size);
      }
      const std::size_t slot = Recent::slot_of(locator);
      recent_.tags[slot] = {locator, piece.size()};
      std::copy(piece.begin(), piece.end(),
                recent_.bytes.begin() + static_cast<std::ptrdiff_t>(slot * Recent::slot_size));
    }
    return locator;
  }
  if (piece.size() > max_copied_bytes_ - copied_bytes_) return no_locator;
  const std::uint64_t start = next_address_;
  next_address_ += piece.size();
  copied_bytes_ += piece.size();
  blocks_.push_back({start, piece.size(), {piece.begin(), piece.end()}});
  return copy_bit | start;
}

bool PayloadStore::read(std::uint64_t locator, std::span<std::uint8_t> out) const {
  if (locator == no_locator) return false;
  if (!is_copy(locator)) {
    if (!recent_.tags.empty()) {
      const std::size_t slot = Recent::slot_of(locator);
      if (recent_.tags[slot].locator == locator && recent_.tags[slot].size >= out.size()) {
        std::copy_n(recent_.bytes.begin() + static_cast<std::ptrdiff_t>(slot * Recent::slot_size), out.size(),
                    out.begin());
        return true;
      }
    }
    return archive_ && archive_->read(locator, out);
  }
  const std::uint64_t address = locator & ~copy_bit;
  const auto block = find(address);
  if (block == blocks_.end()) return false;
  const std::uint64_t skip = address - block->start;
  if (skip > block->bytes.size() || out.size() > block->bytes.size() - skip) return false;
  std::copy_n(block->bytes.begin() + static_cast<std::ptrdiff_t>(skip), out.size(), out.begin());
  return true;
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
