// SPDX-License-Identifier: GPL-2.0-or-later
// Network coding (Kato et al. 2018, III.A (2), figure 5): of two neighbouring segments A and B the trusted
// path carries A and another path A ^ B. "It introduces an additional overhead due to the variable length
// packets": the shorter one is filled up with random bytes, since anything known would show the other one.
// With more than one other path they take turns. A segment without a partner goes over the trusted path
// alone.
#include <fmt/format.h>
#include <algorithm>

#include "core/lab/catalogue.h"
#include "core/lab/pad_attacks.h"
#include "core/lab/xor_graph.h"

namespace mps::lab {
namespace {

/// Where a pair of segments is found.
struct Pair {
  Interval a, b;           ///< of the plaintext; b is empty for the last one if their number is odd
  std::uint64_t size = 0;  ///< of each when filled up
  std::size_t mixed_lane = 0;
  std::uint64_t at_clear = 0;  ///< position in the trusted path's lane
  std::uint64_t at_mixed = 0;
};

std::vector<Pair> pairs_of(const Agreement& agreement) {
  const std::uint16_t trusted = agreement.schedule->trusted_path();
  std::vector<std::size_t> others;
  for (std::size_t path = 0; path < agreement.schedule->paths; ++path)
    if (path != trusted) others.push_back(path);
  std::vector<std::uint64_t> filled(agreement.schedule->paths);
  const auto segments = agreement.schedule->segments();
  std::vector<Pair> pairs;
  for (std::size_t k = 0; k < segments.size(); k += 2) {
    Pair pair;
    pair.a = pair.b = segments[k].where;
    pair.b.begin = pair.b.end;
    if (k + 1 < segments.size()) pair.b = segments[k + 1].where;
    pair.size = std::max(pair.a.length(), pair.b.length());
    pair.mixed_lane = others[pairs.size() % others.size()];
    pair.at_clear = filled[trusted];
    pair.at_mixed = filled[pair.mixed_lane];
    filled[trusted] += pair.size;
    if (!pair.b.empty()) filled[pair.mixed_lane] += pair.size;
    pairs.push_back(pair);
  }
  return pairs;
}

class PairEncoder final : public Encoder {
 public:
  explicit PairEncoder(const Agreement& agreement)
      : pairs_(pairs_of(agreement)),
        trusted_(agreement.schedule->trusted_path()),
        random_(agreement.seed, "mpscramble lab filling") {}

  void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) override {
    held_.insert(held_.end(), plaintext.begin(), plaintext.end());
    std::size_t used = 0;
    for (; next_ < pairs_.size(); ++next_) {
      const Pair& pair = pairs_[next_];
      const std::size_t a = pair.a.length(), b = pair.b.length();
      if (held_.size() - used < a + b) break;
      const auto begin = held_.begin() + static_cast<std::ptrdiff_t>(used);
      const Bytes clear = filled(begin, a, pair.size);
      lanes[trusted_].insert(lanes[trusted_].end(), clear.begin(), clear.end());
      if (b > 0) {
        Bytes mixed = filled(begin + static_cast<std::ptrdiff_t>(a), b, pair.size);
        for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] ^= clear[i];
        lanes[pair.mixed_lane].insert(lanes[pair.mixed_lane].end(), mixed.begin(), mixed.end());
      }
      used += a + b;
    }
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(used));
  }

 private:
  Bytes filled(Bytes::const_iterator from, std::size_t length, std::size_t size) {
    Bytes out(from, from + static_cast<std::ptrdiff_t>(length));
    const Bytes filling = random_.take(size - length);
    out.insert(out.end(), filling.begin(), filling.end());
    return out;
  }

  std::vector<Pair> pairs_;
  std::size_t trusted_;
  Keystream random_;
  Bytes held_;
  std::size_t next_ = 0;
};

class PairDecoder final : public Decoder {
 public:
  explicit PairDecoder(const Agreement& agreement)
      : pairs_(pairs_of(agreement)),
        trusted_(agreement.schedule->trusted_path()),
        lanes_(agreement.schedule->paths) {}

