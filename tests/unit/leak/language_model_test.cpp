// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/language_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "core/leak/bundled_models.h"
#include "core/leak/model_trainer.h"
#include "core/secrets/keys.h"
#include "tests/unit/leak/scrambled_sample.h"

namespace mps {
namespace {

using test::Bytes;

Bytes to_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

LanguageModel model_of(const Bytes& text, TrainingOptions options = {}) {
  const std::span<const std::uint8_t> one[] = {text};
  auto model = train_language_model(one, options);
  EXPECT_TRUE(model.has_value()) << (model ? "" : model.error());
  return std::move(*model);
}

Bytes repeated(const std::string& text, std::size_t times) {
  Bytes out;
  for (std::size_t k = 0; k < times; ++k) out.insert(out.end(), text.begin(), text.end());
  return out;
}

std::uint64_t packed(const std::string& recent) {
  std::uint64_t out = 0;
  for (const char c : recent) out = out << 8 | static_cast<std::uint8_t>(c);
  return out;
}

unsigned cost_after(const LanguageModel& model, const std::string& recent, char symbol) {
  return model.cost(model.context(packed(recent), static_cast<unsigned>(recent.size())),
                    static_cast<std::uint8_t>(symbol));
}

TEST(LanguageModel, LongerContextsDecideWhatBigramsCannot) {
  // After "b" comes "X" or "Y"; the byte before decides.
  const LanguageModel model = model_of(repeated("abX.cbY.", 800));
  EXPECT_GT(cost_after(model, "b", 'X'), 12u);  // about one bit
  EXPECT_LT(cost_after(model, "ab", 'X'), 2u);
  EXPECT_GT(cost_after(model, "ab", 'Y'), 60u);
  EXPECT_LT(cost_after(model, "zz.cb", 'Y'), 2u);  // a context never seen falls back to its known part
}

TEST(LanguageModel, ProbabilitiesOfAContextSumToOne) {
  const auto bundled = load_bundled_model();
  ASSERT_TRUE(bundled);
  for (const std::string recent : {"", "e", "th", "the ", "retur", "\xff\xff", "div>\n"}) {
    double sum = 0;
    for (int symbol = 0; symbol < 256; ++symbol)
      sum += std::exp2(-static_cast<double>(cost_after(*bundled, recent, static_cast<char>(symbol))) / 16);
    EXPECT_NEAR(sum, 1, 0.08) << recent;  // costs are rounded and cut at 15.9 bits
  }
}

TEST(LanguageModel, BundledModelPrefersTextItHasNotSeen) {
  const auto bundled = load_bundled_model();
  ASSERT_TRUE(bundled);
  EXPECT_EQ(bundled->name(), "generic");
  const Bytes text =
      to_bytes("Nobody had told the night porter that the third floor was closed for repairs.");
  EXPECT_LT(bundled->cost_bits(text) / static_cast<double>(text.size()), 3.5);
  EXPECT_GT(bundled->cost_bits(test::random_bytes(4000, 1)) / 4000, 10);
  EXPECT_FALSE(load_bundled_model("klingon"));
}

TEST(LanguageModel, RoundTripKeepsEveryCost) {
  const auto bundled = load_bundled_model();
  ASSERT_TRUE(bundled);
  const Bytes file = bundled->serialise();
  const auto again = LanguageModel::parse(file);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->serialise(), file);
  EXPECT_EQ(again->name(), bundled->name());
  EXPECT_EQ(again->context_count(), bundled->context_count());
  EXPECT_DOUBLE_EQ(again->calibration().bits_per_byte, bundled->calibration().bits_per_byte);
  const Bytes text = test::english_text();
  EXPECT_DOUBLE_EQ(again->cost_bits(text), bundled->cost_bits(text));
}

TEST(LanguageModel, TrainingIsDeterministicAndKeepsToItsSize) {
  const Bytes text = test::english_text();
  ASSERT_FALSE(text.empty()) << "/usr/share/common-licenses/GPL-3 (Debian: base-files)";
  TrainingOptions options;
  options.size_limit = 68'000;
  const Bytes small = model_of(text, options).serialise();
  EXPECT_LE(small.size(), 70'000u);
  EXPECT_EQ(small, model_of(text, options).serialise());
  EXPECT_GT(model_of(text).serialise().size(), small.size());
}

TEST(LanguageModel, AContextThatFollowsEveryByteStillFitsTheFile) {
  Bytes text;  // what comes after "ab" depends on the byte before it, for all 256 of them
  for (unsigned value = 0; value < 256; ++value) {
    const auto byte = static_cast<std::uint8_t>(value);
    for (const std::uint8_t next : {byte, std::uint8_t{'a'}, std::uint8_t{'b'}, byte}) text.push_back(next);
  }
  const std::vector<std::span<const std::uint8_t>> documents(40, text);
  const auto model = train_language_model(documents);
  ASSERT_TRUE(model) << model.error();
  const auto again = LanguageModel::parse(model->serialise());
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->context_count(), model->context_count());
  EXPECT_DOUBLE_EQ(again->cost_bits(text), model->cost_bits(text));
}

TEST(LanguageModel, WordsOfOneDocumentCountLessThanThoseOfMany) {
  // "qu" is followed by "x" 60 times in one document, by "y" once in each of 60.
  std::vector<Bytes> texts{repeated("..qux..", 60)};
  for (int k = 0; k < 60; ++k)
    texts.push_back(to_bytes("..quy.. and something else, so that there is text\n"));
  const std::vector<std::span<const std::uint8_t>> documents(texts.begin(), texts.end());
  const auto damped = train_language_model(documents, {.damped = true});
  const auto plain = train_language_model(documents);
  ASSERT_TRUE(damped && plain);
  EXPECT_GT(cost_after(*damped, "qu", 'x'), cost_after(*damped, "qu", 'y') + 16);
  EXPECT_NEAR(cost_after(*plain, "qu", 'x'), cost_after(*plain, "qu", 'y'), 4);
}

TEST(LanguageModel, RefusesToTrainOnTooLittleOrNonsense) {
  const Bytes text = repeated("some words ", 500);
  const std::span<const std::uint8_t> one[] = {text};
  EXPECT_FALSE(train_language_model({}));
  EXPECT_FALSE(language_model_from(to_bytes("short"), "x"));
  EXPECT_FALSE(train_language_model(one, {.name = std::string(256, 'x')}));
  EXPECT_FALSE(train_language_model(one, {.order = 7}));
  EXPECT_FALSE(train_language_model(one, {.order = 1}));
}

TEST(LanguageModel, FileOfAModelOrOfText) {
  const Bytes text = repeated("{\"id\": 17, \"name\": \"probe\"}\n", 200);
  const auto trained = language_model_from(text, "probes");
  ASSERT_TRUE(trained) << trained.error();
  EXPECT_EQ(trained->name(), "probes");
  const auto read = language_model_from(trained->serialise(), "ignored");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->name(), "probes");
}

