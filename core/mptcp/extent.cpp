// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/extent.h"

#include <algorithm>
#include <utility>

namespace mps {

/// An empty chunk in front of `before`.
ExtentTable::Chunk& ExtentTable::new_chunk(Chunks::const_iterator before, std::uint64_t first) {
  if (!spare_) return chunks_.emplace_hint(before, first, Chunk{})->second;
  spare_.key() = first;
  return chunks_.insert(before, std::move(spare_))->second;
}

void ExtentTable::insert(const Extent& extent) {
  ++count_;
  const auto next = chunks_.upper_bound(extent.offset);
  if (next == chunks_.begin()) {  // before everything
    new_chunk(next, extent.offset).all.push_back(extent);
    return;
  }
  Chunk& chunk = std::prev(next)->second;
  auto& all = chunk.all;
  if (all.back().offset < extent.offset) {
    Chunk& home = all.size() < chunk_capacity ? chunk : new_chunk(next, extent.offset);
    home.all.push_back(extent);
    return;
  }
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(chunk.gone);
  const auto place =
      std::upper_bound(begin, all.end(), extent.offset,
                       [](std::uint64_t offset, const Extent& e) { return offset < e.offset; });
  if (place == begin && chunk.gone > 0) {
    all[--chunk.gone] = extent;
    return;
  }
  all.insert(place, extent);
  if (all.size() > chunk_capacity) {
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>((chunk.gone + all.size()) / 2);
    Chunk& upper = new_chunk(next, middle->offset);
    upper.all.assign(middle, all.end());
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

void ExtentTable::clear() {
  chunks_.clear();
  count_ = 0;
}

}  // namespace mps
