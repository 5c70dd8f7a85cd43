// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/column_posterior.h"

#include <algorithm>
#include <vector>

namespace mps {
namespace {

using Spread = std::array<double, 256>;  ///< over the 256 values of an XOR

constexpr double rounding = 1e-13;  ///< of a transform there and back

/// Walsh and Hadamard's transform: it turns the spread of an XOR of independent bytes into a product.
void transform(Spread& s) {
  for (std::size_t half = 1; half < s.size(); half *= 2) {
    for (std::size_t block = 0; block < s.size(); block += 2 * half) {
      for (std::size_t k = block; k < block + half; ++k) {
        const double a = s[k];
        const double b = s[k + half];
        s[k] = a + b;
        s[k + half] = a - b;
      }
    }
  }
}

Spread times(const Spread& a, const Spread& b) {
  Spread out;
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = a[k] * b[k];
  return out;
}

Spread back(Spread s) {
  transform(s);
  for (double& share : s) share = std::max(share / 256, rounding);
  return s;
}

}  // namespace

PadPosterior pad_posterior(const ChangeWeights& weights, std::span<const PairChange> pairs,
                           std::uint8_t error) {
  ChangeWeights shares = weights;
  std::array<double, pad_columns> sum{};
  std::vector<Spread> transformed(pad_columns);
  for (std::size_t c = 0; c < pad_columns; ++c) {
    for (const double weight : weights[c]) sum[c] += weight;
    for (double& share : shares[c]) share /= sum[c];
    transformed[c] = shares[c];
    transform(transformed[c]);
  }
  Spread one;
  one.fill(1);
  std::vector<Spread> behind(pad_columns + 1, one);  // product of the columns from there on
  for (std::size_t c = pad_columns; c-- > 0;) behind[c] = times(transformed[c], behind[c + 1]);
  const Spread all = back(behind[0]);

  PadPosterior out;
  out.parity_mass = all[error];
  std::array<double, pad_columns> joint{};  // pads in which a pair is changed, against all of the others
  for (const PairChange& pair : pairs) {
    const double share = pair.weight / (sum[pair.first] * sum[pair.second]) *
                         all[static_cast<std::uint8_t>(error ^ pair.change)] / all[error];
    joint[pair.first] += share;
    joint[pair.second] += share;
  }
  Spread before = one;
  for (std::size_t c = 0; c < pad_columns; ++c) {
    const Spread others = back(times(before, behind[c + 1]));
    double right_xor = 0;
    for (std::size_t change = 0; change < 256; ++change)
      right_xor += shares[c][change] * others[static_cast<std::uint8_t>(error ^ change)];
    out.probability[c] = shares[c][0] * others[error] / right_xor / (1 + joint[c]);
    before = times(before, transformed[c]);
  }
  return out;
}

}  // namespace mps
