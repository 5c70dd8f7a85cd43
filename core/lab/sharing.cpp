// SPDX-License-Identifier: GPL-2.0-or-later
// Secret sharing over paths (Kato et al. 2018, III.A (1), figure 4): every path carries a share as long as
// the data; fewer than the threshold say nothing at all, whatever the data is. Two schemes: XOR (all shares
// needed) and Shamir's polynomials over GF(256), byte by byte (k of n). Shares must not meet: a lost one may
// be sent again on its own path only, never reinjected on another.
#include <fmt/format.h>
#include <algorithm>

#include "core/lab/catalogue.h"
#include "core/lab/gf256.h"

namespace mps::lab {
namespace {

/// Waits until as many lanes as are needed hold the next bytes, and combines those.
class ShareDecoder : public Decoder {
 public:
  ShareDecoder(std::size_t lanes, std::size_t needed) : held_(lanes), needed_(needed) {}

  void feed(std::size_t lane, std::span<const std::uint8_t> bytes, Bytes& plaintext) final {
    held_[lane].insert(held_[lane].end(), bytes.begin(), bytes.end());
    std::vector<std::size_t> ready(held_.size());
    for (std::size_t k = 0; k < ready.size(); ++k) ready[k] = k;
    std::ranges::stable_sort(ready, std::greater{}, [this](std::size_t k) { return held_[k].size(); });
    ready.resize(needed_);
    const std::size_t end = held_[ready.back()].size();
    if (end <= decoded_) return;
    plaintext.resize(plaintext.size() + (end - decoded_));
    combine(ready, held_, decoded_, std::span(plaintext).last(end - decoded_));
    decoded_ = end;
  }

 protected:
  /// `out` gets the bytes from `begin` on that the shares `which` of `lanes` make.
  virtual void combine(const std::vector<std::size_t>& which, const Lanes& lanes, std::size_t begin,
                       std::span<std::uint8_t> out) = 0;

 private:
  Lanes held_;
  std::size_t needed_;
  std::size_t decoded_ = 0;
};

/// Schemes of which `needed` shares decode everything and fewer say nothing.
class Sharing : public Scheme {
 public:
  using Scheme::Scheme;
  bool dispersed() const final { return false; }
  virtual std::size_t needed(const Agreement& agreement) const = 0;

  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const final {
    ExactView view = blank_view(agreement, wire, sight, Basis::any_content);
    std::size_t shares = 0;
    for (const Intervals& seen : sight.seen) shares += !seen.empty();
    if (shares < needed(agreement)) return view;
    const auto decode = decoder(agreement);
    Bytes plaintext;
    for (std::size_t k = 0; k < wire.lanes.size(); ++k)
      if (!sight.seen[k].empty()) decode->feed(k, wire.lanes[k].bytes, plaintext);
    view.plaintext = std::move(plaintext);
    view.determined = view.covered;
    view.covered_leak_bits = view.whole_leak_bits = 8 * total_length(view.covered);
    return view;
  }
};

class XorEncoder final : public Encoder {
 public:
  XorEncoder(std::uint64_t seed, std::size_t shares) {
    for (std::size_t k = 0; k + 1 < shares; ++k)
      random_.emplace_back(seed, fmt::format("mpscramble lab share {}", k));
  }
  void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) override {
    Bytes last(plaintext.begin(), plaintext.end());
    for (std::size_t k = 0; k < random_.size(); ++k) {
      const Bytes share = random_[k].take(plaintext.size());
      for (std::size_t i = 0; i < share.size(); ++i) last[i] ^= share[i];
      lanes[k].insert(lanes[k].end(), share.begin(), share.end());
    }
    lanes.back().insert(lanes.back().end(), last.begin(), last.end());
  }

 private:
  std::vector<Keystream> random_;
};

class XorDecoder final : public ShareDecoder {
 public:
  explicit XorDecoder(std::size_t shares) : ShareDecoder(shares, shares) {}

