// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/attack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>

#include "core/leak/bundled_models.h"
#include "core/leak/controls.h"
#include "core/leak/crib_drag.h"
#include "core/leak/key_recovery.h"
#include "core/leak/metrics.h"
#include "tests/unit/leak/scrambled_sample.h"

namespace mps {
namespace {

using test::Bytes;

class Attack : public testing::Test {
 protected:
  void SetUp() override {
    plain_ = test::english_text();
    ASSERT_GE(plain_.size(), 30'000u) << "/usr/share/common-licenses/GPL-3 (Debian: base-files)";
    sent_ = test::scrambled(plain_);
  }
  static const LanguageModel& model() {
    static const LanguageModel loaded = *load_bundled_model();
    return loaded;
  }
  RunRecovery attack_one(const ScrambledRun& run, const AttackOptions& options = {}) const {
    return attack(std::span(&run, 1), model(), options).front();
  }

  Bytes plain_;
  Bytes sent_;
};

TEST_F(Attack, OpensASegmentOfProseAndTheBytesBeforeIt) {
  const auto result = attack_one(test::run_somewhere(sent_, 7000, 1400));
  EXPECT_EQ(result.verdict, Verdict::accepted) << to_string(result.verdict);
  EXPECT_EQ(test::share_right(result.seen(), plain_, 7000), 1);
  EXPECT_EQ(test::share_right(result.before(), plain_, 7000 - 64), 1);
  EXPECT_TRUE(result.parity);
  EXPECT_FALSE(result.parity_forced);
  EXPECT_LT(result.bits_per_byte, result.accept_below);
  EXPECT_GT(result.margin_bits, 10);
  EXPECT_GT(result.confidence, 0.99);
  EXPECT_GT(result.evidence_bits, 4000);
  EXPECT_EQ(result.joined_runs, 1u);
}

TEST_F(Attack, OpensShortRuns) {
  std::vector<ScrambledRun> runs;
  for (std::size_t at = 2000; at < 26'000; at += 3000) runs.push_back(test::run_at(sent_, at, 300));
  const auto results = attack(runs, model());
  std::size_t opened = 0;
  for (std::size_t k = 0; k < runs.size(); ++k)
    opened += test::share_right(results[k].seen(), plain_, *runs[k].offset) >= 0.99;
  EXPECT_GE(opened, runs.size() - 1);
}

TEST_F(Attack, SixtyFourBytesSayNothing) {
  // Any pad fits a run that is no longer than the pad: a fluent guess must not be believed.
  for (const std::size_t size : {1, 2, 40, 64}) {
    const auto result = attack_one(test::run_somewhere(sent_, 5000, size));
    EXPECT_FALSE(result.accepted()) << size;
    EXPECT_EQ(result.region.size(), size + 64);
  }
}

TEST_F(Attack, RandomAndCompressedBytesAreNotAccepted) {
  const Bytes noise = test::scrambled(test::random_bytes(6000, 4));
  const Bytes packed = compressed_control(plain_);
  ASSERT_GT(packed.size(), 5000u);
  for (const std::size_t size : {100, 200, 500, 1400, 4000}) {
    EXPECT_FALSE(attack_one(test::run_somewhere(noise, 500, size)).accepted()) << size;
    EXPECT_FALSE(attack_one(test::run_somewhere(packed, 500, size)).accepted()) << size;
  }
}

TEST_F(Attack, NothingComesThroughAPrf) {
  const std::span<const std::uint8_t> text = std::span(plain_).subspan(3000, 1400);
  const auto control = prf_control(std::span(&text, 1), 1);
  ASSERT_EQ(control.size(), 1u);
  const auto result = attack_one({std::nullopt, control.front()});
  EXPECT_FALSE(result.accepted());
  EXPECT_LT(test::share_right(result.seen(), plain_, 3000), 0.05);
}

TEST_F(Attack, NeighboursShareColumns) {
  // 75 bytes alone hold ten equations about themselves; 50 of their 65 columns are the long neighbour's.
  const std::vector<ScrambledRun> runs{test::run_at(sent_, 9015, 75), test::run_at(sent_, 8000, 1000)};
  const auto joined = attack(runs, model());
  EXPECT_EQ(joined[0].joined_runs, 2u);
  EXPECT_EQ(joined[1].joined_runs, 2u);
  EXPECT_EQ(test::share_right(joined[1].seen(), plain_, 8000), 1);
  EXPECT_GE(test::share_right(joined[0].seen(), plain_, 9015), 0.75);
  // The bytes in the gap lie in the region before the later run.
  const auto gap = joined[0].before().last(15);
  EXPECT_GE(test::share_right(gap, plain_, 9000), 0.6);
  // 64 bytes apart they have nothing in common.
  const std::vector<ScrambledRun> apart{test::run_at(sent_, 8000, 500), test::run_at(sent_, 8564, 500)};
  EXPECT_EQ(attack(apart, model())[0].joined_runs, 1u);
}

TEST_F(Attack, KnownTextSettlesItsColumns) {
  AttackOptions options;
  const std::size_t at = 12'000;
  options.known.push_back(
      {static_cast<std::int64_t>(at) + 3, Bytes(plain_.begin() + at + 3, plain_.begin() + at + 63)});
  const auto with = attack_one(test::run_at(sent_, at, 130), options);
  EXPECT_EQ(with.contradictions, 0u);
  EXPECT_GE(test::share_right(with.seen(), plain_, at), 0.92);
  options.known.push_back(
      {static_cast<std::int64_t>(at) + 3 + 65, {static_cast<std::uint8_t>(plain_[at + 68] ^ 1)}});
  EXPECT_EQ(attack_one(test::run_at(sent_, at, 130), options).contradictions, 1u);
}

TEST_F(Attack, SameResultWithAnyNumberOfThreads) {
  std::vector<ScrambledRun> runs;
  for (std::size_t at = 1000; at < 9000; at += 1000) runs.push_back(test::run_at(sent_, at, 150 + at / 20));
  AttackOptions options;
  options.threads = 1;
  const auto one = attack(runs, model(), options);
  options.threads = 4;
  const auto four = attack(runs, model(), options);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    EXPECT_EQ(one[k].region, four[k].region);
    EXPECT_EQ(one[k].verdict, four[k].verdict);
    EXPECT_EQ(one[k].bits_per_byte, four[k].bits_per_byte);
  }
}

TEST_F(Attack, StopsWhenAskedAndReportsProgress) {
  std::vector<ScrambledRun> runs;
  for (std::size_t at = 1000; at < 31'000; at += 1000) runs.push_back(test::run_at(sent_, at, 300));
  std::stop_source source;
  AttackOptions options;
  options.threads = 2;
  options.stop = source.get_token();
  std::size_t last = 0;
  options.progress = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(total, runs.size());
    EXPECT_EQ(done, last + 1);
    last = done;
    if (done == 3) source.request_stop();
  };
  const auto results = attack(runs, model(), options);
  const auto attempted =
      std::count_if(results.begin(), results.end(), [](const auto& r) { return !r.region.empty(); });
  EXPECT_EQ(static_cast<std::size_t>(attempted), last);
  EXPECT_GE(last, 3u);
  EXPECT_LT(last, runs.size() / 2);
  for (const auto& result : results) EXPECT_TRUE(result.offset.has_value());
}

TEST_F(Attack, EmptyRunsAreLeftAlone) {
  const std::vector<ScrambledRun> runs{{std::nullopt, {}}, {5, {}}};
  for (const auto& result : attack(runs, model())) EXPECT_EQ(result.verdict, Verdict::not_attempted);
  EXPECT_TRUE(attack({}, model()).empty());
}

TEST_F(Attack, ConstantAreasStandInClear) {
  Bytes image(600, 0);
  for (std::size_t k = 0; k < 100; ++k) image[250 + k] = static_cast<std::uint8_t>(17 * k * k + 3);
  const Bytes stream = test::scrambled(image);
  const auto result = attack_one(test::run_somewhere(stream, 100, 500));
  ASSERT_FALSE(result.areas.empty());
  EXPECT_EQ(result.areas.front().value, 0);
  EXPECT_EQ(result.areas.front().begin, 0u);
  EXPECT_EQ(result.areas.front().size, 150u);
  EXPECT_TRUE(result.from_area);
  EXPECT_EQ(test::share_right(result.seen(), image, 100), 1);
}

TEST_F(Attack, RepeatingColoursStandInClear) {
  // Pixels of three bytes, samples of two and four, records of eight.
  for (const std::size_t period : {2, 3, 4, 8}) {
    Bytes image(900);
    for (std::size_t k = 0; k < image.size(); ++k)
      image[k] = static_cast<std::uint8_t>(0x91 + 0x35 * (k % period));
    for (std::size_t k = 0; k < 100; ++k) image[450 + k] = static_cast<std::uint8_t>(17 * k * k + 3);
    const Bytes stream = test::scrambled(image);
    for (const std::size_t at : {100, 101, 102, 103}) {
      const auto result = attack_one(test::run_somewhere(stream, at, 600));
      ASSERT_FALSE(result.areas.empty()) << period;
      EXPECT_EQ(result.areas.front().period, period);
      EXPECT_TRUE(result.from_area);
      EXPECT_EQ(test::share_right(result.seen(), image, at), 1) << period << " at " << at;
      EXPECT_TRUE(result.accepted()) << to_string(result.verdict);
    }
  }
}

TEST_F(Attack, ColumnsInDoubtAreNotAccepted) {
  // Text with five columns of random digits: nothing can tell the digits' right values.
  Bytes text = plain_;
  std::mt19937_64 random(5);
  const std::size_t at = 6500;
  for (std::size_t k = 0; k < text.size(); ++k)
    if (k % 65 >= 20 && k % 65 < 25) text[k] = static_cast<std::uint8_t>('0' + random() % 10);
  const Bytes stream = test::scrambled(text);
  const auto result = attack_one(test::run_somewhere(stream, at, 300));
  EXPECT_EQ(result.verdict, Verdict::partly) << to_string(result.verdict);
  EXPECT_GT(result.accepted_bytes(), 200u);
  EXPECT_LT(result.accepted_bytes(), 300u);
  std::size_t wrong = 0;
  for (std::size_t p = 0; p < result.region.size(); ++p)
    wrong += result.accepts(p) && result.region[p] != text[at - 64 + p];
  EXPECT_EQ(wrong, 0u);
  const std::vector<RunRecovery> one{result};
  const auto claim = claim_recovery(one);
  EXPECT_EQ(claim.runs_accepted, 0u);
  EXPECT_EQ(claim.runs_in_part, 1u);
  EXPECT_EQ(claim.bytes_accepted, result.accepted_bytes());
}

TEST(PadPosterior, TheXorRulesOutALoneWrongColumn) {
  ChangeWeights weights{};
  for (auto& column : weights) column[0] = 1;
  weights[7][0x20] = 0.5;  // one column in doubt: its other value has the wrong XOR
  const PadPosterior lone = pad_posterior(weights, {}, 0);
  EXPECT_NEAR(lone.probability[7], 1, 1e-9);
  EXPECT_NEAR(lone.parity_mass, 2.0 / 3, 1e-9);
  // If the guess lacks the XOR by just that change, then the guess is wrong there.
  EXPECT_NEAR(pad_posterior(weights, {}, 0x20).probability[7], 0, 1e-9);
  // Two columns with the same change excuse each other.
  weights[9][0x20] = 0.5;
  const PadPosterior two = pad_posterior(weights, {}, 0);
  EXPECT_NEAR(two.probability[7], 1 / 1.25, 1e-9);
  EXPECT_NEAR(two.probability[9], 1 / 1.25, 1e-9);
  EXPECT_NEAR(two.probability[8], 1, 1e-9);
  // No pad near the guess has this XOR.
  EXPECT_LT(pad_posterior(weights, {}, 0x01).parity_mass, 1e-9);
  const PairChange pair{20, 21, 0, 1};
  EXPECT_NEAR(pad_posterior(weights, std::span(&pair, 1), 0).probability[20], 0.5, 0.01);
}

TEST_F(Attack, ModelsTakeTurns) {
  const LanguageModel binary = *load_bundled_model("binary");
  const LanguageModel* const models[] = {&binary, &model()};
  const std::vector<ScrambledRun> runs{test::run_at(sent_, 7000, 1400), test::run_at(sent_, 9000, 700)};
  for (const auto& result : attack(runs, models)) {
    EXPECT_TRUE(result.accepted());
    EXPECT_EQ(test::share_right(result.seen(), plain_, *result.offset), 1);
  }
}

TEST_F(Attack, ATableOfZerosIsNotLeftToTheModelThatReadsBlanks) {
  // The generic model alone takes this for lines of blanks with a little C, bends the parity, and accepts it.
  std::mt19937 random(1);
  Bytes plain(1024);
  for (std::size_t k = 0; k < plain.size(); k += 16) {
    plain[k] = static_cast<std::uint8_t>(k / 16 + 5);
    plain[k + 1] = 2;
    if (random() % 3 == 0) plain[k + 8] = static_cast<std::uint8_t>(1 + random() % 40);
  }
  const Bytes sent = test::scrambled(plain);
  const auto run = test::run_somewhere(sent, 300, 500);
  const auto binary = load_bundled_model("binary");
  ASSERT_TRUE(binary);
  const LanguageModel* const models[] = {&model(), &*binary};
  const auto result = attack(std::span(&run, 1), models).front();
  EXPECT_EQ(test::share_right(result.seen(), plain, 300), 1);
  EXPECT_EQ(result.verdict, Verdict::accepted) << to_string(result.verdict);
}

TEST_F(Attack, KeyFallsWhenTheStreamBeginIsSeen) {
  const auto whole = test::run_at(sent_, 0, 400);
  const auto keys = recover_key(whole, model());
  ASSERT_FALSE(keys.empty());
  EXPECT_EQ(keys.front().bytes, test::sample_key);
  EXPECT_GT(keys.front().probability, 0.9);
  // The attack reads the same run whole: 56 of 65 columns were never hidden.
  const auto result = attack_one(whole);
  EXPECT_EQ(test::share_right(result.seen(), plain_, 0), 1);
  EXPECT_EQ(Bytes(result.region.begin() + 56, result.region.begin() + 64), test::sample_key);
  // A few bytes missed at the begin make no difference of kind.
  const auto later = recover_key(test::run_at(sent_, 20, 500), model());
  ASSERT_FALSE(later.empty());
  EXPECT_EQ(later.front().bytes, test::sample_key);
}

TEST_F(Attack, NoKeyWithoutTheBegin) {
  EXPECT_TRUE(recover_key(test::run_at(sent_, 57, 500), model()).empty());
  EXPECT_TRUE(recover_key(test::run_somewhere(sent_, 0, 500), model()).empty());
  EXPECT_TRUE(recover_key(test::run_at(sent_, 0, 65), model()).empty());
}

TEST_F(Attack, CribFindsItsPlace) {
  const std::size_t at = 15'000;
  const auto run = test::run_somewhere(sent_, at, 1400);
  std::size_t first = 0;
  std::size_t tried = 0;
  for (std::size_t place = 100; place < 1300; place += 150, ++tried) {
    const auto crib = std::span(plain_).subspan(at - 64 + place, 10);
    const auto found = drag_crib(run, crib, model(), 5);
    ASSERT_EQ(found.size(), 5u);
    EXPECT_LE(found[0].bits_per_byte, found[1].bits_per_byte);
    first += found.front().position == place;
  }
  EXPECT_GE(first, tried - 1);
}

TEST_F(Attack, LongCribsAreCheckedByTheRunItself) {
  const auto run = test::run_somewhere(sent_, 15'000, 400);
  const auto right = drag_crib(run, std::span(plain_).subspan(15'020, 75), model());
  ASSERT_EQ(right.size(), 1u);  // ten checks of eight bits: no other place survives
  EXPECT_EQ(right.front().position, 84u);
  EXPECT_TRUE(drag_crib(run, std::span(plain_).subspan(100, 600), model()).empty());
}

TEST(PadProblem, BaseAndPadGiveBackThePlaintext) {
  const Bytes plain = test::random_bytes(900, 11);
  const Bytes sent = test::scrambled(plain);
  for (const std::size_t at : {64, 65, 200}) {
    const PadProblem problem = make_pad_problem(test::run_at(sent, at, 500), 8, {});
    Pad pad;
    std::copy_n(plain.begin() + static_cast<std::ptrdiff_t>(at) - 64, pad.size(), pad.begin());
    EXPECT_EQ(xor_of(pad), problem.parity);
    const Bytes region = apply_pad(problem, pad);
    EXPECT_TRUE(
        std::equal(region.begin(), region.end(), plain.begin() + static_cast<std::ptrdiff_t>(at) - 64));
    EXPECT_EQ(problem.text_begin, 0u);
    EXPECT_EQ(problem.free_columns(), 65u);
  }
}

TEST(PadProblem, ZerosOfTheRegisterAreKnown) {
  const Bytes sent = test::scrambled(test::random_bytes(300, 12));
  const PadProblem begin = make_pad_problem(test::run_at(sent, 0, 200), 8, {});
  EXPECT_EQ(begin.text_begin, 64u);
  EXPECT_EQ(begin.free_columns(), 9u);
  EXPECT_EQ(make_pad_problem(test::run_at(sent, 10, 200), 8, {}).free_columns(), 19u);
  EXPECT_EQ(make_pad_problem(test::run_at(sent, 0, 200), 20, {}).free_columns(), 21u);
  const std::vector<KnownText> key{{-8, test::sample_key}};
  EXPECT_EQ(make_pad_problem(test::run_at(sent, 0, 200), 8, key).free_columns(), 1u);
}

/// Every pair of neighbouring columns by brute force, without blocks, on a problem small enough to enumerate
/// in part.
TEST(BigramChain, BestPadIsAboveNoOther) {
  const auto model = load_bundled_model();
  ASSERT_TRUE(model);
  const std::string text =
      "it was the custom of the house that the lamps were lit an hour before the guests arrived, and that "
      "nobody was to "
      "speak of business until the second course had been served; the rule had been made by a grandfather "
      "whom no one "
      "living could remember, and it was kept with great care by everybody who came there.";
  const Bytes sent = test::scrambled({text.begin(), text.end()});
  const PadProblem problem = make_pad_problem(test::run_somewhere(sent, 70, 230), 8, {});
  BigramChain chain(problem, BigramBlocks(*model));
  chain.solve(problem);
  Pad best;
  for (std::size_t c = 0; c < pad_columns; ++c) {
    const auto& costs = chain.above_best()[c];
    best[c] = static_cast<std::uint8_t>(std::min_element(costs.begin(), costs.end()) - costs.begin());
    EXPECT_EQ(costs[best[c]], 0);
  }
  const auto cost = [&](const Pad& pad) {
    const Bytes region = apply_pad(problem, pad);
    std::int64_t sum = 0;
    for (std::size_t p = 1; p < region.size(); ++p)
      sum += model->bigram_costs()[region[p - 1] * 256u + region[p]];
    return sum;
  };
  const std::int64_t least = cost(best);
  for (std::size_t c = 0; c < pad_columns; ++c) {
    for (unsigned value = 0; value < 256; ++value) {
      Pad other = best;
      other[c] = static_cast<std::uint8_t>(value);
      EXPECT_GE(cost(other), least) << c << " " << value;
      EXPECT_GE(cost(other) - least, chain.above_best()[c][value]) << c << " " << value;
    }
  }
}

}  // namespace
}  // namespace mps
