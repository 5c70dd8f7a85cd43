// SPDX-License-Identifier: GPL-2.0-or-later
// What exactly follows from a part of the wire: the reference table of the schemes, and random cases against
// Gaussian elimination on each scheme's definition.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/reference/linear_twin.h"
#include "tests/unit/lab/lab_sample.h"

namespace mps::lab {
namespace {

using reference::EquationSystem;
using test::agreement_for;
using test::by_hand;
using test::random_bytes;
using test::schedule;
using test::scheme;

constexpr PathMask path0 = 1, path1 = 2;

struct Case {
  Schedule plan;
  PathMask taps;
  Agreement agreement;
  Bytes plaintext;
  Wire wire;
  ExactView view;

  Case(const std::string& name, Schedule s, PathMask tapped) : plan(std::move(s)), taps(tapped) {
    agreement = agreement_for(plan);
    plaintext = random_bytes(plan.length, 11);
    wire = transmit(*scheme(name), agreement, plaintext);
    view = scheme(name)->exact(agreement, wire, sight());
    for (const Interval& range : view.determined)
      for (std::uint64_t i = range.begin; i < range.end; ++i)
        EXPECT_EQ(view.plaintext[i], plaintext[i]) << name;
  }
  Case(const Case&) = delete;  // the agreement points to the plan
  Sight sight() const { return sight_of(wire, agreement, taps); }
  std::uint64_t determined() const { return total_length(view.determined); }
  std::uint64_t covered() const { return total_length(view.covered); }
};

// An untrusted path that carries one run of n bytes deep inside the stream.
Schedule one_run(std::uint64_t n) {
  return by_hand(1400 + n + 1400, {{{0, 1400}, 0}, {{1400, 1400 + n}, 1}, {{1400 + n, 2800 + n}, 0}});
}

TEST(ReferenceTable, PlainDispersionShowsWhatItCarries) {
  const Case c("plain", one_run(1000), path1);
  EXPECT_EQ(c.determined(), 1000u);
  EXPECT_EQ(c.view.covered_leak_bits, 8000u);
  EXPECT_EQ(c.view.basis, Basis::any_content);
}

TEST(ReferenceTable, PermutationHidesTheOrderAlone) {
  // 1024 bytes are one window of 64 blocks: all seen, only log2 64! = 295.998 bits are open.
  const Case c("permute", by_hand(2048, {{{0, 1024}, 0}, {{1024, 2048}, 1}}), path1);
  EXPECT_EQ(c.determined(), 0u);
  EXPECT_EQ(c.view.covered_leak_bits, 8u * 1024 - 296);
  EXPECT_EQ(Case("permute-aes", one_run(1000), path1).view.covered_leak_bits, 0u);
}

TEST(ReferenceTable, SharesBelowTheThresholdSayNothing) {
  for (const char* name : {"xor-share", "shamir"})
    for (const PathMask taps : {path0, path1}) {
      const Case c(name, one_run(1000), taps);
      EXPECT_EQ(c.determined(), 0u);
      EXPECT_EQ(c.view.whole_leak_bits, 0u);
      EXPECT_EQ(c.view.basis, Basis::any_content) << "perfect, whatever the content is";
      EXPECT_EQ(c.covered(), c.plaintext.size());
    }
  EXPECT_EQ(Case("xor-share", one_run(1000), path0 | path1).determined(), 3800u);
  const Schedule three = schedule("roundrobin,paths=3", 5000);
  EXPECT_EQ(Case("shamir:2", three, path0).determined(), 0u);
  EXPECT_EQ(Case("shamir:2", three, 6).determined(), 5000u) << "two untrusted paths hold two shares";
  EXPECT_EQ(Case("shamir", three, 6).determined(), 0u);
}

TEST(ReferenceTable, NetworkCodingShowsHalfOfAllBits) {
  // Pairs of L bytes: of the 16 L bits of A and B, A ^ B says 8 L.
  const Schedule pairs = schedule("roundrobin,segment=700", 4 * 1400);
  const Case untrusted("netcode", pairs, path1);
  EXPECT_EQ(untrusted.determined(), 0u);
  EXPECT_EQ(untrusted.covered(), 5600u);
  EXPECT_EQ(untrusted.view.covered_leak_bits, 8u * 2800);
  const Case trusted("netcode", pairs, path0);
  EXPECT_EQ(trusted.determined(), 2800u) << "A in clear";
  EXPECT_EQ(Case("netcode", pairs, path0 | path1).determined(), 5600u);
}

TEST(ReferenceTable, NetworkCodingNeverShowsWhatStandsAgainstFilling) {
  const Schedule uneven = by_hand(300, {{{0, 120}, 0}, {{120, 200}, 1}, {{200, 210}, 0}, {{210, 300}, 1}});
  const Case c("netcode", uneven, path1);
  EXPECT_EQ(c.determined(), 0u);
  EXPECT_EQ(c.view.covered_leak_bits, 8u * (80 + 10)) << "only where both are data";
}

TEST(ReferenceTable, ChainingLeaksAllButOneBlock) {
  for (const std::uint64_t n : {100u, 1400u, 14'000u})
    for (const std::uint64_t block : {8u, 16u}) {
      const Case c(block == 8 ? "chain8" : "chain16", one_run(n), path1);
      EXPECT_EQ(c.determined(), 0u);
      EXPECT_EQ(c.view.covered_leak_bits, 8 * (n - block)) << "a run of n says n - L about itself";
      EXPECT_EQ(c.view.whole_leak_bits, 8 * n);
    }
}

TEST(ReferenceTable, ChainingIsReadFromTheStartByWhoeverHasTheVector) {
  const Case with("chain16", one_run(1000), path0);  // the handshake is on path 0
  EXPECT_EQ(with.view.determined.front(), (Interval{0, 1400}));
  EXPECT_EQ(with.determined(), 1400u);
  Schedule swapped = one_run(1000);
  swapped.handshake_path = 1;
  const Case without("chain16", swapped, path0);
  EXPECT_EQ(without.determined(), 0u);
}

TEST(ReferenceTable, ScramblerLeaksAllButItsWindow) {
  for (const std::uint64_t n : {64u, 65u, 500u, 1400u, 14'000u}) {
    const Case c("scramble", one_run(n), path1);
    EXPECT_EQ(c.determined(), 0u);
    EXPECT_EQ(c.view.covered_leak_bits, 8 * (n - 64));
    EXPECT_EQ(c.view.whole_leak_bits, 8 * n);
  }
  EXPECT_EQ(Case("scramble", one_run(1000), path0).determined(), 1400u);
}

TEST(ReferenceTable, CiphersShowNothingWithoutTheirKey) {
  for (const char* name : {"cbc", "ofb"})
    for (const PathMask taps : {path0, path1, path0 | path1}) {
      const Case c(name, one_run(1000), taps);
      EXPECT_EQ(c.determined(), 0u);
      EXPECT_EQ(c.view.whole_leak_bits, 0u);
      EXPECT_EQ(c.view.basis, Basis::cipher);
    }
}

TEST(ReferenceTable, H1IsTheHandshakesSecret) {
  EXPECT_EQ(Case("h1", one_run(1000), path1).determined(), 0u);
  EXPECT_EQ(Case("h1", one_run(1000), path1).view.basis, Basis::handshake_prf);
  const Case trusted("h1", one_run(1000), path0);
  EXPECT_EQ(trusted.determined(), 2800u) << "a gap costs nothing to who has the keys";
}

TEST(ReferenceTable, H2HidesWhatFollowsMissedData) {
  EXPECT_EQ(Case("h2", one_run(1000), path1).determined(), 0u);
  EXPECT_EQ(Case("h2", one_run(1000), path0).determined(), 1400u);
  // A gap inside a block: what was seen of the same block behind it still follows.
  const Schedule gap = by_hand(1000, {{{0, 100}, 0}, {{100, 105}, 1}, {{105, 1000}, 0}});
  const Case c("h2", gap, path0);
  EXPECT_EQ(c.view.determined, (Intervals{{0, 100}, {105, 128}}));
  EXPECT_EQ(c.view.basis, Basis::random_oracle);
  EXPECT_EQ(Case("h2", gap, path0 | path1).determined(), 1000u);
}

TEST(ReferenceTable, WhoeverTapsEverythingReadsAllOfItButCiphersAndSequences) {
  for (const SchemePtr& one : all_schemes()) {
    const Case c(one->info().name, schedule("roundrobin,segment=200", 3000), path0 | path1);
    EXPECT_EQ(c.determined(), one->info().secret.empty() ? 3000u : 0u) << one->info().name;
    EXPECT_EQ(c.covered(), 3000u);
  }
}

// --- the twin ---

/// Unknowns of a scheme: the plaintext, and then whatever else is unknown to begin with. Equations in the
/// order seen.
struct Twin {
  std::size_t length;
  EquationSystem system;
  Twin(std::size_t plaintext, std::size_t others) : length(plaintext), system(plaintext + others) {}
  void know(std::size_t unknown, std::uint8_t value) { system.add(system.row({unknown}), value); }
  void see(const std::vector<std::size_t>& unknowns, std::uint8_t value) {
    system.add(system.row(unknowns), value);
  }

  void compare(const ExactView& view) {
    for (std::size_t i = 0; i < length; ++i) {
      const auto value = system.value_of(system.row({i}));
      ASSERT_EQ(value.has_value(), contains(view.determined, i)) << i;
      if (value) {
        ASSERT_EQ(*value, view.plaintext[i]) << i;
      }
    }
    EXPECT_EQ(view.covered_leak_bits, 8 * (total_length(view.covered) - open(view.covered)));
    EXPECT_EQ(view.whole_leak_bits, 8 * (length - open(normalised({{0, length}}))));
  }
  std::size_t open(const Intervals& where) const {
    EquationSystem more = system;
    std::size_t bytes = 0;
    for (const Interval& range : where)
      for (std::uint64_t i = range.begin; i < range.end; ++i) bytes += more.add(more.row({i}), 0);
    return bytes;
  }
};

/// Segments of random sizes on random paths, some of them twice; sometimes the handshake on the untrusted
/// path.
Schedule random_schedule(std::mt19937_64& random, std::uint64_t length) {
  Schedule s = by_hand(length, {}, static_cast<std::uint16_t>(2 + random() % 2));
  s.handshake_path = static_cast<std::uint16_t>(random() % 2);
  for (std::uint64_t begin = 0; begin < length;) {
    const Interval where{begin, std::min<std::uint64_t>(begin + 1 + random() % 90, length)};
    s.sendings.push_back({where, static_cast<std::uint16_t>(random() % s.paths)});
    if (random() % 6 == 0) s.sendings.push_back({where, static_cast<std::uint16_t>(random() % s.paths)});
    begin = where.end;
  }
  return s;
}

class LinearTwin : public ::testing::Test {
 protected:
  std::mt19937_64 random_{42};
  /// A stream of up to `most` bytes, some of whose paths are tapped.
  Case some_case(const std::string& name, std::uint64_t most) {
    Schedule s = random_schedule(random_, 1 + random_() % most);
    const PathMask taps = 1 + random_() % s.all();
    return Case(name, std::move(s), taps);
  }
};

TEST_F(LinearTwin, Chaining) {
  for (int round = 0; round < 150; ++round) {
    const std::size_t block = std::vector<std::size_t>{1, 3, 8, 16}[random_() % 4];
    const Case c = some_case("chain:" + std::to_string(block), 200);
    const std::size_t length = c.plaintext.size();
    const Bytes& lane = c.wire.lanes[0].bytes;
    Twin twin(length, lane.size() - length + block);  // padding, then the vector
    const auto unknown = [&](std::size_t i) {
      return i >= block ? i - block : lane.size() + i;
    };  // i counts from -L
    const Sight sight = c.sight();
    if (sight.handshake)
      for (std::size_t i = 0; i < block; ++i)
        twin.know(unknown(i), lane[i] ^ (i < length ? c.plaintext[i] : 0));
    if (sight.handshake && length < block) continue;  // the vector is not to be had from the lane then
    for (const Interval& run : sight.seen[0])
      for (std::size_t i = run.begin; i < run.end; ++i) twin.see({unknown(i + block), unknown(i)}, lane[i]);
    twin.compare(c.view);
  }
}

TEST_F(LinearTwin, NetworkCoding) {
  for (int round = 0; round < 150; ++round) {
    const Case c = some_case("netcode", 300);
    const std::size_t length = c.plaintext.size();
    Twin twin(length, c.wire.bytes_once());  // room enough for filling
    std::size_t filling = length;
    std::vector<std::size_t> used(c.plan.paths);
    const auto segments = c.plan.segments();
    for (std::size_t k = 0; k < segments.size(); k += 2) {
      const bool pair = k + 1 < segments.size();
      const Interval a = segments[k].where, b = pair ? segments[k + 1].where : Interval{};
      const std::size_t other = c.plan.paths == 2 ? 1 : 1 + (k / 2) % 2;
      for (std::size_t i = 0; i < std::max(a.length(), b.length()); ++i) {
        const std::size_t of_a = i < a.length() ? a.begin + i : filling++;
        if (c.taps & 1) twin.see({of_a}, c.wire.lanes[0].bytes[used[0]]);
        ++used[0];
        if (!pair) continue;
        const std::size_t of_b = i < b.length() ? b.begin + i : filling++;
        if (c.taps & mask_of(static_cast<std::uint16_t>(other)))
          twin.see({of_a, of_b}, c.wire.lanes[other].bytes[used[other]]);
        ++used[other];
      }
    }
    twin.compare(c.view);
  }
}

/// Of permuted blocks, each asked by itself whether any of its bytes is in any run.
TEST_F(LinearTwin, Permutation) {
  for (int round = 0; round < 300; ++round) {
    const std::size_t block = std::vector<std::size_t>{1, 3, 8, 16}[random_() % 4];
    const std::size_t window = 1 + random_() % 12;
    const Case c = some_case("permute:" + std::to_string(block) + ":" + std::to_string(window), 600);
    const std::size_t length = c.plaintext.size();
    const std::size_t size = c.wire.lanes[0].bytes.size();
    const Intervals seen = c.sight().seen[0];
    std::uint64_t leaked = 0;
    for (std::size_t begin = 0; begin < size; begin += block * window) {
      const std::size_t end = std::min(begin + block * window, size), blocks = (end - begin) / block;
      std::size_t bytes = 0, touched = 0;
      double open_bits = 0;
      for (std::size_t k = 0; k < blocks; ++k) {
        std::size_t of_block = 0;
        for (std::size_t i = 0; i < block; ++i) of_block += contains(seen, begin + k * block + i);
        bytes += of_block;
        if (of_block > 0) open_bits += std::log2(static_cast<double>(blocks - touched++));
      }
      const std::size_t padding = end > length ? end - length : 0;
      const double bits = 8 * (static_cast<double>(bytes) - static_cast<double>(padding)) - open_bits;
      leaked += static_cast<std::uint64_t>(std::max(0.0, std::floor(bits)));
      for (std::size_t i = begin; i < std::min(end, length); ++i)
        ASSERT_EQ(contains(c.view.determined, i), blocks == 1 && contains(seen, i)) << i;
    }
    ASSERT_EQ(c.view.covered_leak_bits, leaked);
  }
}

TEST_F(LinearTwin, Scrambler) {
  for (int round = 0; round < 60; ++round) {
    const Case c = some_case("scramble", 300);
    const std::size_t length = c.plaintext.size();
    Twin twin(length, 8);  // the key
    const Sight sight = c.sight();
    if (sight.handshake)
      for (std::size_t k = 0; k < 8; ++k) twin.know(length + k, c.agreement.sender_key()[k]);
    for (const Interval& run : sight.seen[0])
      for (std::size_t i = run.begin; i < run.end; ++i) {
        std::vector<std::size_t> unknowns;
        for (std::size_t back = 0; back <= 64; ++back) {
          if (back <= i)
            unknowns.push_back(i - back);
          else if (back - i <= 8)
            unknowns.push_back(length + 8 - (back - i));
        }
        twin.see(unknowns, c.wire.lanes[0].bytes[i]);
      }
    twin.compare(c.view);
  }
}

}  // namespace
}  // namespace mps::lab
