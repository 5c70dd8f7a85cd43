// SPDX-License-Identifier: GPL-2.0-or-later
// The exact engine against elimination and enumeration, and the known numbers of the scheme.
#include "core/leak/exact_engine.h"

#include <gtest/gtest.h>

#include <string>

#include "core/scramble/mps_scramble.h"
#include "tests/reference/leak_support.h"

namespace mps {
namespace {

using reference::CollectingSink;
using reference::LeakCase;

const std::vector<std::uint8_t> k8 = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};
const std::string request =
    "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n";

std::vector<std::uint8_t> scrambled(const std::vector<std::uint8_t>& original,
                                    const std::vector<std::uint8_t>& key = k8) {
  std::vector<std::uint8_t> out(original.size());
  mps_state state;
  mps_state_init(&state, key.data(), key.size());
  mps_scramble(&state, out.data(), original.data(), original.size());
  return out;
}

std::vector<std::uint8_t> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

ExactProblem whole_problem(StartRegister start, std::uint64_t length) {
  ExactProblem problem;
  problem.start = std::move(start);
  problem.range = {0, length};
  problem.targets = {{Target::Kind::seen, {}}, {Target::Kind::whole, {}}};
  return problem;
}

ExactResult solved(const ExactProblem& problem, SeenSource& seen, ExactSink* sink = nullptr) {
  auto result = solve_exactly(problem, seen, sink);
  EXPECT_TRUE(result) << (result ? "" : result.error());
  return result ? std::move(*result) : ExactResult{};
}

ExactResult solved_structure(StartRegister start, std::uint64_t length, const Intervals& seen) {
  SeenPositions source(seen);
  return solved(whole_problem(std::move(start), length), source);
}

Intervals determined_of(const std::vector<std::optional<std::uint8_t>>& bytes) {
  std::vector<bool> members;
  for (const auto& byte : bytes) members.push_back(byte.has_value());
  return reference::intervals_of(members);
}

// Everything of one case, with values and from the positions alone.
void compare_with_elimination(const LeakCase& c, std::mt19937_64& random, std::uint64_t origin) {
  const auto expected = reference::solve_by_elimination(c);
  const KnownBytes known = reference::known_of(c, origin);
  const ExactProblem problem = reference::problem_of(c, known, origin);
  SeenViews views = reference::views_of(c, random, origin);
  CollectingSink sink(problem.range);
  const ExactResult result = solved(problem, views, &sink);

  EXPECT_EQ(sink.bytes, expected.bytes);
  Intervals ranges = result.determined.ranges();
  for (Interval& range : ranges) range = {range.begin - origin, range.end - origin};
  const Intervals expected_ranges = determined_of(expected.bytes);
  EXPECT_EQ(ranges, expected_ranges);
  EXPECT_EQ(result.determined.count(), total_length(expected_ranges));
  const Intervals seen = reference::intervals_of(c.seen);
  EXPECT_EQ(result.seen_count, total_length(seen));
  EXPECT_EQ(result.determined_seen_count, total_length(intersection(expected_ranges, seen)));
  EXPECT_EQ(result.known_count, total_length(reference::intervals_of(c.known)));
  EXPECT_EQ(result.independent_equations, expected.independent);
  EXPECT_EQ(result.redundant_equations, expected.redundant);
  EXPECT_EQ(result.checks_passed, expected.redundant);
  EXPECT_EQ(result.checks_failed, 0u);
  EXPECT_EQ(result.key_equivocation_bits, 8 * expected.key_equivocation);
  for (std::size_t k = 0; k < c.key_length; ++k) {
    EXPECT_EQ(result.key_determined[k], expected.key[k].has_value());
    EXPECT_EQ(result.key[k], expected.key[k].value_or(0));
  }
  EXPECT_EQ(result.targets[0].equivocation_bits, 8 * expected.seen_equivocation);
  EXPECT_EQ(result.targets[1].equivocation_bits, 8 * expected.before_equivocation);
  EXPECT_EQ(result.targets[2].equivocation_bits, 8 * expected.target_equivocation);
  EXPECT_EQ(result.targets[3].equivocation_bits, 8 * expected.stream_equivocation);
  EXPECT_EQ(result.targets[3].prior_bits, 8 * (c.length() - result.known_count));
  for (std::size_t i = 0; i < c.length(); ++i)
    ASSERT_EQ(result.determined.contains(origin + i), expected.bytes[i].has_value()) << i;

  // Structure alone gives the same numbers.
  Intervals shifted_seen = seen;
  Intervals shifted_known = reference::intervals_of(c.known);
  for (Interval& i : shifted_seen) i = {i.begin + origin, i.end + origin};
  for (Interval& i : shifted_known) i = {i.begin + origin, i.end + origin};
  const KnownBytes positions = KnownBytes::positions(shifted_known);
  ExactProblem structure = problem;
  structure.start.key.clear();
  structure.known = &positions;
  SeenPositions source(shifted_seen);
  const ExactResult same = solved(structure, source);
  EXPECT_EQ(same.determined.ranges(), result.determined.ranges());
  EXPECT_EQ(same.redundant_equations, result.redundant_equations);
  EXPECT_EQ(same.key_equivocation_bits, result.key_equivocation_bits);
  for (std::size_t k = 0; k < result.targets.size(); ++k) {
    EXPECT_EQ(same.targets[k].prior_bits, result.targets[k].prior_bits);
    EXPECT_EQ(same.targets[k].equivocation_bits, result.targets[k].equivocation_bits);
  }

  // Targets cut the walk into more stretches but change nothing about the bytes.
  ExactProblem untargeted = problem;
  untargeted.targets.clear();
  CollectingSink plain(problem.range);
  EXPECT_EQ(solved(untargeted, views, &plain).redundant_equations, result.redundant_equations);
  EXPECT_EQ(plain.bytes, expected.bytes);

  // A run's own numbers are those of the run as the target.
  ASSERT_EQ(result.runs.size(), seen.size());
  for (std::size_t r = 0; r < seen.size(); ++r) {
    const RunSummary& run = result.runs[r];
    EXPECT_EQ(run.where, shifted_seen[r]);
    EXPECT_EQ(run.columns, std::min<std::uint64_t>(seen[r].length(), c.window + 1));
    const Interval columns{seen[r].begin, seen[r].begin + run.columns};
    EXPECT_EQ(run.columns_open, total_length(intersection(expected_ranges, {columns})));
    LeakCase own = c;
    own.target.assign(c.length(), false);
    for (std::uint64_t i = seen[r].begin; i < seen[r].end; ++i) own.target[i] = true;
    EXPECT_EQ(run.bytes_to_open, reference::solve_by_elimination(own).target_equivocation);
  }
}

TEST(ExactEngine, EqualsEliminationInRandomCases) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 6000 && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const std::uint32_t max_window = i % 3 == 0 ? 64 : i % 3 == 1 ? 12 : 3;
    const LeakCase c = reference::random_case(random, max_window, i % 3 == 0 ? 180 : 90);
    compare_with_elimination(c, random, i % 2 == 0 ? 0 : random() % 100000);
  }
}

