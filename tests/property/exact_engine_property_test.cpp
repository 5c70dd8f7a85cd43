// SPDX-License-Identifier: GPL-2.0-or-later
// Laws of the exact engine that hold for every stream, capture and crib; shrunk to a small case when one does
// not.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/leak/exact_engine.h"
#include "tests/reference/leak_support.h"

namespace mps {
namespace {

using reference::CollectingSink;
using reference::LeakCase;

/// A number of the whole range, however small the case still is.
template <typename T>
rc::Gen<T> anywhere(T begin, T end) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(begin, end));
}

/// Up to `most` intervals, which may overlap.
std::vector<bool> arbitrary_positions(std::size_t length, std::size_t most) {
  std::vector<bool> members(length);
  for (auto left = *anywhere<std::size_t>(0, most + 1); left > 0; --left) {
    const auto begin = *anywhere<std::size_t>(0, length);
    const auto size = *anywhere<std::size_t>(1, 150);
    for (std::size_t i = begin; i < std::min(length, begin + size); ++i) members[i] = true;
  }
  return members;
}

LeakCase arbitrary_case() {
  LeakCase c;
  c.window = *rc::gen::element<std::uint32_t>(1, 2, 5, 16, 64, 64);
  c.key_length = *anywhere<std::uint32_t>(0, c.window + 1);
  c.key_known = *rc::gen::arbitrary<bool>();
  c.key = *rc::gen::container<std::vector<std::uint8_t>>(c.key_length, rc::gen::arbitrary<std::uint8_t>());
  const auto length = *rc::gen::inRange<std::size_t>(1, 400);
  c.original = *rc::gen::container<std::vector<std::uint8_t>>(length, rc::gen::arbitrary<std::uint8_t>());
  c.scrambled = reference::scramble_by_definition(c.window, c.key, c.original);
  c.seen = arbitrary_positions(length, 6);
  c.known = arbitrary_positions(length, 2);
  c.target = arbitrary_positions(length, 3);
  return c;
}

struct Solution {
  ExactResult result;
  std::vector<std::optional<std::uint8_t>> bytes;
};

Solution solve(const LeakCase& c, std::mt19937_64& random, std::uint64_t origin = 0) {
  const KnownBytes known = reference::known_of(c, origin);
  const ExactProblem problem = reference::problem_of(c, known, origin);
  SeenViews views = reference::views_of(c, random, origin);
  CollectingSink sink(problem.range);
  auto result = solve_exactly(problem, views, &sink);
  RC_ASSERT(result.has_value());
  return {std::move(*result), std::move(sink.bytes)};
}

void assert_same_numbers(const ExactResult& a, const ExactResult& b) {
  RC_ASSERT(a.determined.count() == b.determined.count());
  RC_ASSERT(a.independent_equations == b.independent_equations);
  RC_ASSERT(a.checks_passed == b.checks_passed);
  RC_ASSERT(a.key_equivocation_bits == b.key_equivocation_bits);
  for (std::size_t k = 0; k < a.targets.size(); ++k)
    RC_ASSERT(a.targets[k].equivocation_bits == b.targets[k].equivocation_bits);
}

RC_GTEST_PROP(ExactEngineLaws, DeliversOnlyRightBytesAndExactlyTheDeterminedOnes, ()) {
  const LeakCase c = arbitrary_case();
  std::mt19937_64 random(1);
  const Solution s = solve(c, random);
  for (std::size_t i = 0; i < c.length(); ++i) {
    RC_ASSERT(s.bytes[i].has_value() == s.result.determined.contains(i));
    RC_ASSERT(s.bytes[i].value_or(c.original[i]) == c.original[i]);
  }
  RC_ASSERT(s.result.checks_failed == 0u);
}

RC_GTEST_PROP(ExactEngineLaws, EqualsElimination, ()) {
  const LeakCase c = arbitrary_case();
  std::mt19937_64 random(2);
  const Solution s = solve(c, random);
  const auto expected = reference::solve_by_elimination(c);
  RC_ASSERT(s.bytes == expected.bytes);
  RC_ASSERT(s.result.targets[0].equivocation_bits == 8 * expected.seen_equivocation);
  RC_ASSERT(s.result.targets[2].equivocation_bits == 8 * expected.target_equivocation);
  RC_ASSERT(s.result.targets[3].equivocation_bits == 8 * expected.stream_equivocation);
}