  void feed(std::size_t lane, std::span<const std::uint8_t> bytes, Bytes& plaintext) override {
    lanes_[lane].insert(lanes_[lane].end(), bytes.begin(), bytes.end());
    for (; next_ < pairs_.size(); ++next_) {
      const Pair& pair = pairs_[next_];
      const Bytes& clear = lanes_[trusted_];
      const Bytes& mixed = lanes_[pair.mixed_lane];
      if (clear.size() < pair.at_clear + pair.size) return;
      if (!pair.b.empty() && mixed.size() < pair.at_mixed + pair.size) return;
      for (std::uint64_t i = 0; i < pair.a.length(); ++i) plaintext.push_back(clear[pair.at_clear + i]);
      for (std::uint64_t i = 0; i < pair.b.length(); ++i)
        plaintext.push_back(clear[pair.at_clear + i] ^ mixed[pair.at_mixed + i]);
    }
  }

 private:
  std::vector<Pair> pairs_;
  std::size_t trusted_;
  Lanes lanes_;
  std::size_t next_ = 0;
};

class NetworkCoding final : public Scheme {
 public:
  NetworkCoding()
      : Scheme({.name = "netcode",
                .title = "network coding",
                .reference = "III.A (2), fig. 5",
                .rule = "of two segments A and B: A on the trusted path, A ^ B on another",
                .secret = ""}) {}

  bool dispersed() const override { return false; }
  tl::expected<void, std::string> check(const Agreement& agreement) const override {
    if (agreement.schedule->paths < 2) return tl::unexpected(std::string("network coding needs two paths"));
    return {};
  }
  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return std::make_unique<PairEncoder>(agreement);
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return std::make_unique<PairDecoder>(agreement);
  }

  std::vector<Link> links(const Agreement& agreement, const Wire&) const override {
    std::vector<Link> links;
    for (const Pair& pair : pairs_of(agreement)) {
      const std::size_t a = pair.a.length(), b = pair.b.length();
      links.push_back({agreement.schedule->trusted_path(), {pair.at_clear, pair.at_clear + a}, pair.a.begin});
      if (b == 0) continue;
      links.push_back({pair.mixed_lane, {pair.at_mixed, pair.at_mixed + a}, pair.a.begin});
      links.push_back({pair.mixed_lane, {pair.at_mixed, pair.at_mixed + b}, pair.b.begin});
    }
    return links;
  }

  /// Each mixed byte ties one byte of A to one of B.
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::uniform_content);
    const std::size_t trusted = agreement.schedule->trusted_path();
    XorGraph graph;
    const auto first = graph.add(agreement.length());
    for (const Pair& pair : pairs_of(agreement)) {
      const auto filling_a = graph.add(pair.size - pair.a.length());
      const auto filling_b = graph.add(pair.size - pair.b.length());
      const auto node = [&](const Interval& segment, XorGraph::Node filling, std::uint64_t i) {
        return i < segment.length() ? first + static_cast<XorGraph::Node>(segment.begin + i)
                                    : filling + static_cast<XorGraph::Node>(i - segment.length());
      };
      for (std::uint64_t i = 0; i < pair.size; ++i) {
        const auto a = node(pair.a, filling_a, i);
        if (contains(sight.seen[trusted], pair.at_clear + i))
          graph.observe(a, XorGraph::ground, wire.lanes[trusted].bytes[pair.at_clear + i]);
        if (!pair.b.empty() && contains(sight.seen[pair.mixed_lane], pair.at_mixed + i))
          graph.observe(a, node(pair.b, filling_b, i), wire.lanes[pair.mixed_lane].bytes[pair.at_mixed + i]);
      }
    }
    graph.settle(view, first);
    return view;
  }

  /// A ^ B alone is two texts under one pad, the oldest mistake with a one-time pad: a pad of the segment's
  /// length, two rows deep.
  AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                      const ExactView& exact, Models models, const AttackLimits& limits) const override {
    std::vector<MixedPair> problems;
    for (const Pair& pair : pairs_of(agreement)) {
      if (pair.b.empty() || !contains(sight.seen[pair.mixed_lane], pair.at_mixed)) continue;
      if (contains(exact.determined, pair.a.begin)) continue;
      const auto mixed = std::span(wire.lanes[pair.mixed_lane].bytes).subspan(pair.at_mixed, pair.size);
      problems.push_back({pair.a, pair.b, mixed});
    }
    return attack_mixed_pairs(problems, models, limits);
  }
};

}  // namespace

SchemePtr network_coding() {
  return std::make_shared<NetworkCoding>();
}

}  // namespace mps::lab
