// SPDX-License-Identifier: GPL-2.0-or-later
/// A share of trials with its Wilson score interval: honest for few trials and for shares of 0 and 1.
#pragma once

#include <cmath>
#include <cstddef>

namespace mps {

struct Proportion {
  std::size_t hits = 0;
  std::size_t trials = 0;
  double share = 0;
  double low = 0;  ///< 95 % interval
  double high = 1;
};

inline Proportion wilson(std::size_t hits, std::size_t trials, double z = 1.959963984540054) {
  Proportion out{hits, trials, 0, 0, 1};
  if (trials == 0) return out;
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  out.share = p;
  out.low = hits == 0 ? 0 : centre - half;
  out.high = hits == trials ? 1 : centre + half;
  return out;
}

}  // namespace mps
