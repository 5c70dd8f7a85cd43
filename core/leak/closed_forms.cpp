// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/closed_forms.h"

#include <algorithm>

namespace mps {

std::uint64_t run_equivocation(const SchemeParameters& scheme, Interval run) {
  const std::uint64_t length = run.length();
  const std::uint64_t unknown = scheme.unknown_key_bytes();
  if (length > scheme.window) return std::min<std::uint64_t>(run.begin + unknown, scheme.window);
  const std::uint64_t last_grounded =
      scheme.window - unknown;  // S up to here reaches back into zeros and known key
  if (length == 0) return 0;
  if (run.begin > last_grounded) return length;
  if (run.begin == 0 && unknown == 0) return 0;
  return 1 + (run.end - 1 > last_grounded ? run.end - 1 - last_grounded : 0);
}

std::uint64_t run_leakage(const SchemeParameters& scheme, Interval run) {
  return run.length() - run_equivocation(scheme, run);
}

std::uint64_t region_equivocation(const SchemeParameters& scheme) {
  return scheme.window;
}

std::uint64_t runs_equivocation(const SchemeParameters& scheme, const Intervals& runs) {
  std::uint64_t total = run_equivocation(scheme, runs.front());
  for (std::size_t k = 1; k < runs.size(); ++k)
    total += std::min<std::uint64_t>(runs[k].begin - runs[k - 1].end, scheme.window);
  return total;
}

std::uint64_t key_bytes_bound(const SchemeParameters& scheme, const Intervals& seen) {
  const std::uint64_t unknown = scheme.unknown_key_bytes();
  if (unknown == 0) return 0;
  // Up to W - KL the whole key enters S; after that it leaves byte by byte, and one more byte is told apart
  // each time.
  const std::uint64_t leaves = scheme.window - unknown + 1;
  const bool whole_key = !seen.empty() && seen.front().begin < leaves;
  return (whole_key ? 1 : 0) + total_length(intersection(seen, normalised({{leaves, scheme.window}})));
}

std::uint64_t stream_leakage(const SchemeParameters& scheme, const Intervals& seen) {
  return total_length(seen) - key_bytes_bound(scheme, seen);
}

std::uint64_t crib_equivocation(const SchemeParameters& scheme, std::uint64_t residues) {
  return residues >= scheme.window ? 0 : scheme.window - residues;
}

std::uint64_t prefix_determined(const SchemeParameters& scheme, std::uint64_t length) {
  if (scheme.unknown_key_bytes() == 0) return length;
  const std::uint64_t open = scheme.window - scheme.unknown_key_bytes();  // residues 1..open
  const std::uint64_t rest = length % scheme.period();
  return length / scheme.period() * open + std::min(rest == 0 ? 0 : rest - 1, open);
}

}  // namespace mps
