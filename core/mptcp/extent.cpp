// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/extent.h"

#include <algorithm>
#include <utility>

namespace mps {

/// Puts a chunk of these in front of `before`, or, when there is no memory for that, changes nothing.
void ExtentTable::new_chunk(Chunks::const_iterator before, std::span<const Extent> extents) {
  if (!spare_) {
    chunks_.emplace_hint(before, extents.front().offset, Chunk{{extents.begin(), extents.end()}, 0});
    return;
  }
  spare_.mapped().all.assign(extents.begin(), extents.end());
  spare_.key() = extents.front().offset;
  chunks_.insert(before, std::move(spare_));
}

/// Counts what is in the table once it is: a full memory must leave both as they were.
void ExtentTable::insert(const Extent& extent) {
  const auto next = chunks_.upper_bound(extent.offset);
  if (next == chunks_.begin()) {  // before everything
    new_chunk(next, {&extent, 1});
    ++count_;
    return;
  }
  Chunk& chunk = std::prev(next)->second;
  auto& all = chunk.all;
  if (all.back().offset < extent.offset) {
    if (all.size() < chunk_capacity)
      all.push_back(extent);
    else
      new_chunk(next, {&extent, 1});
    ++count_;
    return;
  }
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(chunk.gone);
  const auto place =
      std::upper_bound(begin, all.end(), extent.offset,
                       [](std::uint64_t offset, const Extent& e) { return offset < e.offset; });
  if (place == begin && chunk.gone > 0) {
    all[--chunk.gone] = extent;
    ++count_;
    return;
  }
  all.insert(place, extent);
  ++count_;
  if (all.size() > chunk_capacity) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>((chunk.gone + all.size()) / 2);
    new_chunk(next, {middle, all.end()});
    all.erase(middle, all.end());
  }
}

void ExtentTable::pop_front() {
  --count_;
  Chunk& chunk = chunks_.begin()->second;
  if (++chunk.gone < chunk.all.size()) return;
  spare_ = chunks_.extract(chunks_.begin());
  spare_.mapped().all.clear();
  spare_.mapped().gone = 0;
}

void ExtentTable::erase(std::uint64_t offset) {
  const auto chunk = std::prev(chunks_.upper_bound(offset));
  auto& [all, gone] = chunk->second;
  all.erase(std::lower_bound(all.begin() + static_cast<std::ptrdiff_t>(gone), all.end(), offset,
                             [](const Extent& e, std::uint64_t wanted) { return e.offset < wanted; }));
  --count_;
  if (gone == all.size()) chunks_.erase(chunk);
}

std::vector<std::span<const Extent>> ExtentTable::spans() const {
  std::vector<std::span<const Extent>> all;
  all.reserve(chunks_.size());
  for (const auto& [first, chunk] : chunks_) all.push_back(chunk.extents());
  return all;
}

void ExtentTable::clear() {
  chunks_.clear();
  count_ = 0;
}

}  // namespace mps