TEST(ExactEngine, EqualsEliminationWithTheFullWindow) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    LeakCase c = reference::random_case(random, 1, 400);
    c.window = 64;
    c.key.resize(c.key_length = i % 4 == 0 ? 20 : 8, 0x5a);
    c.scrambled = reference::scramble_by_definition(c.window, c.key, c.original);
    compare_with_elimination(c, random, 0);
  }
}

TEST(ExactEngine, EqualsEnumerationOfAllExplanations) {
  std::mt19937_64 random(3);
  for (int done = 0; done < 400 && !HasFailure();) {
    LeakCase c = reference::random_case(random, 4, 12);
    if (c.key_length + c.length() > 13) continue;
    SCOPED_TRACE(done++);
    const auto expected = reference::solve_by_enumeration(c);
    EXPECT_TRUE(expected.uniform);
    const KnownBytes known = reference::known_of(c);
    SeenViews views = reference::views_of(c, random);
    const ExactResult result = solved(reference::problem_of(c, known), views);
    EXPECT_EQ(result.determined.ranges(), reference::intervals_of(expected.determined));
    EXPECT_DOUBLE_EQ(static_cast<double>(result.targets[2].equivocation_bits) / 8,
                     expected.target_equivocation_bits);
  }
}

// One run of n bytes at f, the stream ending with it: equivocation and leak of the run, leak about the
// stream.
struct RunRow {
  std::uint64_t first, length;
  int key;  // 0 unknown, 1 known, 2 either
  std::uint64_t equivocation, leak, stream_leak, determined;
};

