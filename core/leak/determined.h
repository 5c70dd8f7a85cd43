// SPDX-License-Identifier: GPL-2.0-or-later
/// The set of stream positions whose byte exact decoding determines.
/// Inside a captured run the set repeats with the period W + 1, so a gigabyte of it can be a handful of
/// numbers: the set is kept as periodic parts and expanded into ranges only on request.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/leak/interval.h"

namespace mps {

class DeterminedSet {
 public:
  /// [where.begin, where.end), of which the positions where.begin + k*period + r are members for every r in
  /// `pattern`.
  struct Part {
    Interval where;
    std::uint64_t period = 1;
    Intervals pattern;  ///< normalised, within [0, min(period, length))

    std::uint64_t count() const;
  };

  /// All of `where`. Parts must be appended in stream order and must not overlap.
  void append(Interval where);
  void append(Part part);

  std::uint64_t count() const { return count_; }
  const std::vector<Part>& parts() const { return parts_; }

  /// Maximal ranges in stream order; stops when `visit` returns false. Returns whether all were visited.
  bool for_each_range(const std::function<bool(Interval)>& visit) const;
  /// The first `limit` maximal ranges.
  Intervals ranges(std::size_t limit = SIZE_MAX) const;
  /// Whether `offset` is determined; logarithmic in the number of parts.
  bool contains(std::uint64_t offset) const;

 private:
  std::vector<Part> parts_;
  std::uint64_t count_ = 0;
};

}  // namespace mps
