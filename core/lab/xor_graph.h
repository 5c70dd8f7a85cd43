// SPDX-License-Identifier: GPL-2.0-or-later
/// Exact results for schemes that only XOR: each seen byte says that two unknown bytes differ by a known
/// value, which is an edge between two nodes. A plaintext byte is determined exactly if its node hangs
/// together with the ground, the node of value 0; the unknowns that are left are the components that do not.
/// Union-find, as in the exact engine for the scrambler, whose nodes are prefix XORs instead of bytes.
#pragma once

#include "core/lab/scheme.h"
#include "core/leak/potentials.h"

namespace mps::lab {

class XorGraph {
 public:
  using Node = Potentials::Node;
  static constexpr Node ground = 0;

  XorGraph() { graph_.grow(1); }
  /// `count` unknown bytes, uniform and independent of all others; the number of the first.
  Node add(std::uint64_t count);
  /// a ^ b = value.
  void observe(Node a, Node b, std::uint8_t value) { graph_.unite(a, b, value); }

  /// Completes a view whose plaintext byte i is node `first` + i: determined bytes and leaked bits.
  void settle(ExactView& view, Node first) const;

 private:
  Potentials graph_;
};

}  // namespace mps::lab
