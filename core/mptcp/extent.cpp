// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/extent.h"

#include <algorithm>

namespace mps {

void ExtentTable::insert(const Extent& extent) {
  ++count_;
  auto next = chunks_.upper_bound(extent.offset);
  if (next == chunks_.begin()) {  // before everything
    chunks_.emplace_hint(next, extent.offset, Chunk{extent});
    return;
  }
  auto home = std::prev(next);
  Chunk& chunk = home->second;
  if (chunk.back().offset < extent.offset) {
    if (chunk.size() < chunk_capacity) {
      chunk.push_back(extent);
    } else {
      chunks_.emplace_hint(next, extent.offset, Chunk{extent});
    }
    return;
  }
  const auto place =
      std::upper_bound(chunk.begin(), chunk.end(), extent.offset,
                       [](std::uint64_t offset, const Extent& e) { return offset < e.offset; });
  chunk.insert(place, extent);
  if (chunk.size() > chunk_capacity) {
    const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() / 2);
    Chunk upper(middle, chunk.end());
    chunk.erase(middle, chunk.end());
    const std::uint64_t first = upper.front().offset;
    chunks_.emplace_hint(next, first, std::move(upper));
  }
}

void ExtentTable::pop_front() {
  --count_;
  auto node = chunks_.extract(chunks_.begin());
  Chunk& chunk = node.mapped();
  chunk.erase(chunk.begin());
  if (chunk.empty()) return;
  node.key() = chunk.front().offset;
  chunks_.insert(chunks_.begin(), std::move(node));
}

void ExtentTable::clear() {
  chunks_.clear();
  count_ = 0;
}

}  // namespace mps
