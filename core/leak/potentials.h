// SPDX-License-Identifier: GPL-2.0-or-later
/// Weighted union-find over the prefix XORs P[i] = b[..] ^ ... ^ b[i] of one stream.
/// Every observation of the scrambler is the XOR of two prefix XORs (S[i] = P[i] ^ P[i-W-1], b[i] = P[i] ^
/// P[i-1]), so a set of observations is a graph, and what they determine is which nodes are connected. A
/// node's weight is the XOR between it and its component's root.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace mps {

class Potentials {
 public:
  using Node = std::uint32_t;
  static constexpr Node max_nodes = 0x7fffffff;

  /// What an equation between two nodes did.
  enum class Join : std::uint8_t {
    merged,       ///< independent: joined two components
    agrees,       ///< redundant, and the values agree
    contradicts,  ///< redundant, and the values differ: the earlier equations stay in force
  };

  /// A node's component and the XOR between the node and the component's root.
  struct Place {
    Node root;
    std::uint8_t weight;
  };

  Node size() const { return static_cast<Node>(parent_.size()); }
  void clear() {
    parent_.clear();
    weight_.clear();
  }
  /// Adds isolated nodes until there are `size` of them; at most max_nodes.
  void grow(Node size) {
    parent_.resize(size, -1);
    weight_.resize(size, 0);
  }

  Place find(Node node) {
    Node root = node;
    std::uint8_t weight = 0;
    while (parent_[root] >= 0) {
      weight = static_cast<std::uint8_t>(weight ^ weight_[root]);
      root = static_cast<Node>(parent_[root]);
    }
    std::uint8_t rest = weight;  // compress: hang every node of the path directly below the root
    while (parent_[node] >= 0 && static_cast<Node>(parent_[node]) != root) {
      const Node next = static_cast<Node>(parent_[node]);
      const std::uint8_t step = std::exchange(weight_[node], rest);
      parent_[node] = static_cast<std::int32_t>(root);
      rest = static_cast<std::uint8_t>(rest ^ step);
      node = next;
    }
    return {root, weight};
  }

  /// States that node `a` ^ node `b` = `difference`.
  Join unite(Node a, Node b, std::uint8_t difference) {
    Place pa = find(a);
    Place pb = find(b);
    const auto weight = static_cast<std::uint8_t>(pa.weight ^ pb.weight ^ difference);
    if (pa.root == pb.root) return weight == 0 ? Join::agrees : Join::contradicts;
    if (parent_[pa.root] > parent_[pb.root]) std::swap(pa, pb);  // roots hold minus their size
    parent_[pa.root] += parent_[pb.root];
    parent_[pb.root] = static_cast<std::int32_t>(pa.root);
    weight_[pb.root] = weight;
    return Join::merged;
  }

 private:
  std::vector<std::int32_t> parent_;  // of a root: minus the number of nodes in its component
  std::vector<std::uint8_t> weight_;  // XOR to the parent; 0 for roots
};

}  // namespace mps
