// SPDX-License-Identifier: GPL-2.0-or-later
// Block chaining without a cipher (Kato et al. 2018, III.A (3), figure 6): each block is XORed with the block
// before it, the first one with an initialisation vector. The paper does not say where the IV comes from;
// here both ends make it of the MPTCP keys, so that whoever saw the handshake has it.
#include <fmt/format.h>
#include <algorithm>

#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"
#include "core/lab/pad_attacks.h"
#include "core/lab/xor_graph.h"

namespace mps::lab {
namespace {

Bytes initial_vector(std::size_t block, const Agreement& agreement) {
  constexpr std::string_view label = "mpscramble lab chaining";
  Bytes message(label.begin(), label.end());
  message.push_back(agreement.listener_sends ? 1 : 0);
  for (const Key& key : agreement.keys) message.insert(message.end(), key.begin(), key.end());
  Bytes iv;
  while (iv.size() < block) {
    message = sha256(message);
    iv.insert(iv.end(), message.begin(), message.end());
  }
  iv.resize(block);
  return iv;
}

class ChainEncoder final : public BlockEncoder {
 public:
  ChainEncoder(std::size_t block, const Agreement& agreement)
      : BlockEncoder(block, block, agreement), before_(initial_vector(block, agreement)) {}

 private:
  void code(std::span<std::uint8_t> blocks) override {
    const std::size_t block = before_.size();
    const Bytes last(blocks.end() - static_cast<std::ptrdiff_t>(block), blocks.end());
    for (std::size_t i = blocks.size(); i-- > block;)
      blocks[i] ^= blocks[i - block];  // from the end: in place
    for (std::size_t i = 0; i < block; ++i) blocks[i] ^= before_[i];
    before_ = last;
  }
  Bytes before_;  ///< the last block of plaintext
};

class ChainDecoder final : public BlockDecoder {
 public:
  ChainDecoder(std::size_t block, const Agreement& agreement)
      : BlockDecoder(block, agreement), before_(initial_vector(block, agreement)) {}

 private:
  void decode(std::span<std::uint8_t> blocks) override {
    const std::size_t block = before_.size();
    for (std::size_t i = 0; i < block; ++i) blocks[i] ^= before_[i];
    for (std::size_t i = block; i < blocks.size(); ++i) blocks[i] ^= blocks[i - block];
    before_.assign(blocks.end() - static_cast<std::ptrdiff_t>(block), blocks.end());
  }
  Bytes before_;
};

class Chaining final : public Scheme {
 public:
  explicit Chaining(std::uint32_t block)
      : Scheme({.name = block == 8 || block == 16 ? fmt::format("chain{}", block)
                                                  : fmt::format("chain:{}", block),
                .title = fmt::format("block chaining without a cipher, L = {}", block),
                .reference = "III.A (3), fig. 6",
                .rule = "each block XORed with the block before it",
                .secret = "",
                .block = block}),
        block_(block) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return std::make_unique<ChainEncoder>(block_, agreement);
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return std::make_unique<ChainDecoder>(block_, agreement);
  }

  /// C[i] = b[i] ^ b[i-L]: the scrambler's graph with period L, on bytes instead of prefix XORs.
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::uniform_content);
    const Bytes& lane = wire.lanes.front().bytes;
    XorGraph graph;
    const auto iv = graph.add(block_);  // b[-L..-1] stands right before b[0]
    const auto first = graph.add(lane.size());
    if (sight.handshake) {
      const Bytes known = initial_vector(block_, agreement);
      for (std::uint32_t i = 0; i < block_; ++i) graph.observe(iv + i, XorGraph::ground, known[i]);
    }
    for (const Interval& run : sight.seen.front())
      for (std::uint64_t i = run.begin; i < run.end; ++i) {
        const auto node = first + static_cast<XorGraph::Node>(i);
        graph.observe(node, node - block_, lane[i]);
      }
    graph.settle(view, first);
    return view;
  }

  AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                      const ExactView& exact, Models models, const AttackLimits& limits) const override {
    return attack_chained(wire.lanes.front().bytes, sight.seen.front(), block_, exact, agreement, models,
                          limits);
  }

 private:
  std::uint32_t block_;
};

}  // namespace

SchemePtr block_chaining(std::uint32_t block) {
  return std::make_shared<Chaining>(block);
}

}  // namespace mps::lab
