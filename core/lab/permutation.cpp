// SPDX-License-Identifier: GPL-2.0-or-later
// Block permutation after Apiecionek et al. ([15] of the paper): "After data are encrypted, they are divided
// into blocks, mixed in the predetermined random sequence, and then transferred through multiple MPTCP
// subflows." Only this sentence is known here; block and window sizes are this project's choice. The sequence
// is a secret of the endpoints.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"

namespace mps::lab {
namespace {

struct Shape {
  std::size_t block;   ///< bytes
  std::size_t window;  ///< blocks that are mixed with each other
  bool encrypted;
};

/// The random sequence, window by window: the same for both ends.
class Mixer {
 public:
  Mixer(const Shape& shape, const Agreement& agreement)
      : shape_(shape), random_(agreement.seed, "mpscramble lab block sequence") {
    if (!shape.encrypted) return;
    Keystream secret(agreement.seed, "mpscramble lab permutation cipher");
    const Bytes key = secret.take(16), counter = secret.take(16);
    cipher_.emplace(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CTR, key, counter);
  }

  void mix(std::span<std::uint8_t> blocks) {
    if (cipher_) cipher_->encrypt(blocks);
    each_window(blocks, [&](std::span<std::uint8_t> window, const std::vector<std::uint32_t>& from) {
      const Bytes before(window.begin(), window.end());
      for (std::size_t k = 0; k < from.size(); ++k) copy_block(before, from[k], window, k);
    });
  }
  void restore(std::span<std::uint8_t> blocks) {
    each_window(blocks, [&](std::span<std::uint8_t> window, const std::vector<std::uint32_t>& from) {
      const Bytes before(window.begin(), window.end());
      for (std::size_t k = 0; k < from.size(); ++k) copy_block(before, k, window, from[k]);
    });
    if (cipher_) cipher_->decrypt(blocks);
  }

 private:
  template <typename Visit>
  void each_window(std::span<std::uint8_t> blocks, Visit visit) {
    while (!blocks.empty()) {
      const std::size_t size = std::min(blocks.size(), shape_.block * shape_.window);
      std::vector<std::uint32_t> from(size / shape_.block);
      std::iota(from.begin(), from.end(), 0u);
      for (std::size_t k = from.size(); k > 1; --k)  // Fisher and Yates
        std::swap(from[k - 1], from[random_.below(static_cast<std::uint32_t>(k))]);
      visit(blocks.first(size), from);
      blocks = blocks.subspan(size);
    }
  }
  void copy_block(const Bytes& source, std::size_t from, std::span<std::uint8_t> target,
                  std::size_t to) const {
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from * shape_.block), shape_.block,
                target.begin() + static_cast<std::ptrdiff_t>(to * shape_.block));
  }

  Shape shape_;
  Keystream random_;
  std::optional<Cipher> cipher_;
};

class MixingEncoder final : public BlockEncoder {
 public:
  MixingEncoder(const Shape& shape, const Agreement& agreement)
      : BlockEncoder(shape.block, shape.block * shape.window, agreement), mixer_(shape, agreement) {}

 private:
  void code(std::span<std::uint8_t> blocks) override { mixer_.mix(blocks); }
  Mixer mixer_;
};

class MixingDecoder final : public BlockDecoder {
 public:
  MixingDecoder(const Shape& shape, const Agreement& agreement)
      : BlockDecoder(shape.block * shape.window, agreement), mixer_(shape, agreement) {}

 private:
  void decode(std::span<std::uint8_t> blocks) override { mixer_.restore(blocks); }
  Mixer mixer_;
};

/// log2 of how many ways there are to put `taken` of `all` blocks into an order.
double log2_orders(std::uint64_t all, std::uint64_t taken) {
  double bits = 0;
  for (std::uint64_t k = 0; k < taken; ++k) bits += std::log2(static_cast<double>(all - k));
  return bits;
}

