// SPDX-License-Identifier: GPL-2.0-or-later
// Every formula against the engine, over windows, key lengths and positions.
#include "core/leak/closed_forms.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/leak/exact_engine.h"

namespace mps {
namespace {

SchemeParameters random_scheme(std::mt19937_64& random) {
  SchemeParameters scheme;
  if (random() % 3 != 0) scheme.window = 1 + static_cast<std::uint32_t>(random() % 64);
  scheme.key_length = static_cast<std::uint32_t>(random() % (scheme.window + 1));
  scheme.key_known = random() & 1;
  return scheme;
}

/// Targets: seen, seen and W before, whole.
ExactResult engine(const SchemeParameters& scheme, const Intervals& seen, std::uint64_t length,
                   const Intervals& known = {}) {
  ExactProblem problem;
  problem.window = scheme.window;
  problem.start = scheme.key_known ? StartRegister::with_some_key(scheme.key_length)
                                   : StartRegister::unknown_key(scheme.key_length);
  problem.range = {0, length};
  const KnownBytes positions = KnownBytes::positions(known);
  problem.known = &positions;
  problem.targets = {
      {Target::Kind::seen, {}}, {Target::Kind::seen_and_window_before, {}}, {Target::Kind::whole, {}}};
  SeenPositions source(seen);
  auto result = solve_exactly(problem, source);
  EXPECT_TRUE(result);
  return result ? std::move(*result) : ExactResult{};
}

class ClosedForms : public testing::Test {
 protected:
  std::mt19937_64 random{7};
};

TEST_F(ClosedForms, OneRun) {
  for (int round = 0; round < 4000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    const std::uint64_t first = random() % (2 * scheme.window + 3);
    const Interval run{first, first + 1 + random() % (3 * scheme.window)};
    const auto result = engine(scheme, {run}, run.end + random() % 3);
    ASSERT_EQ(result.targets[0].equivocation_bits, 8 * run_equivocation(scheme, run))
        << scheme.window << ' ' << scheme.key_length << ' ' << scheme.key_known << ' ' << run.begin << ' '
        << run.end;
    ASSERT_EQ(result.targets[0].leak_bits(), 8 * run_leakage(scheme, run));
  }
  EXPECT_EQ(run_equivocation({}, {5, 5}), 0u);
}

TEST_F(ClosedForms, RegionBeforeAnInteriorRun) {
  for (int round = 0; round < 1000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    const std::uint64_t first = 2 * scheme.window + random() % 100;
    const std::uint64_t length = 1 + random() % (3 * scheme.window);
    const auto result = engine(scheme, {{first, first + length}}, first + length);
    ASSERT_EQ(result.targets[1].equivocation_bits, 8 * region_equivocation(scheme));
    ASSERT_EQ(result.targets[1].leak_bits(), 8 * length);
  }
}

TEST_F(ClosedForms, SeveralLongRuns) {
  for (int round = 0; round < 1000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    Intervals runs;
    std::uint64_t position = random() % (2 * scheme.window);
    for (std::size_t k = 1 + random() % 5; k > 0; --k) {
      runs.push_back({position, position + scheme.period() + random() % 100});
      position = runs.back().end + 1 + random() % (2 * scheme.window);
    }
    const auto result = engine(scheme, runs, position);
    ASSERT_EQ(result.targets[0].equivocation_bits, 8 * runs_equivocation(scheme, runs));
  }
}

TEST_F(ClosedForms, WholeStreamAndKey) {
  for (int round = 0; round < 2000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    Intervals seen;
    const std::uint64_t length = 4 * scheme.period();
    for (std::size_t k = random() % 5; k > 0; --k) {
      const std::uint64_t begin = random() % length;
      seen.push_back({begin, std::min(length, begin + 1 + random() % scheme.period())});
    }
    seen = normalised(seen);
    ASSERT_EQ(engine(scheme, seen, length).targets[2].leak_bits(), 8 * stream_leakage(scheme, seen));
    const auto opened = engine(scheme, seen, length, {{0, length}});  // the stream itself known
    ASSERT_EQ(opened.key_equivocation_bits, 8 * (scheme.unknown_key_bytes() - key_bytes_bound(scheme, seen)));
  }
}

TEST_F(ClosedForms, CribsInAnInteriorRun) {
  for (int round = 0; round < 1000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    const std::uint64_t first = 3 * scheme.period();
    const Interval run{first, first + scheme.period() + random() % 200};
    const std::uint64_t reach = first - scheme.window;
    Intervals known;
    std::set<std::uint64_t> residues;
    for (std::size_t k = random() % (scheme.window + 10); k > 0; --k) {
      const std::uint64_t at = reach + random() % (run.end - reach);
      known.push_back({at, at + 1});
      residues.insert(at % scheme.period());
    }
    const auto result = engine(scheme, {run}, run.end, known);
    const std::uint64_t equivocation = crib_equivocation(scheme, residues.size());
    ASSERT_EQ(result.runs[0].bytes_to_open, equivocation);
    std::uint64_t open = 0;
    for (std::uint64_t i = reach; i < run.end; ++i)
      open += equivocation == 0 || residues.contains(i % scheme.period());
    ASSERT_EQ(result.determined.count(), open);
  }
}

TEST_F(ClosedForms, PrefixWithoutTheKey) {
  for (int round = 0; round < 1000; ++round) {
    const SchemeParameters scheme = random_scheme(random);
    const std::uint64_t length = random() % (5 * scheme.period());
    ASSERT_EQ(engine(scheme, {{0, length}}, length).determined.count(), prefix_determined(scheme, length));
  }
}

}  // namespace
}  // namespace mps
