// SPDX-License-Identifier: GPL-2.0-or-later
/// What scrambled bytes show to someone who does nothing but count: metrics M6 and M8, and the detection of
/// scrambling where the handshake was not seen. A metric that finds something is informative; one that finds
/// nothing proves nothing.
///
/// Runs are taken apart: no difference or pair reaches over a hole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mps {

using SeenRuns = std::span<const std::span<const std::uint8_t>>;

constexpr std::size_t max_lag = 130;

/// M6: first difference dS[i] = S[i] ^ S[i-1] = b[i] ^ b[i-65], which is zero where text repeats after 65
/// bytes.
struct FirstDifference {
  std::size_t count = 0;  ///< differences
  std::size_t zeros = 0;
  double zero_rate = 0;
  double z = 0;         ///< standard deviations above 1/256, binomial
  bool enough = false;  ///< at least 500: below, even plain structure may not show
};
FirstDifference first_difference(SeenRuns runs);

/// Share of pairs dS[i] == dS[i-lag], lag 1..130. Scrambling makes lag 65 stand out: there the pair is equal
/// where b[i] == b[i-130], one coincidence instead of one of four bytes.
struct LagSpectrum {
  std::array<double, max_lag + 1> rate{};  ///< [lag]; [0] unused
  std::array<std::size_t, max_lag + 1> pairs{};
  std::size_t top_lag = 0;  ///< of the greatest z against the median rate; 0 without data
  double median_rate = 0;
  double z_at_period = 0;         ///< lag 65 against the median of the other lags, binomial
  double spread_z_at_period = 0;  ///< the same in units of the spread of the other lags
};
LagSpectrum lag_spectrum(SeenRuns runs);

/// Scrambling from one path alone, without handshake, key or window length. It can miss: where records of
/// another fixed length repeat (log lines, pixels), their lag tops the spectrum; an accepted attack is then
/// the better sign.
struct ScramblingSign {
  bool detected = false;   ///< lag 65 tops the spectrum and false_alarm is below 0.001
  double false_alarm = 1;  ///< chance that bytes without that period do as well, corrected for the 130 lags
  FirstDifference difference;
  LagSpectrum spectrum;
};
ScramblingSign scrambling_sign(SeenRuns runs);

/// M8: does S look random?
struct Randomness {
  std::size_t size = 0;
  std::array<std::uint64_t, 256> histogram{};
  double entropy = 0;             ///< order 0, bits/byte
  double entropy_expected = 0;    ///< of uniformly random bytes of this size: 8 - 255 / (2 n ln 2)
  double chi_square = 0;          ///< against uniform, 255 degrees of freedom
  double chi_square_p = 1;        ///< chance of as much or more; only meaningful if chi_square_valid
  bool chi_square_valid = false;  ///< at least 5 expected per value: 1280 bytes
  double top_bit_share = 0;  ///< bytes with the highest bit set; 0 for every ASCII text, scrambled or not
  double serial_correlation = 0;  ///< of neighbouring bytes, -1..1; 0 if constant
};
Randomness randomness(SeenRuns runs);

/// Upper tail of the normal distribution.
double normal_tail(double z);

}  // namespace mps