TEST(ExactEngine, ReferenceRuns) {
  const RunRow rows[] = {
      {0, 1, 0, 8, 0, 0, 0},
      {0, 57, 0, 8, 448, 448, 56},
      {0, 65, 0, 64, 456, 456, 56},
      {0, 1400, 0, 64, 11136, 11136, 1210},
      {0, 1400, 1, 0, 11200, 11200, 1400},
      {10, 1400, 1, 80, 11120, 11200, 1168},
      {10, 1400, 0, 144, 11056, 11136, 1000},
      {56, 1400, 0, 512, 10688, 11136, 0},
      {63, 1400, 1, 504, 10696, 11200, 22},
      {64, 1400, 1, 512, 10688, 11200, 0},
      {1400, 64, 2, 512, 0, 512, 0},
      {1400, 65, 2, 512, 8, 520, 0},
      {1400, 500, 2, 512, 3488, 4000, 0},
      {1400, 1400, 2, 512, 10688, 11200, 0},
      {1400, 14000, 2, 512, 111488, 112000, 0},
  };
  for (const RunRow& row : rows)
    for (const bool key_known : {false, true}) {
      if (row.key != 2 && key_known != (row.key == 1)) continue;
      SCOPED_TRACE(testing::Message() << row.first << "+" << row.length << " key " << key_known);
      const auto start = key_known ? StartRegister::with_some_key() : StartRegister::unknown_key();
      const auto result =
          solved_structure(start, row.first + row.length, {{row.first, row.first + row.length}});
      EXPECT_EQ(result.targets[0].equivocation_bits, row.equivocation);
      EXPECT_EQ(result.targets[0].leak_bits(), row.leak);
      EXPECT_EQ(result.targets[1].leak_bits(), row.stream_leak);
      EXPECT_EQ(result.determined.count(), row.determined);
      ASSERT_EQ(result.runs.size(), 1u);
      EXPECT_EQ(8 * result.runs[0].bytes_to_open, row.equivocation);
    }
}

TEST(ExactEngine, AlternatingPathsLeakHalfTheStreamAndDetermineNothing) {
  Intervals untrusted;
  for (std::uint64_t begin = 1400; begin < 56000; begin += 2800) untrusted.push_back({begin, begin + 1400});
  const auto result = solved_structure(StartRegister::with_some_key(), 56000, untrusted);
  EXPECT_EQ(result.targets[0].leak_bits(), 213760u);
  EXPECT_EQ(result.targets[0].equivocation_bits, 10240u);
  EXPECT_EQ(result.targets[1].leak_bits(), 224000u);
  EXPECT_EQ(result.targets[1].prior_bits, 448000u);
  EXPECT_EQ(result.determined.count(), 0u);
  ASSERT_EQ(result.runs.size(), 20u);
  for (const RunSummary& run : result.runs) {
    EXPECT_EQ(run.bytes_to_open, 64u);
    EXPECT_EQ(run.columns, 65u);
    EXPECT_EQ(run.columns_open, 0u);
  }
}

TEST(ExactEngine, RunsShareColumnsAcrossAShortGap) {
  for (const auto& [gap, leak] : {std::pair<std::uint64_t, std::uint64_t>{1, 5072}, {63, 4080}, {64, 4064}}) {
    const auto result =
        solved_structure(StartRegister::with_some_key(), 1500, {{300, 600}, {600 + gap, 1000}});
    EXPECT_EQ(result.targets[0].leak_bits(), leak) << gap;
  }
}