 private:
  void combine(const std::vector<std::size_t>& which, const Lanes& lanes, std::size_t begin,
               std::span<std::uint8_t> out) override {
    for (const std::size_t lane : which)
      for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= lanes[lane][begin + i];
  }
};

class XorSharing final : public Sharing {
 public:
  XorSharing()
      : Sharing({.name = "xor-share",
                 .title = "XOR secret sharing, all shares needed",
                 .reference = "III.A (1), fig. 4",
                 .rule = "random bytes on every path but the last, which carries their XOR with the data",
                 .secret = ""}) {}
  std::size_t needed(const Agreement& agreement) const override { return agreement.schedule->paths; }
  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return std::make_unique<XorEncoder>(agreement.seed, agreement.schedule->paths);
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return std::make_unique<XorDecoder>(agreement.schedule->paths);
  }
};

/// Share x (1..n) of byte D is D + a1 x + ... + a(k-1) x^(k-1), with fresh random a for every byte.
class ShamirEncoder final : public Encoder {
 public:
  ShamirEncoder(std::uint64_t seed, std::size_t threshold)
      : random_(seed, "mpscramble lab Shamir coefficients"), degree_(threshold - 1) {}
  void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) override {
    const Bytes coefficients = random_.take(plaintext.size() * degree_);
    for (std::size_t k = 0; k < lanes.size(); ++k) {
      const auto x = static_cast<std::uint8_t>(k + 1);
      for (std::size_t i = 0; i < plaintext.size(); ++i) {
        std::uint8_t share = 0;
        for (std::size_t d = 0; d < degree_; ++d)
          share = gf256_multiply(share ^ coefficients[i * degree_ + d], x);
        lanes[k].push_back(share ^ plaintext[i]);
      }
    }
  }

 private:
  Keystream random_;
  std::size_t degree_;
};

/// Lagrange's formula at 0: the sum of the shares, each times the product of xj / (xj - xi) over the others.
class ShamirDecoder final : public ShareDecoder {
 public:
  using ShareDecoder::ShareDecoder;

 private:
  void combine(const std::vector<std::size_t>& which, const Lanes& lanes, std::size_t begin,
               std::span<std::uint8_t> out) override {
    for (const std::size_t lane : which) {
      std::uint8_t weight = 1;
      for (const std::size_t other : which)
        if (other != lane)
          weight = gf256_multiply(weight, gf256_divide(static_cast<std::uint8_t>(other + 1),
                                                       static_cast<std::uint8_t>((other + 1) ^ (lane + 1))));
      for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= gf256_multiply(weight, lanes[lane][begin + i]);
    }
  }
};

class ShamirSharing final : public Sharing {
 public:
  explicit ShamirSharing(std::uint16_t threshold)
      : Sharing(
            {.name = threshold ? fmt::format("shamir:{}", threshold) : "shamir",
             .title = threshold ? fmt::format("Shamir's secret sharing, {} shares needed", threshold)
                                : "Shamir's secret sharing, all shares needed",
             .reference = "III.A (1), [16]",
             .rule = "share x of a byte is a random polynomial over GF(256) with the byte as its value at 0",
             .secret = ""}),
        threshold_(threshold) {}
  tl::expected<void, std::string> check(const Agreement& agreement) const override {
    if (threshold_ > agreement.schedule->paths)
      return tl::unexpected(
          fmt::format("{} shares cannot come over {} paths", threshold_, agreement.schedule->paths));
    return {};
  }
  std::size_t needed(const Agreement& agreement) const override {
    return threshold_ ? threshold_ : agreement.schedule->paths;
  }
  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return std::make_unique<ShamirEncoder>(agreement.seed, needed(agreement));
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return std::make_unique<ShamirDecoder>(agreement.schedule->paths, needed(agreement));
  }

 private:
  std::uint16_t threshold_;
};

}  // namespace

SchemePtr xor_sharing() {
  return std::make_shared<XorSharing>();
}

SchemePtr shamir_sharing(std::uint16_t threshold) {
  return std::make_shared<ShamirSharing>(threshold);
}

}  // namespace mps::lab
