// SPDX-License-Identifier: GPL-2.0-or-later
/// A piece of one direction's stream as one segment carried it, and an ordered table of such pieces.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/packet/segment_view.h"

namespace mps {

/// 24 bytes, because a capture of one path alone holds one for every segment.
struct Extent {
  std::uint64_t offset = 0;        ///< in the stream: 0 is the first byte of application data
  std::uint64_t locator : 48 = 0;  ///< in the PayloadStore
  std::uint64_t subflow : 16 = 0;  ///< index in Connection::subflows
  std::uint32_t length = 0;
  std::uint32_t frame = 0;

  std::uint64_t end() const { return offset + length; }
};
static_assert(sizeof(Extent) == 24);

/// Subflow numbers that an Extent can carry.
inline constexpr std::size_t max_subflows = 65535;

/// Disjoint extents in stream order. Insertion anywhere costs O(log n) plus a move inside one chunk; removal
/// from the front is constant, and a table that is filled and emptied over and over allocates nothing.
/// Overlaps are the caller's: find what is uncovered with split() first.
class ExtentTable {
 public:
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  const Extent& front() const { return chunks_.begin()->second.extents()[0]; }
  const Extent& back() const { return chunks_.rbegin()->second.extents().back(); }

  /// Precondition: overlaps nothing in the table.
  void insert(const Extent& extent);
  void pop_front();
  /// Precondition: an extent begins at `offset`.
  void erase(std::uint64_t offset);
  void clear();

  /// Calls covered(existing extent, from, to) and uncovered(from, to) in order for the parts of [from, to).
  template <typename Covered, typename Uncovered>
  void split(std::uint64_t from, std::uint64_t to, Covered&& covered, Uncovered&& uncovered) const;

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [first, chunk] : chunks_)
      for (const Extent& extent : chunk.extents()) visit(extent);
  }

  /// The same in spans, valid while the table does not change: for random access without a copy.
  std::vector<std::span<const Extent>> spans() const;

 private:
  static constexpr std::size_t chunk_capacity = 256;
  struct Chunk {
    std::vector<Extent> all;
    std::size_t gone = 0;  ///< removed from the front
    std::span<const Extent> extents() const { return std::span(all).subspan(gone); }
  };
  using Chunks = std::map<std::uint64_t, Chunk>;
  void new_chunk(Chunks::const_iterator before, std::span<const Extent> extents);

  /// No chunk is empty. The key is not above the first extent, and above all extents of the chunk before.
  Chunks chunks_;
  Chunks::node_type spare_;  ///< the last chunk that became empty
  std::size_t count_ = 0;
};

template <typename Covered, typename Uncovered>
void ExtentTable::split(std::uint64_t from, std::uint64_t to, Covered&& covered,
                        Uncovered&& uncovered) const {
  auto chunk = chunks_.upper_bound(from);
  if (chunk != chunks_.begin()) --chunk;
  for (; from < to && chunk != chunks_.end() && chunk->first < to; ++chunk) {
    const auto extents = chunk->second.extents();
    std::size_t i = 0;
    for (std::size_t n = extents.size(); n > 0;) {  // first extent that ends after `from`
      const std::size_t half = n / 2;
      if (extents[i + half].end() <= from) {
        i += half + 1;
        n -= half + 1;
      } else {
        n = half;
      }
    }
    for (; i < extents.size() && extents[i].offset < to && from < to; ++i) {
      const Extent& extent = extents[i];
      if (extent.offset > from) {
        uncovered(from, extent.offset);
        from = extent.offset;
      }
      const std::uint64_t end = extent.end() < to ? extent.end() : to;
      covered(extent, from, end);
      from = end;
    }
  }
  if (from < to) uncovered(from, to);
}

}  // namespace mps
