// SPDX-License-Identifier: GPL-2.0-or-later
/// Differential: the exact leakage engine against elimination on the definition of the scrambler.
/// Input: window, length of the key, flags (bit 0: key known; all of it seeds where the capture is cut into
/// pieces), then pairs of (what, length): 0 unseen, 1 seen, 2 known, 3 both, +4 target, which are the stream
/// in order. The original bytes follow from their places.
#include <algorithm>

#include "tests/fuzz/require.h"
#include "tests/reference/leak_support.h"

namespace {

using mps::test::require;
namespace reference = mps::reference;

constexpr std::size_t longest = 220;  // elimination is cubic

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  reference::LeakCase c;
  c.window = 1 + data[0] % 64u;
  c.key_length = data[1] % (c.window + 1);
  c.key_known = data[2] & 1;
  for (std::uint32_t i = 0; i < c.key_length; ++i) c.key.push_back(static_cast<std::uint8_t>(17 + 31 * i));
  for (std::size_t at = 3; at + 1 < size; at += 2) {
    const std::size_t length = std::min<std::size_t>(data[at + 1], longest - c.original.size());
    for (std::size_t i = 0; i < length; ++i) {
      c.original.push_back(static_cast<std::uint8_t>(c.original.size() * 151 + data[at]));
      c.seen.push_back(data[at] & 1);
      c.known.push_back(data[at] & 2);
      c.target.push_back(data[at] & 4);
    }
  }
  if (c.original.empty()) return 0;
  c.scrambled = reference::scramble_by_definition(c.window, c.key, c.original);

  const mps::KnownBytes known = reference::known_of(c);
  const mps::ExactProblem problem = reference::problem_of(c, known);
  std::mt19937_64 random(data[2]);
  mps::SeenViews views = reference::views_of(c, random);
  reference::CollectingSink sink(problem.range);
  const auto solved = solve_exactly(problem, views, &sink);
  require(solved.has_value());
  const auto expected = reference::solve_by_elimination(c);
  require(sink.bytes == expected.bytes);
  require(solved->checks_failed == 0);
  require(solved->independent_equations == expected.independent);
  require(solved->redundant_equations == expected.redundant);
  require(solved->key_equivocation_bits == 8 * expected.key_equivocation);
  require(solved->targets[0].equivocation_bits == 8 * expected.seen_equivocation);
  require(solved->targets[1].equivocation_bits == 8 * expected.before_equivocation);
  require(solved->targets[2].equivocation_bits == 8 * expected.target_equivocation);
  require(solved->targets[3].equivocation_bits == 8 * expected.stream_equivocation);
  return 0;
}
