// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Report, TapsOfTwoPaths) {
  EXPECT_THAT(observers_of(schedule("roundrobin", 1)), ElementsAre(2u, 1u, 3u));
  EXPECT_THAT(observers_of(schedule("roundrobin,paths=3", 1)), ElementsAre(6u, 1u, 2u, 3u, 4u, 5u, 7u));
  EXPECT_THAT(observers_of(schedule("roundrobin,paths=1", 1)), ElementsAre(1u));
  EXPECT_EQ(observers_of(schedule("roundrobin,paths=6", 1)).size(), 13u);
}

TEST(Report, NamesObserversByTrust) {
  const Bytes text = random_bytes(10'000, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin,paths=3", text.size());
  problem.path_names = {"lte0", "wlan0"};
  const LabReport report = run_lab(problem, without_attack("plain")).value();
  std::vector<std::string> names;
  for (const auto& observer : report.schemes.front().observers) names.push_back(observer.name);
  EXPECT_THAT(names, ElementsAre("untrusted", "trusted", "1", "0+1", "2", "0+2", "all"));
  EXPECT_EQ(report.paths[1].name, "wlan0");
  EXPECT_EQ(report.paths[2].name, "path 2");
  EXPECT_TRUE(report.paths[0].trusted && report.paths[0].handshake);
  EXPECT_EQ(report.paths[0].first_bytes + report.paths[1].first_bytes + report.paths[2].first_bytes, 10'000u);
}

TEST(Report, CountsOverhead) {
  const Bytes text = random_bytes(1003, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin,segment=100", text.size());
  const LabReport report = run_lab(problem, without_attack("plain,xor-share,chain16")).value();
  EXPECT_EQ(report.schemes[0].wire_once, 1003u);
  EXPECT_EQ(report.schemes[1].expansion, 2.0);
  EXPECT_EQ(report.schemes[2].wire_once, 1008u);
  EXPECT_EQ(report.schemes[2].padding_if_each, 10u * 12 + 13) << "ten segments of 100, one of 3";
}

TEST(Report, PicturesShowEachByteOnce) {
  const Bytes text = random_bytes(5000, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin,segment=1000", text.size());
  LabOptions options = without_attack("all");
  options.keep_pictures = true;
  const LabReport report = run_lab(problem, options).value();
  for (const SchemeResult& scheme : report.schemes)
    for (const ObserverResult& observer : scheme.observers) {
      ASSERT_TRUE(observer.picture);
      std::uint64_t exact = 0, covered = 0;
      for (std::size_t i = 0; i < text.size(); ++i) {
        const ByteState state = observer.picture->state[i];
        exact += state == ByteState::exact;
        covered += state == ByteState::exact || state == ByteState::wire;
        if (state == ByteState::exact) {
          EXPECT_EQ(observer.picture->text[i], text[i]);
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
  const Bytes text = random_bytes(100, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin,paths=1", text.size());
  const LabReport report = run_lab(problem, without_attack("netcode,shamir:2,plain")).value();
  EXPECT_TRUE(report.schemes[0].not_possible);
  EXPECT_TRUE(report.schemes[1].not_possible);
  EXPECT_FALSE(report.schemes[2].not_possible);
}

TEST(Report, AdvancesToTheEndOverWhatIsNotPossible) {
  const Bytes text = random_bytes(100, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin,paths=1", text.size());
  LabOptions options = without_attack("netcode,plain,shamir:2");
  std::vector<std::size_t> seen;
  options.progress = [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(all, 3u);
    seen.push_back(done);
  };
  ASSERT_TRUE(run_lab(problem, options));
  EXPECT_THAT(seen, ElementsAre(1u, 2u, 3u));
}

TEST(Report, StopsWhereItIsTold) {
  const Bytes text = random_bytes(5000, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin", text.size());
  LabOptions options = without_attack("plain,permute,scramble");
  std::stop_source stop;
  options.attack.stop = stop.get_token();
  options.progress = [&](std::size_t done, std::size_t) {
    if (done == 4) stop.request_stop();  // the first observer of the second scheme
  };
  const LabReport report = run_lab(problem, options).value();
  EXPECT_TRUE(report.cancelled);
  ASSERT_EQ(report.schemes.size(), 2u);
  EXPECT_EQ(report.schemes[0].observers.size(), 3u);
  ASSERT_EQ(report.schemes[1].observers.size(), 1u) << "what is not complete is not there";
  EXPECT_GT(report.schemes[1].observers[0].covered_leak_bits, 0u);
}

TEST(Report, TakesAnEmptyStream) {
  LabProblem problem;
  problem.schedule = schedule("roundrobin", 0);
  const LabReport report = run_lab(problem, without_attack("all")).value();
  for (const SchemeResult& scheme : report.schemes)
    for (const ObserverResult& observer : scheme.observers)
      EXPECT_EQ(observer.covered, 0u) << scheme.info.name;
}

TEST(Report, RefusesAScheduleForAnotherLength) {
  const Bytes text = random_bytes(100, 1);
  LabProblem problem;
  problem.plaintext = text;
  problem.schedule = schedule("roundrobin", 99);
  EXPECT_THAT(run_lab(problem, without_attack("plain")).error(), HasSubstr("99 bytes does not fit 100"));
}

}  // namespace
}  // namespace mps::lab
