// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/statistics.h"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

namespace mps {
namespace {

constexpr std::size_t period = 65;
constexpr std::size_t informative_differences = 500;
constexpr double detection_level = 0.001;

double binomial_z(double rate, double expected, std::size_t trials) {
  if (trials == 0 || expected <= 0 || expected >= 1) return 0;
  return (rate - expected) / std::sqrt(expected * (1 - expected) / static_cast<double>(trials));
}

std::vector<std::uint8_t> differences(std::span<const std::uint8_t> run) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 1; i < run.size(); ++i) out.push_back(run[i] ^ run[i - 1]);
  return out;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

double normal_tail(double z) {
  return 0.5 * std::erfc(z / std::numbers::sqrt2);
}

FirstDifference first_difference(SeenRuns runs) {
  FirstDifference out;
  for (const auto& run : runs) {
    for (std::size_t i = 1; i < run.size(); ++i) {
      ++out.count;
      out.zeros += run[i] == run[i - 1];
    }
  }
  if (out.count > 0) out.zero_rate = static_cast<double>(out.zeros) / static_cast<double>(out.count);
  out.z = binomial_z(out.zero_rate, 1.0 / 256, out.count);
  out.enough = out.count >= informative_differences;
  return out;
}

LagSpectrum lag_spectrum(SeenRuns runs) {
  LagSpectrum out;
  std::array<std::size_t, max_lag + 1> equal{};
  for (const auto& run : runs) {
    const auto difference = differences(run);
    for (std::size_t lag = 1; lag <= max_lag; ++lag) {
      for (std::size_t i = lag; i < difference.size(); ++i)
        equal[lag] += difference[i] == difference[i - lag];
      if (difference.size() > lag) out.pairs[lag] += difference.size() - lag;
    }
  }
  std::vector<double> others;
  for (std::size_t lag = 1; lag <= max_lag; ++lag) {
    if (out.pairs[lag] == 0) continue;
    out.rate[lag] = static_cast<double>(equal[lag]) / static_cast<double>(out.pairs[lag]);
    if (lag != period) others.push_back(out.rate[lag]);
  }
  if (others.empty()) return out;
  out.median_rate = median(others);
  // A rate of no coincidence at all would make every lag infinitely surprising.
  const double expected = std::max(out.median_rate, 1.0 / 256);
  double top = 0;
  for (std::size_t lag = 1; lag <= max_lag; ++lag) {
    const double z = binomial_z(out.rate[lag], expected, out.pairs[lag]);
    if (lag == period) out.z_at_period = z;
    if (z > top) {
      top = z;
      out.top_lag = lag;
    }
  }
  std::vector<double> distances;
  distances.reserve(others.size());
  for (const double rate : others) distances.push_back(std::abs(rate - out.median_rate));
  const double spread =
      std::max(1.4826 * median(distances), 1e-6);  // of a normal distribution, outliers aside
  if (out.pairs[period] > 0) out.spread_z_at_period = (out.rate[period] - out.median_rate) / spread;
  return out;
}

ScramblingSign scrambling_sign(SeenRuns runs) {
  ScramblingSign out;
  out.difference = first_difference(runs);
  out.spectrum = lag_spectrum(runs);
  // Text is lumpy: its other lags scatter more than coin tosses, so the weaker of both scales counts.
  const double z = std::min(out.spectrum.z_at_period, out.spectrum.spread_z_at_period);
  out.false_alarm = std::min(1.0, static_cast<double>(max_lag) * normal_tail(z));
  out.detected = out.spectrum.top_lag == period && out.false_alarm < detection_level;
  return out;
}

Randomness randomness(SeenRuns runs) {
  Randomness out;
  double products = 0;
  double pairs = 0;
  double pair_left = 0;
  double pair_right = 0;
  double pair_left_squares = 0;
  double pair_right_squares = 0;
  std::size_t high = 0;
  for (const auto& run : runs) {
    for (std::size_t i = 0; i < run.size(); ++i) {
      const double value = run[i];
      ++out.histogram[run[i]];
      high += run[i] >> 7;
      if (i == 0) continue;
      const double before = run[i - 1];
      products += before * value;
      pair_left += before;
      pair_right += value;
      pair_left_squares += before * before;
      pair_right_squares += value * value;
      ++pairs;
    }
    out.size += run.size();
  }
  if (out.size == 0) return out;
  const auto n = static_cast<double>(out.size);
  const double expected = n / 256;
  for (const std::uint64_t count : out.histogram) {
    const auto c = static_cast<double>(count);
    if (count > 0) out.entropy -= c / n * std::log2(c / n);
    out.chi_square += (c - expected) * (c - expected) / expected;
  }
  out.entropy_expected = std::max(0.0, 8 - 255 / (2 * n * std::numbers::ln2));
  out.chi_square_p = boost::math::gamma_q(255.0 / 2, out.chi_square / 2);
  out.chi_square_valid = expected >= 5;
  out.top_bit_share = static_cast<double>(high) / n;
  const double covariance = pairs * products - pair_left * pair_right;
  const double scale = std::sqrt((pairs * pair_left_squares - pair_left * pair_left) *
                                 (pairs * pair_right_squares - pair_right * pair_right));
  if (scale > 0) out.serial_correlation = covariance / scale;
  return out;
}

}  // namespace mps
