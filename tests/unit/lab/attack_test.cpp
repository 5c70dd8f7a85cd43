// SPDX-License-Identifier: GPL-2.0-or-later
// What attacks recover. Shares are lower bounds well below what was measured, so that a change of a model
// does not make noise here; that an attack fails is only asserted where it must.
#include <gtest/gtest.h>

#include "core/lab/pad_attacks.h"
#include "core/lab/repeating_pad.h"
#include "core/lab/report.h"
#include "core/leak/bundled_models.h"
#include "tests/unit/lab/lab_sample.h"

namespace mps::lab {
namespace {

using test::english_text;
using test::random_bytes;
using test::schedule;

const LanguageModel& model() {
  static const LanguageModel loaded = load_bundled_model().value();
  return loaded;
}

LabReport report_on(const std::string& schemes, const Bytes& plaintext, const std::string& scheduler) {
  LabProblem problem;
  problem.plaintext = plaintext;
  problem.schedule = schedule(scheduler, plaintext.size());
  LabOptions options;
  options.schemes = *schemes_named(schemes);
  options.model = &model();
  options.attack.threads = 2;
  return run_lab(problem, options).value();
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

TEST(RepeatingPad, IsFoundForAnyPeriod) {
  const Bytes text = english_text(4000);
  ASSERT_EQ(text.size(), 4000u);
  for (const std::size_t columns : {3u, 8u, 16u, 40u}) {
    const Bytes pad = random_bytes(columns, columns);
    std::vector<PadRow> rows;
    for (std::size_t at = 1000; at < 2400; at += columns) {
      PadRow row;
      for (std::size_t k = 0; k < columns; ++k) row.base.push_back(text[at + k] ^ pad[k]);
      rows.push_back(row);
    }
    const PadSolution solution = solve_repeating_pad(rows, columns, model(), {});
    EXPECT_EQ(solution.pad, pad) << columns;
    EXPECT_TRUE(solution.accepted);
  }
}

TEST(RepeatingPad, RandomBytesAreNotAccepted) {
  std::vector<PadRow> rows;
  for (std::size_t k = 0; k < 60; ++k) rows.push_back({0, random_bytes(16, k)});
  EXPECT_FALSE(solve_repeating_pad(rows, 16, model(), {}).accepted);
}

TEST(Attack, ChainingFallsAtOnce) {
  const Bytes text = english_text(6000);
  for (const auto& scheme : report_on("chain8,chain16,scramble", text, "roundrobin").schemes) {
    const ObserverResult& untrusted = scheme.observers.front();
    ASSERT_EQ(untrusted.name, "untrusted");
    EXPECT_EQ(untrusted.determined, 0u);
    ASSERT_TRUE(untrusted.attack);
    EXPECT_GT(share(untrusted.recovered(), untrusted.covered), 0.9) << scheme.info.name;
    EXPECT_GT(untrusted.attack->accepted, 0u);
    EXPECT_FALSE(untrusted.attack->control);
  }
}

TEST(Attack, NetworkCodingIsATwoTimePad) {
  const Bytes text = english_text(2800);
  const ObserverResult untrusted =
      report_on("netcode", text, "roundrobin,segment=700").schemes.front().observers.front();
  EXPECT_EQ(untrusted.determined, 0u);
  EXPECT_EQ(untrusted.covered, 2800u);
  EXPECT_GT(share(untrusted.recovered(), untrusted.covered), 0.25) << "chance is below 0.1 for text";
}

TEST(Attack, CiphersStayAtChance) {
  const Bytes text = english_text(6000);
  for (const auto& scheme :
       report_on("xor-share,shamir,permute-aes,cbc,ofb,h1,h2", text, "roundrobin").schemes) {
    const ObserverResult& untrusted = scheme.observers.front();
    ASSERT_TRUE(untrusted.attack) << scheme.info.name;
    EXPECT_TRUE(untrusted.attack->control);
    EXPECT_GT(untrusted.attack->guessed, 2500u);
    EXPECT_EQ(untrusted.attack->accepted, 0u) << scheme.info.name;
    EXPECT_LT(share(untrusted.attack->guessed_right, untrusted.attack->guessed), 0.02) << scheme.info.name;
  }
}

TEST(Attack, IncompressibleContentGivesNothingToHoldOnTo) {
  const Bytes noise = random_bytes(3000, 3);
  for (const auto& scheme :
       report_on("chain8,chain16,netcode,scramble", noise, "roundrobin,segment=700").schemes) {
    const ObserverResult& untrusted = scheme.observers.front();
    EXPECT_EQ(untrusted.attack->accepted, 0u) << scheme.info.name;
    EXPECT_LT(share(untrusted.attack->guessed_right, untrusted.attack->guessed), 0.02) << scheme.info.name;
  }
}

TEST(Attack, PermutationIsReadBlockByBlock) {
  const ObserverResult untrusted =
      report_on("permute", english_text(6000), "roundrobin").schemes.front().observers.front();
  EXPECT_EQ(untrusted.attack->legible, untrusted.covered);
  EXPECT_EQ(untrusted.recovered(), untrusted.covered);
  EXPECT_EQ(untrusted.determined, 0u);
}

}  // namespace
}  // namespace mps::lab