TEST(ExactEngine, RequestSeenWholeWithoutTheKey) {
  const std::vector<std::uint8_t> original(request.begin(), request.end());
  const auto bytes = scrambled(original);
  SeenViews views;
  views.add(0, bytes);
  ExactProblem problem = whole_problem(StartRegister::unknown_key(), original.size());
  CollectingSink sink(problem.range);
  const auto result = solved(problem, views, &sink);
  EXPECT_EQ(result.determined.count(), 69u);
  EXPECT_EQ(result.determined.ranges(), (Intervals{{1, 57}, {66, 79}}));
  for (std::size_t i = 0; i < original.size(); ++i)
    EXPECT_EQ(sink.bytes[i].value_or(original[i]), original[i]) << i;
  EXPECT_EQ(result.key_equivocation_bits, 64u);

  const KnownBytes crib({{57, {original.begin() + 57, original.begin() + 65}}});
  problem.known = &crib;
  CollectingSink all(problem.range);
  const auto opened = solved(problem, views, &all);
  EXPECT_EQ(opened.determined.count(), 79u);
  EXPECT_EQ(opened.key, k8);
  EXPECT_EQ(opened.key_equivocation_bits, 0u);
  for (std::size_t i = 0; i < original.size(); ++i) EXPECT_EQ(all.bytes[i], original[i]) << i;
}

TEST(ExactEngine, CompleteCaptureWithTheKeyIsTheDescrambler) {
  const auto original = random_bytes(100000, 4);
  const auto bytes = scrambled(original);
  SeenViews views;
  for (std::size_t i = 0; i < bytes.size(); i += 1400)
    views.add(i, std::span(bytes).subspan(i, std::min<std::size_t>(1400, bytes.size() - i)));
  const ExactProblem problem = whole_problem(StartRegister::with_key(k8), bytes.size());
  CollectingSink sink(problem.range);
  const auto result = solved(problem, views, &sink);
  EXPECT_EQ(result.determined.ranges(), (Intervals{{0, 100000}}));
  EXPECT_TRUE(std::equal(original.begin(), original.end(), sink.bytes.begin()));
}

TEST(ExactEngine, AGapLosesOneColumnMoreThanItsBytes) {
  const std::uint64_t length = 65 * 100;
  for (const std::uint64_t gap : {1u, 10u, 63u, 64u}) {
    const auto result =
        solved_structure(StartRegister::with_some_key(), length, {{0, 650}, {650 + gap, length}});
    ASSERT_EQ(result.runs.size(), 2u);
    EXPECT_EQ(result.runs[1].columns_open, gap < 64 ? 65 - (gap + 1) : 0u) << gap;
    EXPECT_EQ(result.runs[1].bytes_to_open, gap);
  }
}

TEST(ExactEngine, ResumesFromARegister) {
  const auto original = random_bytes(5000, 5);
  const auto bytes = scrambled(original);
  ExactProblem problem;
  problem.start = StartRegister::resumed(std::span(original).subspan(1000 - 64, 64));
  problem.range = {1000, 5000};
  SeenViews views;  // 20 bytes are missing
  views.add(1000, std::span(bytes).subspan(1000, 500));
  views.add(1520, std::span(bytes).subspan(1520));
  CollectingSink sink(problem.range);
  const auto result = solved(problem, views, &sink);
  EXPECT_EQ(result.runs[0].columns_open, 65u);
  EXPECT_EQ(result.runs[1].columns_open, 44u);
  for (std::size_t i = 0; i < sink.bytes.size(); ++i)
    ASSERT_EQ(sink.bytes[i].value_or(original[1000 + i]), original[1000 + i]) << i;

  problem.start = StartRegister::interior();
  EXPECT_EQ(solved(problem, views).determined.count(), 0u);
}