TEST(LanguageModelFile, EveryCutAndFlipIsRefused) {
  const Bytes file = model_of(repeated("abX.cbY.", 800)).serialise();
  ASSERT_TRUE(LanguageModel::parse(file));
  for (std::size_t size = 0; size < file.size(); size += size < 200 ? 1 : 997)
    EXPECT_FALSE(LanguageModel::parse(std::span(file).first(size))) << size;
  for (std::size_t at = 0; at < file.size(); at += at < 200 ? 1 : 991) {
    Bytes damaged = file;
    damaged[at] ^= 0x40;
    EXPECT_FALSE(LanguageModel::parse(damaged)) << at;
  }
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_FALSE(LanguageModel::parse(longer));
}

/// Puts size and checksum right after a change, as an attacker would.
Bytes resealed(Bytes body_and_digest) {
  Bytes out(body_and_digest.begin(), body_and_digest.end() - 32);
  const auto size = static_cast<std::uint32_t>(body_and_digest.size());
  for (unsigned k = 0; k < 4; ++k) out[8 + k] = static_cast<std::uint8_t>(size >> (8 * k));
  Sha256 sum;
  sum.update(out);
  const std::string hex = sum.hex();
  for (std::size_t k = 0; k < 32; ++k)
    out.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(2 * k, 2), nullptr, 16)));
  return out;
}

TEST(LanguageModelFile, HostileContentWithAGoodChecksumIsHarmless) {
  const Bytes file = model_of(repeated("abX.cbY.<p>Hello</p>", 400)).serialise();
  ASSERT_EQ(resealed(file), file);
  std::mt19937_64 random(7);
  std::size_t refused = 0;
  const std::size_t tree = 8 + 4 + 1 + 6 + 1 + 14 + 256 + 65536;
  ASSERT_LT(tree + 40, file.size());
  const Bytes text = test::random_bytes(300, 3);
  for (int round = 0; round < 300; ++round) {
    Bytes hostile = file;
    for (int k = 0; k < 3; ++k)
      hostile[tree + random() % (file.size() - 32 - tree)] = static_cast<std::uint8_t>(random());
    if (round % 5 == 0) hostile.erase(hostile.begin() + static_cast<std::ptrdiff_t>(tree + random() % 30));
    const auto model = LanguageModel::parse(resealed(hostile));
    if (!model) {
      ++refused;
      continue;
    }
    const double bits = model->cost_bits(text);  // whatever it says, it reads no byte outside
    EXPECT_GE(bits, 0);
    EXPECT_LE(bits, 300 * 16);
    EXPECT_TRUE(LanguageModel::parse(model->serialise()));
  }
  EXPECT_GT(refused, 50u);
}

}  // namespace
}  // namespace mps
