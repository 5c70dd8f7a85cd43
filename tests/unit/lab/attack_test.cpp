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

using test::by_hand;
using test::english_text;
using test::random_bytes;
using test::schedule;

/// All of them in turn, as the programs use them.
Models models() {
  static const std::vector<LanguageModel> loaded = load_bundled_models().value();
  static const std::vector<const LanguageModel*> turns{&loaded[0], &loaded[1]};
  return turns;
}

LabReport report_on(const std::string& schemes, const Bytes& plaintext, const Schedule& plan,
                    std::uint64_t max_bytes = std::uint64_t{1} << 20) {
  LabProblem problem;
  problem.plaintext = plaintext;
  problem.schedule = plan;
  LabOptions options;
  options.schemes = *schemes_named(schemes);
  options.models.assign(models().begin(), models().end());
  options.attack.threads = 2;
  options.attack.max_bytes = max_bytes;
  return run_lab(problem, options).value();
}

LabReport report_on(const std::string& schemes, const Bytes& plaintext, const std::string& scheduler) {
  return report_on(schemes, plaintext, schedule(scheduler, plaintext.size()));
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
    const PadSolution solution = solve_repeating_pad(rows, columns, models(), {});
    EXPECT_EQ(solution.pad, pad) << columns;
    EXPECT_TRUE(solution.accepted);
  }
}

TEST(RepeatingPad, RandomBytesAreNotAccepted) {
  std::vector<PadRow> rows;
  for (std::size_t k = 0; k < 60; ++k) rows.push_back({0, random_bytes(16, k)});
  EXPECT_FALSE(solve_repeating_pad(rows, 16, models(), {}).accepted);
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
  const AttackScore& score = *untrusted.attack;
  EXPECT_GT(share(score.swapped, score.guessed), 0.1) << "a stretch fits either text";
  EXPECT_LE(score.guessed_right + score.swapped, score.guessed);
}

TEST(Attack, ARunBeyondTheLimitIsAttackedFromItsBeginning) {
  const Bytes text = english_text(6000);
  const Schedule long_run = by_hand(6000, {{{0, 2000}, 0}, {{2000, 5000}, 1}, {{5000, 6000}, 0}});
  for (const auto& scheme : report_on("chain8,scramble", text, long_run, 1000).schemes) {
    const ObserverResult& untrusted = scheme.observers.front();
    ASSERT_TRUE(untrusted.attack);
    EXPECT_EQ(untrusted.attack->attackable, 3000u) << scheme.info.name;
    EXPECT_EQ(untrusted.attack->attacked, 1000u) << scheme.info.name;
    EXPECT_GT(untrusted.attack->guessed_right, 990u) << scheme.info.name;
    EXPECT_LT(untrusted.attack->guessed, 1100u) << scheme.info.name;
  }
  // Pairs of 700: all of the first one and the beginning of the second.
  const AttackScore mixed = *report_on("netcode", text, schedule("roundrobin,segment=700", 6000), 1000)
                                 .schemes.front()
                                 .observers.front()
                                 .attack;
  EXPECT_EQ(mixed.attackable, 4u * 700) << "the ninth segment has no partner";
  EXPECT_EQ(mixed.attacked, 1000u);
  EXPECT_EQ(mixed.guessed, 2u * 1000);
}

TEST(Attack, WhatOneModelDoesNotReadTheNextOneMay) {
  // This program's own code: unlike anything that the first model knows.
  const auto* const code = reinterpret_cast<const std::uint8_t*>(&run_lab);
  const Bytes program(code, code + 30'000);
  const Schedule halves = schedule("roundrobin,segment=2800", program.size());
  for (const char* name : {"scramble", "chain16"}) {
    LabProblem problem;
    problem.plaintext = program;
    problem.schedule = halves;
    LabOptions options;
    options.schemes = *schemes_named(name);
    options.models = {models().front()};
    const LabReport one = run_lab(problem, options).value();
    const LabReport both = report_on(name, program, halves);
    EXPECT_EQ(both.models, "generic, binary");
    EXPECT_GT(both.schemes[0].observers[0].attack->accepted, one.schemes[0].observers[0].attack->accepted)
        << name;
  }
}

TEST(Attack, OfARunReadInPartTheSureColumnsAreAccepted) {
  // Text with five columns of random digits: nothing can tell the digits' right values.
  Bytes text = english_text(20'000);
  std::mt19937_64 random(5);
  for (std::size_t k = 0; k < text.size(); ++k)
    if (k % 65 >= 20 && k % 65 < 25) text[k] = static_cast<std::uint8_t>('0' + random() % 10);
  const Schedule one_run = by_hand(20'000, {{{0, 6500}, 0}, {{6500, 6800}, 1}, {{6800, 20'000}, 0}});
  const AttackScore score = *report_on("scramble", text, one_run).schemes.front().observers.front().attack;
  EXPECT_GT(score.accepted, 200u);
  EXPECT_LT(score.accepted, score.guessed);
  EXPECT_EQ(score.accepted_right, score.accepted);
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
