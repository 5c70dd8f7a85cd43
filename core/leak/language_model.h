// SPDX-License-Identifier: GPL-2.0-or-later
/// A byte n-gram model: what an analyst knows about the content before the capture is read.
///
/// Predicts a byte from at most five bytes before it. A dense bigram table is the floor; longer contexts form
/// a sparse suffix tree with backoff weights. Every figure is a cost, -log2 of a probability in units of 1/16
/// bit, cut at 255 (15.9 bits), so that one lookup is one cache line. Immutable once made: any number of
/// threads may share one.
///
/// Not a compressor and not a classifier: content unlike the training text only gets a poor score.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace mps {

/// Mean and spread of bits/byte on text that was held out from the training, per window length.
struct ModelCalibration {
  static constexpr std::array<std::size_t, 6> lengths{128, 256, 512, 1024, 2048, 4096};
  double bits_per_byte = 8;           ///< h of the model
  std::array<double, 6> deviation{};  ///< standard deviation of a window of lengths[k] bytes

  /// Deviation of a text of `size` bytes: that of the longest window that is not longer.
  double deviation_at(std::size_t size) const;
};

class LanguageModel {
 public:
  static constexpr unsigned max_order = 6;  ///< bytes in the longest n-gram, the predicted one included
  static constexpr unsigned max_context = max_order - 1;
  static constexpr unsigned units_per_bit = 16;
  static constexpr unsigned max_cost = 255;
  static constexpr std::size_t max_file_size = std::size_t{64} << 20;

  /// Where a prediction stands. Only valid while its model lives.
  struct Context {
    const std::uint8_t* row;  ///< 256 costs of the next byte by the last one (or by none)
    std::uint32_t node;       ///< longest context that the tree knows, no_node if none
  };

  /// Reads a model file. Nothing in the file is trusted: sizes, counts, depths and the checksum are verified
  /// first. Returns what is wrong in words, to stand behind the file's name.
  static tl::expected<LanguageModel, std::string> parse(std::span<const std::uint8_t> file);
  std::vector<std::uint8_t> serialise() const;

  const std::string& name() const { return name_; }
  unsigned order() const { return order_; }
  const ModelCalibration& calibration() const { return calibration_; }
  std::size_t context_count() const { return nodes_.size(); }
  std::size_t entry_count() const { return entry_cost_.size(); }

  /// The context of a byte: `recent` holds the last bytes, the nearest in bits 0..7, of which `depth` are
  /// text.
  Context context(std::uint64_t recent, unsigned depth) const {
    if (depth == 0) return {unigram_.data(), no_node};
    const std::uint8_t* row = bigram_.data() + (recent & 0xff) * 256;
    if (depth == 1) return {row, no_node};
    std::uint32_t node = root_[recent & 0xffff];
    if (node == no_node) return {row, no_node};
    for (unsigned d = 2; d < depth && d < max_context; ++d) {
      const std::uint32_t next = child(node, static_cast<std::uint8_t>(recent >> (8 * d)));
      if (next == no_node) break;
      node = next;
    }
    return {row, node};
  }

  /// Cost of `symbol` there, in 1/16 bit, 0..255.
  unsigned cost(Context at, std::uint8_t symbol) const {
    unsigned sum = 0;
    for (std::uint32_t n = at.node; n != no_node;) {
      const Node& node = nodes_[n];
      const std::uint64_t word = node.present[symbol >> 6];
      const std::uint64_t bit = std::uint64_t{1} << (symbol & 63);
      if (word & bit) {
        const auto rank =
            node.rank[symbol >> 6] + static_cast<unsigned>(__builtin_popcountll(word & (bit - 1)));
        return cut(sum + entry_cost_[node.first_entry + rank]);
      }
      sum += node.backoff;
      n = node.parent;
    }
    return cut(sum + at.row[symbol]);
  }

  std::span<const std::uint8_t, 65536> bigram_costs() const {
    return std::span<const std::uint8_t, 65536>(bigram_);
  }
  std::span<const std::uint8_t, 256> unigram_costs() const { return unigram_; }

  /// Total cost of a text, in bits; the first byte has no context.
  double cost_bits(std::span<const std::uint8_t> text) const;

 private:
  friend class ModelBuilder;
  static constexpr std::uint32_t no_node = 0xffffffff;
  struct alignas(64) Node {
    std::array<std::uint64_t, 4> present{};  ///< which symbols have a cost of their own here
    std::array<std::uint8_t, 4> rank{};      ///< entries in the words before; 255 entries at most
    std::uint32_t first_entry = 0;
    std::uint32_t parent = no_node;  ///< the context without its farthest byte
    std::uint8_t backoff = 0;
    std::uint8_t byte = 0;   ///< farthest byte of this context
    std::uint8_t depth = 0;  ///< bytes in this context, 2..max_context
  };
  struct ChildSlot {
    std::uint32_t key = no_node;  ///< node << 8 | byte
    std::uint32_t child = no_node;
  };

  LanguageModel();
  static unsigned cut(unsigned cost) { return cost < max_cost ? cost : max_cost; }
  std::uint32_t child(std::uint32_t node, std::uint8_t byte) const {
    const std::uint32_t key = node << 8 | byte;
    for (std::uint32_t slot = hash(key);; slot = (slot + 1) & child_mask_) {
      if (children_[slot].key == key) return children_[slot].child;
      if (children_[slot].key == no_node) return no_node;
    }
  }
  std::uint32_t hash(std::uint32_t key) const { return (key * 0x9e3779b1u >> 8) & child_mask_; }
  void index();  ///< rebuilds ranks, roots and the child table from nodes_

  std::string name_;
  unsigned order_ = 2;
  ModelCalibration calibration_;
  std::array<std::uint8_t, 256> unigram_{};
  std::vector<std::uint8_t> bigram_;     ///< [previous][symbol]
  std::vector<Node> nodes_;              ///< parents before children; roots have depth 2
  std::vector<std::uint8_t> root_byte_;  ///< nearest byte of a root, parallel to nodes_ (0 below the roots)
  std::vector<std::uint8_t> entry_cost_;
  std::vector<std::uint32_t> root_;  ///< [two last bytes]
  std::vector<ChildSlot> children_;  ///< open addressing
  std::uint32_t child_mask_ = 0;
};

/// Their names in the order given, separated by ", ".
std::string names_of(std::span<const LanguageModel* const> models);

}  // namespace mps