TEST(ExactEngine, CribsOpenColumnsAndWrongOnesAreCaught) {
  const auto original = random_bytes(3000, 6);
  const auto bytes = scrambled(original);
  SeenViews views;
  views.add(1000, std::span(bytes).subspan(1000, 1400));
  ExactProblem problem = whole_problem(StartRegister::unknown_key(), 3000);
  const auto crib = [&](std::uint64_t offset, std::uint64_t length) {
    return Crib{offset,
                {original.begin() + static_cast<std::ptrdiff_t>(offset),
                 original.begin() + static_cast<std::ptrdiff_t>(offset + length)}};
  };
  // Three bytes: 3 of 65 columns, in the run and in the 64 trusted bytes before it.
  KnownBytes known({crib(1100, 3)});
  problem.known = &known;
  auto result = solved(problem, views);
  EXPECT_EQ(result.runs[0].columns_open, 3u);
  EXPECT_EQ(result.runs[0].bytes_to_open, 61u);
  EXPECT_EQ(result.checks_passed + result.checks_failed, 0u);

  // Two aligned cribs of 40 bytes: 40 checks.
  known = KnownBytes({crib(1100, 40), crib(1100 + 65 * 5, 40)});
  result = solved(problem, views);
  EXPECT_EQ(result.checks_passed, 40u);
  EXPECT_EQ(result.redundant_equations, 40u);

  auto wrong = crib(1100 + 65 * 5, 40);
  wrong.bytes[7] ^= 1;
  known = KnownBytes({crib(1100, 40), wrong});
  result = solved(problem, views);
  EXPECT_EQ(result.checks_passed, 39u);
  EXPECT_EQ(result.checks_failed, 1u);
  EXPECT_EQ(result.failed_checks, (Intervals{{1100 + 65 * 5 + 7, 1100 + 65 * 5 + 8}}));

  // 70 known bytes one place off: 64 of them are believed, the other 6 all fail.
  auto shifted = crib(1100, 70);
  shifted.offset = 1101;
  known = KnownBytes({shifted});
  result = solved(problem, views);
  EXPECT_EQ(result.checks_passed, 0u);
  EXPECT_EQ(result.checks_failed, 6u);

  // Cribs that contradict each other outside the capture are caught as well.
  known = KnownBytes({{10, {1, 2, 3}}, {11, {2, 4}}});
  result = solved(problem, views);
  EXPECT_EQ(result.failed_checks, (Intervals{{12, 13}}));
  EXPECT_EQ(result.checks_failed, 1u);
}

TEST(ExactEngine, LongStreamsCostNothingWithoutBytes) {
  const std::uint64_t length = 1'000'000'000'000;
  const auto result =
      solved_structure(StartRegister::unknown_key(), length, {{0, length / 4}, {length / 2, length}});
  EXPECT_EQ(result.seen_count, length / 4 * 3);
  EXPECT_EQ(result.determined.count(),
            length / 4 / 65 * 56 + std::min<std::uint64_t>(length / 4 % 65 - 1, 56));
  EXPECT_EQ(result.targets[0].equivocation_bits, 8 * (8 + 64u));
  EXPECT_EQ(result.targets[1].equivocation_bits, 8 * (length / 4 + 8));
}

TEST(ExactEngine, RefusesWhatMakesNoSense) {
  SeenPositions none({});
  ExactProblem problem = whole_problem(StartRegister::unknown_key(), 100);
  problem.window = 0;
  EXPECT_FALSE(solve_exactly(problem, none));
  problem.window = 65536;
  EXPECT_FALSE(solve_exactly(problem, none));
  problem.window = 4;  // less than the key
  EXPECT_FALSE(solve_exactly(problem, none));
  problem.window = 64;
  problem.range = {5, 4};
  EXPECT_FALSE(solve_exactly(problem, none));
  problem.range = {0, 100};
  SeenPositions outside({{90, 101}});
  EXPECT_FALSE(solve_exactly(problem, outside));
  const std::vector<std::uint8_t> bytes(10);
  SeenViews unordered;
  unordered.add(50, bytes);
  unordered.add(55, bytes);
  EXPECT_FALSE(solve_exactly(problem, unordered));
  SeenViews views;
  views.add(50, bytes);
  EXPECT_TRUE(solve_exactly(problem, views));
  problem.start = StartRegister::with_some_key();  // bytes, but no key value
  EXPECT_FALSE(solve_exactly(problem, views));
  problem.start = StartRegister::unknown_key();
  const KnownBytes positions = KnownBytes::positions({{1, 2}});
  problem.known = &positions;
  EXPECT_FALSE(solve_exactly(problem, views));
  const KnownBytes beyond({{99, {1, 2}}});
  problem.known = &beyond;
  EXPECT_FALSE(solve_exactly(problem, views));
  problem.known = nullptr;
  problem.targets.resize(33);
  EXPECT_FALSE(solve_exactly(problem, views));
}

TEST(ExactEngine, EmptyStream) {
  const auto result = solved_structure(StartRegister::unknown_key(), 0, {});
  EXPECT_EQ(result.determined.count(), 0u);
  EXPECT_EQ(result.key_equivocation_bits, 64u);
  EXPECT_EQ(result.targets[1].prior_bits, 0u);
}

}  // namespace
}  // namespace mps
