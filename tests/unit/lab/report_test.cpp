// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/leak/bundled_models.h"
#include "tests/unit/lab/lab_sample.h"

namespace mps::lab {
namespace {

using test::random_bytes;
using test::schedule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

LabOptions without_attack(const std::string& names) {
  LabOptions options;
  options.schemes = *schemes_named(names);
  return options;
}

/// Random plaintext, to be sent by a schedule in words.
struct Sample {
  Bytes text;
  LabProblem problem;
  Sample(std::size_t size, const std::string& words) : text(random_bytes(size, 1)) {
    problem.plaintext = text;
    problem.schedule = schedule(words, size);
  }
  Sample(const Sample&) = delete;
  LabReport run(const LabOptions& options) const { return run_lab(problem, options).value(); }
};

TEST(Report, TapsOfTwoPaths) {
  EXPECT_THAT(observers_of(schedule("roundrobin", 1)), ElementsAre(2u, 1u, 3u));
  EXPECT_THAT(observers_of(schedule("roundrobin,paths=3", 1)), ElementsAre(6u, 1u, 2u, 3u, 4u, 5u, 7u));
  EXPECT_THAT(observers_of(schedule("roundrobin,paths=1", 1)), ElementsAre(1u));
  EXPECT_EQ(observers_of(schedule("roundrobin,paths=6", 1)).size(), 13u);
}

TEST(Report, NamesObserversByTrust) {
  Sample sample(10'000, "roundrobin,paths=3");
  sample.problem.path_names = {"lte0", "wlan0"};
  const LabReport report = sample.run(without_attack("plain"));
  std::vector<std::string> names;
  for (const auto& observer : report.schemes.front().observers) names.push_back(observer.name);
  EXPECT_THAT(names, ElementsAre("untrusted", "trusted", "1", "0+1", "2", "0+2", "all"));
  EXPECT_EQ(report.paths[1].name, "wlan0");
  EXPECT_EQ(report.paths[2].name, "path 2");
  EXPECT_TRUE(report.paths[0].trusted && report.paths[0].handshake);
  EXPECT_EQ(report.paths[0].first_bytes + report.paths[1].first_bytes + report.paths[2].first_bytes, 10'000u);
}

TEST(Report, KnowsWhomThePromiseIsAbout) {
  const std::pair<const char*, const char*> cases[] = {{"roundrobin,paths=3", "untrusted"},
                                                       {"roundrobin,paths=3,trusted=none", "all"},
                                                       {"roundrobin,paths=2,trusted=0+1", "all"},
                                                       {"roundrobin,paths=3,trusted=1+2", "untrusted"}};
  for (const auto& [words, name] : cases) {
    const LabReport report = Sample(5000, words).run(without_attack("plain"));
    const ObserverResult* observer = promised_observer(report, report.schemes.front());
    ASSERT_TRUE(observer) << words;
    EXPECT_EQ(observer->name, name) << words;
    EXPECT_EQ(promised_observer(report, {}), nullptr);
  }
}

TEST(Report, CountsOverhead) {
  const Sample sample(1003, "roundrobin,segment=100");
  const LabReport report = sample.run(without_attack("plain,xor-share,chain16"));
  EXPECT_EQ(report.schemes[0].wire_once, 1003u);
  EXPECT_EQ(report.schemes[1].expansion, 2.0);
  EXPECT_EQ(report.schemes[2].wire_once, 1008u);
  EXPECT_EQ(report.schemes[2].padding_if_each, 10u * 12 + 13) << "ten segments of 100, one of 3";
}

TEST(Report, PicturesShowEachByteOnce) {
  const Sample sample(5000, "roundrobin,segment=1000");
  LabOptions options = without_attack("all");
  options.keep_pictures = true;
  const LabReport report = sample.run(options);
  for (const SchemeResult& scheme : report.schemes)
    for (const ObserverResult& observer : scheme.observers) {
      ASSERT_TRUE(observer.picture);
      std::uint64_t exact = 0, covered = 0;
      for (std::size_t i = 0; i < sample.text.size(); ++i) {
        const ByteState state = observer.picture->state[i];
        exact += state == ByteState::exact;
        covered += state == ByteState::exact || state == ByteState::wire;
        if (state == ByteState::exact) {
          EXPECT_EQ(observer.picture->text[i], sample.text[i]);
        }
        if (state == ByteState::unseen) {
          EXPECT_EQ(observer.picture->wire[i], 0);
        }
        EXPECT_EQ(observer.picture->right[i], state == ByteState::exact);
      }
      EXPECT_EQ(exact, observer.determined) << scheme.info.name << ", " << observer.name;
      EXPECT_EQ(covered, observer.covered) << scheme.info.name << ", " << observer.name;
    }
}

TEST(Report, SaysWhatIsNotPossible) {
  const Sample sample(100, "roundrobin,paths=1");
  const LabReport report = sample.run(without_attack("netcode,shamir:2,plain"));
  EXPECT_TRUE(report.schemes[0].not_possible);
  EXPECT_TRUE(report.schemes[1].not_possible);
  EXPECT_FALSE(report.schemes[2].not_possible);
}

TEST(Report, AdvancesToTheEndOverWhatIsNotPossible) {
  const Sample sample(100, "roundrobin,paths=1");
  LabOptions options = without_attack("netcode,plain,shamir:2");
  std::vector<std::size_t> seen;
  options.progress = [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(all, 3u);
    seen.push_back(done);
  };
  sample.run(options);
  EXPECT_THAT(seen, ElementsAre(1u, 2u, 3u));
}

TEST(Report, StopsWhereItIsTold) {
  const Sample sample(5000, "roundrobin");
  LabOptions options = without_attack("plain,permute,scramble");
  std::stop_source stop;
  options.attack.stop = stop.get_token();
  options.progress = [&](std::size_t done, std::size_t) {
    if (done == 4) stop.request_stop();  // the first observer of the second scheme
  };
  const LabReport report = sample.run(options);
  EXPECT_TRUE(report.cancelled);
  ASSERT_EQ(report.schemes.size(), 2u);
  EXPECT_EQ(report.schemes[0].observers.size(), 3u);
  ASSERT_EQ(report.schemes[1].observers.size(), 1u) << "what is not complete is not there";
  EXPECT_GT(report.schemes[1].observers[0].covered_leak_bits, 0u);
}

/// Says of each half of the stream that it is the other one.
class Swapper final : public Scheme {
 public:
  Swapper() : Scheme({.name = "swap", .title = "", .reference = "", .rule = "", .secret = ""}) {}
  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return plain_dispersion()->encoder(agreement);
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return plain_dispersion()->decoder(agreement);
  }
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    return blank_view(agreement, wire, sight, Basis::any_content);
  }
  AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight&, const ExactView&, Models,
                      const AttackLimits&) const override {
    const Bytes& lane = wire.lanes[0].bytes;
    const std::uint64_t half = agreement.length() / 2;
    const auto middle = lane.begin() + static_cast<std::ptrdiff_t>(half);
    AttackResult result;
    result.guesses.push_back({{0, half}, Bytes(middle, lane.end()), std::vector<bool>(half), half});
    result.guesses.push_back({{half, 2 * half}, Bytes(lane.begin(), middle), std::vector<bool>(half), 0});
    return result;
  }
};

TEST(Report, CountsWhatIsRightForTheOtherText) {
  Sample sample(1000, "roundrobin");
  for (std::size_t i = 100; i < 200; ++i) sample.text[500 + i] = sample.text[i];  // right either way
  std::uint64_t same = 0;
  for (std::size_t i = 0; i < 500; ++i) same += sample.text[i] == sample.text[500 + i];
  LabOptions options;
  options.schemes = {std::make_shared<Swapper>()};
  const LanguageModel model = load_bundled_model().value();  // without one nothing is attacked
  options.models = {&model};
  const AttackScore score = sample.run(options).schemes[0].observers.back().attack.value();
  EXPECT_EQ(score.guessed, 1000u);
  EXPECT_EQ(score.guessed_right, 2 * same);
  EXPECT_EQ(score.swapped, 1000u - 2 * same);
}

TEST(Report, TakesAnEmptyStream) {
  const LabReport report = Sample(0, "roundrobin").run(without_attack("all"));
  for (const SchemeResult& scheme : report.schemes)
    for (const ObserverResult& observer : scheme.observers)
      EXPECT_EQ(observer.covered, 0u) << scheme.info.name;
}

TEST(Report, RefusesAScheduleForAnotherLength) {
  Sample sample(100, "roundrobin");
  sample.problem.schedule = schedule("roundrobin", 99);
  EXPECT_THAT(run_lab(sample.problem, without_attack("plain")).error(),
              HasSubstr("99 bytes does not fit 100"));
}

}  // namespace
}  // namespace mps::lab