RC_GTEST_PROP(ExactEngineLaws, CuttingPiecesOtherwiseChangesNothing,
              (unsigned first_seed, unsigned second_seed)) {
  const LeakCase c = arbitrary_case();
  std::mt19937_64 first(first_seed);
  std::mt19937_64 second(second_seed);
  const Solution a = solve(c, first);
  const Solution b = solve(c, second);
  RC_ASSERT(a.bytes == b.bytes);
  assert_same_numbers(a.result, b.result);
}

RC_GTEST_PROP(ExactEngineLaws, WhereTheStreamLiesChangesNothing, ()) {
  const LeakCase c = arbitrary_case();
  std::mt19937_64 random(3);
  const Solution here = solve(c, random);
  const Solution there = solve(c, random, *anywhere<std::uint64_t>(1, std::uint64_t{1} << 50));
  RC_ASSERT(here.bytes == there.bytes);
  assert_same_numbers(here.result, there.result);
}

RC_GTEST_PROP(ExactEngineLaws, SeeingMoreNeverTellsLess, ()) {
  const LeakCase less = arbitrary_case();
  LeakCase more = less;
  const auto extra = arbitrary_positions(less.length(), 3);
  for (std::size_t i = 0; i < less.length(); ++i) more.seen[i] = less.seen[i] || extra[i];
  std::mt19937_64 random(4);
  const Solution a = solve(less, random);
  const Solution b = solve(more, random);
  for (std::size_t i = 0; i < less.length(); ++i) RC_ASSERT(!a.bytes[i] || b.bytes[i]);
  RC_ASSERT(b.result.targets[2].equivocation_bits <= a.result.targets[2].equivocation_bits);
  RC_ASSERT(b.result.key_equivocation_bits <= a.result.key_equivocation_bits);
}

RC_GTEST_PROP(ExactEngineLaws, ResumingGoesOnWhereTheRegisterStands, ()) {
  LeakCase c = arbitrary_case();
  c.key_known = true;
  const auto cut = *anywhere<std::size_t>(0, c.length());
  c.known.assign(c.length(), false);
  for (std::size_t i = 0; i < cut; ++i) c.seen[i] = true;  // everything before the cut is captured
  std::mt19937_64 random(5);
  const Solution whole = solve(c, random);

  std::vector<std::uint8_t> before(c.window, 0);  // register at the cut
  before.insert(before.end(), c.key.begin(), c.key.end());
  before.insert(before.end(), c.original.begin(), c.original.begin() + static_cast<std::ptrdiff_t>(cut));
  ExactProblem problem;
  problem.window = c.window;
  problem.start = StartRegister::resumed(std::span(before).last(c.window));
  problem.range = {cut, c.length()};
  SeenViews views;
  for (const Interval& run : intersection(reference::intervals_of(c.seen), {{cut, c.length()}}))
    views.add(run.begin, std::span<const std::uint8_t>(c.scrambled).subspan(run.begin, run.length()));
  CollectingSink sink(problem.range);
  RC_ASSERT(solve_exactly(problem, views, &sink).has_value());
  for (std::size_t i = cut; i < c.length(); ++i) RC_ASSERT(sink.bytes[i - cut] == whole.bytes[i]);
}

RC_GTEST_PROP(ExactEngineLaws, EveryCheckOfACribCatchesAWrongByte, ()) {
  LeakCase c = arbitrary_case();
  std::mt19937_64 random(6);
  const Solution right = solve(c, random);
  RC_PRE(right.result.known_count > 0u);
  const Intervals known = reference::intervals_of(c.known);
  const auto at = *rc::gen::suchThat(anywhere<std::size_t>(0, c.length()),
                                     [&](std::size_t i) { return static_cast<bool>(c.known[i]); });
  // A crib byte is checkable when the rest determines it.
  LeakCase rest = c;
  rest.known[at] = false;
  const bool checkable = solve(rest, random).bytes[at].has_value();
  const auto truth = c.original[at];
  c.original[at] = static_cast<std::uint8_t>(truth ^ *rc::gen::inRange(1, 256));  // the crib, not the capture
  const Solution wrong = solve(c, random);
  RC_ASSERT((wrong.result.checks_failed > 0u) == checkable);
  RC_ASSERT(wrong.result.checks_failed + wrong.result.checks_passed == right.result.checks_passed);
}

}  // namespace
}  // namespace mps