class Permutation final : public Scheme {
 public:
  explicit Permutation(const Shape& shape)
      : Scheme({.name = shape.encrypted ? "permute-aes"
                        : shape.block == 16 && shape.window == 64
                            ? "permute"
                            : fmt::format("permute:{}:{}", shape.block, shape.window),
                .title = shape.encrypted ? "block permutation, encrypted" : "block permutation",
                .reference = "II.C, [15]",
                .rule = fmt::format("{}{} blocks of {} bytes in a random order, then the next {}",
                                    shape.encrypted ? "AES-128-CTR; " : "", shape.window, shape.block,
                                    shape.window),
                .secret = shape.encrypted ? "the sequence and a cipher key" : "the sequence",
                .block = static_cast<std::uint32_t>(shape.block)}),
        shape_(shape) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return std::make_unique<MixingEncoder>(shape_, agreement);
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return std::make_unique<MixingDecoder>(shape_, agreement);
  }

  /// Without a cipher: the contents of seen blocks in full; only which order they belong in is open. Of a
  /// window with a single block not even that.
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    if (shape_.encrypted) return blank_view(agreement, wire, sight, Basis::cipher);
    ExactView view = blank_view(agreement, wire, sight, Basis::lower_bound);
    const Bytes& lane = wire.lanes.front().bytes;
    const std::uint64_t unit = shape_.block * shape_.window;
    auto run = sight.seen.front().begin();  // the first that may reach into the window
    for (std::uint64_t begin = 0; begin < lane.size(); begin += unit) {
      const Interval window{begin, std::min<std::uint64_t>(begin + unit, lane.size())};
      const SeenOfWindow seen = seen_of(window, run, sight.seen.front().end());
      const std::uint64_t blocks = window.length() / shape_.block;
      const std::uint64_t padding = window.end > agreement.length() ? window.end - agreement.length() : 0;
      const double bits = 8 * static_cast<double>(total_length(seen.where)) -
                          8 * static_cast<double>(padding) - log2_orders(blocks, seen.blocks);
      view.covered_leak_bits += static_cast<std::uint64_t>(std::max(0.0, std::floor(bits)));
      if (blocks != 1) continue;
      for (const Interval& range : intersection(seen.where, normalised({{0, agreement.length()}}))) {
        append_merged(view.determined, range);
        std::copy(lane.begin() + static_cast<std::ptrdiff_t>(range.begin),
                  lane.begin() + static_cast<std::ptrdiff_t>(range.end),
                  view.plaintext.begin() + static_cast<std::ptrdiff_t>(range.begin));
      }
    }
    view.whole_leak_bits = view.covered_leak_bits;
    return view;
  }

  AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                      const ExactView& exact, Models models, const AttackLimits& limits) const override {
    if (shape_.encrypted) return Scheme::attack(agreement, wire, sight, exact, models, limits);
    AttackResult result;
    result.method = "read as it stands, block by block";
    result.legible_bytes = total_length(exact.covered) - total_length(exact.determined);
    result.attackable = result.attacked = result.legible_bytes;
    return result;
  }

 private:
  struct SeenOfWindow {
    Intervals where;
    std::uint64_t blocks = 0;  ///< of which any byte is seen
  };
  /// Called window by window: `run` goes on to the first run that may reach into the next one.
  SeenOfWindow seen_of(const Interval& window, Intervals::const_iterator& run,
                       Intervals::const_iterator end) const {
    SeenOfWindow seen;
    std::uint64_t counted = window.begin;  // blocks before it
    for (; run != end && run->begin < window.end; ++run) {
      const Interval part{std::max(run->begin, window.begin), std::min(run->end, window.end)};
      if (part.begin < part.end) {
        seen.where.push_back(part);
        const std::uint64_t first = std::max(counted, part.begin / shape_.block * shape_.block);
        const std::uint64_t last = (part.end + shape_.block - 1) / shape_.block * shape_.block;
        if (first < last) seen.blocks += (last - first) / shape_.block;
        counted = std::max(counted, last);
      }
      if (run->end > window.end) break;
    }
    return seen;
  }

  Shape shape_;
};

}  // namespace

SchemePtr block_permutation(bool encrypted, std::uint32_t block, std::uint32_t window) {
  return std::make_shared<Permutation>(Shape{block, window, encrypted});
}

}  // namespace mps::lab
