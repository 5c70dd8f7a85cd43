// SPDX-License-Identifier: GPL-2.0-or-later
// Each sentence of the verdict against the case that it is said of.
#include <gtest/gtest.h>

#include "core/leak/leakage.h"

namespace mps {
namespace {

/// 1000 bytes, 400 of them seen, `exact` of these determined.
Leakage leakage(Scheme scheme, std::uint64_t exact, bool has_key) {
  Leakage l;
  l.scheme = scheme;
  l.has_key = has_key;
  l.start_known = true;
  l.stream_bytes = 1000;
  l.seen_bytes = 400;
  l.runs = {{300, 700}};
  l.exact.emplace();
  l.exact->seen_count = 400;
  l.exact->determined_seen_count = exact;
  return l;
}

Inference inference(std::size_t bytes, std::size_t accepted) {
  Inference i;
  i.attacked_bytes = bytes;
  i.claim.runs = 1;
  i.claim.runs_accepted = accepted == bytes;
  i.claim.bytes = bytes;
  i.claim.bytes_accepted = accepted;
  return i;
}

TEST(Verdict, NothingSeenComesFirst) {
  Leakage l = leakage(Scheme::paper, 0, false);
  l.seen_bytes = 0;
  EXPECT_EQ(verdict_sentence(l), "This observer sees no byte of the stream.");
  l.scrambled = false;
  EXPECT_EQ(verdict_sentence(l), "This observer sees no byte of the stream.");
  l.scrambled = true;
  l.scheme = Scheme::h1;
  EXPECT_EQ(verdict_sentence(l), "This observer sees no byte of the stream.");
}

TEST(Verdict, OfWhatIsDeterminedNothingIsLeftButOfTheUnseenTheSentenceIsSilent) {
  EXPECT_EQ(verdict_sentence(leakage(Scheme::paper, 400, true)),
            "Exact decoding determines 400 of 400 seen bytes. Nothing that is seen is left to guess.");
}

TEST(Verdict, WithoutAnAttackItSaysSo) {
  EXPECT_EQ(
      verdict_sentence(leakage(Scheme::paper, 100, true)),
      "Exact decoding determines 100 of 400 seen bytes. That is not secrecy: it assumes nothing about the "
      "content, and no attack was run.");
}

TEST(Verdict, WhatTheAttacksDidNotRecoverIsNotCalledSecret) {
  Leakage l = leakage(Scheme::paper, 0, false);
  l.inference = inference(400, 0);
  EXPECT_EQ(verdict_sentence(l),
            "Exact decoding determines 0 of 400 seen bytes. That is not secrecy: the rest was only not "
            "recovered by "
            "the attacks in this build, which is no promise about others.");
}

TEST(Verdict, AnAttackCutShortSaysNothingAboutTheRest) {
  Leakage l = leakage(Scheme::paper, 0, false);
  l.inference = inference(100, 100);
  l.inference->all_attacked = false;
  EXPECT_TRUE(verdict_sentence(l).ends_with("Of 400 seen bytes 100 were attacked.")) << verdict_sentence(l);
  l.cancelled = true;
  EXPECT_TRUE(verdict_sentence(l).ends_with("The attack was cancelled before it was through."))
      << verdict_sentence(l);
}

TEST(Verdict, ASchemeThatNothingTellsIsNotAssertedTacitly) {
  Leakage l = leakage(Scheme::paper, 0, false);
  l.scheme_known = false;
  EXPECT_TRUE(
      verdict_sentence(l).starts_with("Nothing in the capture tells whether or how the stream is scrambled"))
      << verdict_sentence(l);
}

TEST(Verdict, H1IsOpenToTheKeysAndRestsOnThemOtherwise) {
  EXPECT_EQ(
      verdict_sentence(leakage(Scheme::h1, 400, true)),
      "Under H1 (PRF-xor) this observer decodes 400 of 400 seen bytes: the keys open whatever he sees.");
  EXPECT_TRUE(verdict_sentence(leakage(Scheme::h1, 0, false)).find("can be searched one by one") !=
              std::string::npos);
}

TEST(Verdict, H2SaysWhereDecodingEndsOnlyWhereItEnds) {
  const std::string part = verdict_sentence(leakage(Scheme::h2, 100, true));
  EXPECT_NE(part.find("up to the first block with a byte that he lacks"), std::string::npos) << part;
  const std::string all = verdict_sentence(leakage(Scheme::h2, 400, true));
  EXPECT_EQ(all,
            "Under H2 (ratchet) this observer decodes 400 of 400 seen bytes: he has the keys, and every "
            "block before "
            "the last one that he sees is whole.");
}

TEST(Verdict, AKeyWithoutTheStreamsBeginningDecodesNothingAndTheReasonIsNamed) {
  for (const Scheme scheme : {Scheme::h1, Scheme::h2}) {
    Leakage l = leakage(scheme, 0, true);
    l.start_known = false;
    const std::string verdict = verdict_sentence(l);
    EXPECT_NE(verdict.find("where the stream begins is not in the capture"), std::string::npos) << verdict;
    EXPECT_EQ(verdict.find("open whatever"), std::string::npos) << verdict;
  }
}

}  // namespace
}  // namespace mps
