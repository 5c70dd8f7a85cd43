// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/leak/controls.h"
#include "core/leak/metrics.h"
#include "tests/unit/leak/scrambled_sample.h"

namespace mps {
namespace {

using test::Bytes;
using Runs = std::vector<std::span<const std::uint8_t>>;

TEST(Wilson, KnownIntervals) {
  const Proportion some = wilson(50, 52);
  EXPECT_NEAR(some.share, 0.9615, 1e-4);
  EXPECT_NEAR(some.low, 0.8702, 1e-3);
  EXPECT_NEAR(some.high, 0.9894, 1e-3);
  EXPECT_EQ(wilson(0, 10).low, 0);
  EXPECT_NEAR(wilson(0, 10).high, 0.2775, 1e-4);
  EXPECT_EQ(wilson(10, 10).high, 1);
  EXPECT_EQ(wilson(0, 0).high, 1);
}

TEST(FirstDifference, CountsWithinRunsOnly) {
  const Bytes a{7, 7, 7, 9};
  const Bytes b{9, 9};
  const Runs runs{a, b};
  const auto out = first_difference(runs);
  EXPECT_EQ(out.count, 4u);
  EXPECT_EQ(out.zeros, 3u);
  EXPECT_DOUBLE_EQ(out.zero_rate, 0.75);
  EXPECT_NEAR(out.z, (0.75 - 1.0 / 256) / std::sqrt(1.0 / 256 * 255 / 256 / 4), 1e-9);
  EXPECT_FALSE(out.enough);
  EXPECT_EQ(first_difference({}).count, 0u);
}

TEST(LagSpectrum, RatesByHand) {
  // dS = 1 2 1 2 1: equal at lag 2 and 4, different at lag 1 and 3.
  const Bytes run{0, 1, 3, 2, 0, 1};
  const Runs runs{run};
  const auto out = lag_spectrum(runs);
  EXPECT_EQ(out.pairs[1], 4u);
  EXPECT_EQ(out.rate[1], 0);
  EXPECT_EQ(out.rate[2], 1);
  EXPECT_EQ(out.rate[3], 0);
  EXPECT_EQ(out.rate[4], 1);
  EXPECT_EQ(out.pairs[5], 0u);
}

TEST(Randomness, ByHand) {
  Bytes all;
  for (int round = 0; round < 8; ++round) {
    for (int value = 0; value < 256; ++value) all.push_back(static_cast<std::uint8_t>(value));
  }
  const Runs runs{all};
  const auto flat = randomness(runs);
  EXPECT_EQ(flat.size, 2048u);
  EXPECT_DOUBLE_EQ(flat.entropy, 8);
  EXPECT_NEAR(flat.entropy_expected, 8 - 255 / (2 * 2048 * 0.6931471805599453), 1e-9);
  EXPECT_EQ(flat.chi_square, 0);
  EXPECT_NEAR(flat.chi_square_p, 1, 1e-12);
  EXPECT_TRUE(flat.chi_square_valid);
  EXPECT_EQ(flat.top_bit_share, 0.5);
  EXPECT_GT(flat.serial_correlation, 0.9);

  const Bytes two{0, 255, 0, 255, 0, 255, 0, 255};
  const Runs pair{two};
  const auto alternating = randomness(pair);
  EXPECT_DOUBLE_EQ(alternating.entropy, 1);
  EXPECT_NEAR(alternating.serial_correlation, -1, 1e-9);
  EXPECT_EQ(alternating.histogram[255], 4u);
  // Two values of 4 each, 254 of 0, expected 1/32: sum of squares by hand.
  EXPECT_NEAR(alternating.chi_square, 2 * (4 - 1.0 / 32) * (4 - 1.0 / 32) * 32 + 254.0 / 32, 1e-6);
  EXPECT_LT(alternating.chi_square_p, 1e-6);
  EXPECT_FALSE(alternating.chi_square_valid);
  EXPECT_EQ(randomness({}).size, 0u);
}

TEST(Randomness, ChiSquareTailMatchesTables) {
  // 255 degrees of freedom: the upper 5 % point is 293.25.
  Bytes bytes;
  for (int value = 0; value < 256; ++value) bytes.insert(bytes.end(), 100, static_cast<std::uint8_t>(value));
  // Move d from 128 values to the other 128: chi2 = 256 d^2 / 100; d = 10.7 gives 293.
  Bytes skewed;
  for (int value = 0; value < 256; ++value)
    skewed.insert(skewed.end(), value % 2 ? 111 : 89, static_cast<std::uint8_t>(value));
  const Runs runs{skewed};
  const auto out = randomness(runs);
  EXPECT_NEAR(out.chi_square, 256 * 121.0 / 100, 1e-6);  // 309.8
  EXPECT_NEAR(out.chi_square_p, 0.011, 0.002);
}

class OnePath : public testing::Test {
 protected:
  void SetUp() override {
    plain_ = test::english_text();
    ASSERT_GE(plain_.size(), 30'000u) << "/usr/share/common-licenses/GPL-3 (Debian: base-files)";
    sent_ = test::scrambled(plain_);
    for (std::size_t at = 1400; at + 1400 < sent_.size(); at += 2800)
      runs_.push_back(std::span(sent_).subspan(at, 1400));
  }
  Bytes plain_;
  Bytes sent_;
  Runs runs_;
};

TEST_F(OnePath, ScramblingShowsWithoutAHandshake) {
  const auto sign = scrambling_sign(runs_);
  EXPECT_TRUE(sign.detected);
  EXPECT_EQ(sign.spectrum.top_lag, 65u);
  EXPECT_LT(sign.false_alarm, 1e-6);
  EXPECT_GT(sign.difference.z, 50);
  EXPECT_EQ(randomness(runs_).top_bit_share, 0);
}

TEST_F(OnePath, PlainTextIsNotTakenForScrambled) {
  const Runs clear{plain_};
  EXPECT_FALSE(scrambling_sign(clear).detected);
}

TEST_F(OnePath, ControlsShowNothing) {
  const auto control = prf_control(runs_, 5);
  const Runs runs(control.begin(), control.end());
  ASSERT_EQ(runs.size(), runs_.size());
  const auto sign = scrambling_sign(runs);
  EXPECT_FALSE(sign.detected);
  EXPECT_LT(std::abs(sign.difference.z), 4);
  const auto look = randomness(runs);
  EXPECT_GT(look.chi_square_p, 1e-4);
  EXPECT_NEAR(look.top_bit_share, 0.5, 0.02);
  EXPECT_EQ(prf_control(runs_, 5), control);
  EXPECT_NE(prf_control(runs_, 6), control);

  const Bytes packed = compressed_control(plain_);
  const Runs one{packed};
  EXPECT_FALSE(scrambling_sign(one).detected);
  EXPECT_LT(std::abs(first_difference(one).z), 4);
}

TEST_F(OnePath, ZeroWorkLeakCountsColumns) {
  const auto leak = zero_work_leak(runs_[2], std::span(plain_).subspan(1400 + 2 * 2800, 1400));
  EXPECT_EQ(leak.bytes, 1400u);
  EXPECT_LT(leak.equal_rate, 0.05);
  EXPECT_LE(leak.equal_low, leak.equal_rate);
  EXPECT_GE(leak.equal_high, leak.equal_rate);
  // A column of the naive decode is right everywhere or nowhere.
  EXPECT_NEAR(leak.naive_rate, leak.naive_columns.share, 0.01);
  EXPECT_EQ(zero_work_leak(runs_[0], plain_).bytes, 0u);
  const Bytes zeros(200, 0);
  EXPECT_EQ(zero_work_leak(zeros, zeros).naive_columns.hits, 65u);
}

TEST(Unicity, ReferenceLengths) {
  EXPECT_NEAR(unicity_margin(0, 2.3).length, 25.8, 0.1);
  EXPECT_NEAR(unicity_margin(0, 3.0).length, 38.4, 0.1);
  EXPECT_NEAR(unicity_margin(0, 4.5).length, 82.3, 0.1);
  EXPECT_EQ(unicity_margin(0, 8).length, std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(unicity_margin(100, 2).bits, 800 - 328);
}

TEST(RecoveryScore, CountsWhatIsRight) {
  std::vector<RunRecovery> results(4);
  results[0].region.assign(64 + 100, 1);
  results[0].verdict = Verdict::accepted;
  results[0].column_probability.fill(0.5F);
  results[0].column_probability[0] = 1;  // a doubtful column of a run accepted whole is no guess
  results[1].region.assign(64 + 100, 1);
  results[2].region.assign(64 + 10, 1);
  Bytes whole(164, 1);
  whole[0] = 2;
  Bytes half(100, 1);
  std::fill(half.begin(), half.begin() + 50, 0);
  const Bytes wrong_size(11, 1);
  const std::vector<std::span<const std::uint8_t>> truth{whole, half, wrong_size, whole};
  const auto score = score_recovery(results, truth);
  EXPECT_EQ(score.runs, 2u);
  EXPECT_EQ(score.bytes, 200u);
  EXPECT_EQ(score.bytes_right, 150u);
  EXPECT_EQ(score.before_bytes, 64u);
  EXPECT_EQ(score.before_right, 63u);
  EXPECT_DOUBLE_EQ(score.mean, 0.75);
  EXPECT_DOUBLE_EQ(score.median, 0.75);
  EXPECT_DOUBLE_EQ(score.least, 0.5);
  EXPECT_EQ(score.opened.hits, 1u);
  EXPECT_EQ(score.accepted.hits, 1u);
  EXPECT_EQ(score.accepted_right.hits, 1u);
  const auto claim = claim_recovery(results);
  EXPECT_EQ(claim.runs, 3u);
  EXPECT_EQ(claim.runs_accepted, 1u);
  EXPECT_EQ(claim.bytes_accepted, 100u);
  EXPECT_DOUBLE_EQ(claim.expected_right, 51);  // of the run's 100 bytes two are in column 0
}

}  // namespace
}  // namespace mps
