// SPDX-License-Identifier: GPL-2.0-or-later
/// What the tests of the exact engine share: a sink that remembers, and cases turned into problems.
#pragma once

#include <random>
#include <stdexcept>
#include <vector>

#include "core/leak/exact_engine.h"
#include "tests/reference/linear_twin.h"

namespace mps::reference {

/// Collects delivered bytes by position; a byte delivered twice or out of order throws.
class CollectingSink final : public ExactSink {
 public:
  explicit CollectingSink(Interval range) : range_(range), bytes(range.length()) {}
  void determined(std::uint64_t offset, std::span<const std::uint8_t> delivered) override {
    if (delivered.empty() || offset < next_ || offset + delivered.size() > range_.end)
      throw std::logic_error("bytes delivered twice, out of order or outside the stream");
    for (std::size_t i = 0; i < delivered.size(); ++i) bytes[offset - range_.begin + i] = delivered[i];
    next_ = offset + delivered.size();
  }

 private:
  Interval range_;
  std::uint64_t next_ = 0;

 public:
  std::vector<std::optional<std::uint8_t>> bytes;
};

/// The seen bytes of a case as views, at stream position `origin` on, cut at random.
inline SeenViews views_of(const LeakCase& c, std::mt19937_64& random, std::uint64_t origin = 0) {
  SeenViews views;
  const std::span<const std::uint8_t> all(c.scrambled);
  for (const Interval& run : intervals_of(c.seen))
    for (std::uint64_t begin = run.begin; begin < run.end;) {
      const std::uint64_t step = random() & 1 ? run.end - begin : 1 + random() % (run.end - begin);
      views.add(origin + begin, all.subspan(begin, step));
      begin += step;
    }
  return views;
}

inline KnownBytes known_of(const LeakCase& c, std::uint64_t origin = 0) {
  std::vector<Crib> cribs;
  for (const Interval& run : intervals_of(c.known))
    cribs.push_back({origin + run.begin,
                     {c.original.begin() + static_cast<std::ptrdiff_t>(run.begin),
                      c.original.begin() + static_cast<std::ptrdiff_t>(run.end)}});
  return KnownBytes(std::move(cribs));
}

/// Targets: seen, seen and W before, the case's own, whole. `known` must outlive the problem.
inline ExactProblem problem_of(const LeakCase& c, const KnownBytes& known, std::uint64_t origin = 0) {
  ExactProblem problem;
  problem.window = c.window;
  problem.start = c.key_known ? StartRegister::with_key(c.key) : StartRegister::unknown_key(c.key_length);
  problem.range = {origin, origin + c.length()};
  problem.known = &known;
  Intervals target = intervals_of(c.target);
  for (Interval& interval : target) interval = {interval.begin + origin, interval.end + origin};
  problem.targets = {{Target::Kind::seen, {}},
                     {Target::Kind::seen_and_window_before, {}},
                     {Target::Kind::ranges, target},
                     {Target::Kind::whole, {}}};
  return problem;
}

}  // namespace mps::reference
