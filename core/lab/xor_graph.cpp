// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/xor_graph.h"

namespace mps::lab {
namespace {

/// Bits still open about `where`: each byte that is not implied by the graph and the bytes before it costs 8.
std::uint64_t open_bits(Potentials graph, const Intervals& where, XorGraph::Node first) {
  std::uint64_t bits = 0;
  for (const Interval& range : where)
    for (std::uint64_t i = range.begin; i < range.end; ++i)
      if (graph.unite(first + static_cast<XorGraph::Node>(i), XorGraph::ground, 0) ==
          Potentials::Join::merged)
        bits += 8;
  return bits;
}

}  // namespace

XorGraph::Node XorGraph::add(std::uint64_t count) {
  const Node first = graph_.size();
  graph_.grow(static_cast<Node>(first + count));
  return first;
}

void XorGraph::settle(ExactView& view, Node first) const {
  Potentials graph = graph_;  // find() compresses paths
  const std::uint64_t length = view.plaintext.size();
  const auto zero = graph.find(ground);
  for (std::uint64_t i = 0; i < length; ++i) {
    const auto place = graph.find(first + static_cast<Node>(i));
    if (place.root != zero.root) continue;
    view.plaintext[i] = place.weight ^ zero.weight;
    append_merged(view.determined, {i, i + 1});
  }
  view.covered_leak_bits = 8 * total_length(view.covered) - open_bits(graph, view.covered, first);
  view.whole_leak_bits = 8 * length - open_bits(graph, normalised({{0, length}}), first);
}

}  // namespace mps::lab
