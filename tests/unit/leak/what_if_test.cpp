// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/what_if.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reference/leak_support.h"

namespace mps {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Json answered(const Json& input) {
  const auto output = what_if(input.dump());
  EXPECT_TRUE(output) << (output ? "" : output.error());
  return output ? Json::parse(*output) : Json();
}

/// The complaint about a text; fails when it is accepted.
std::string complaint(const std::string& text) {
  const auto output = what_if(text);
  EXPECT_FALSE(output) << text;
  return output ? "" : output.error();
}

Json pairs(const Intervals& intervals) {
  Json list = Json::array();
  for (const Interval& interval : intervals) list.push_back({interval.begin, interval.end});
  return list;
}

Json reference_case() {
  return {{"id", "run"},
          {"W", 64},
          {"key_len", 8},
          {"stream_len", 1410},
          {"key_known", false},
          {"seen", {{10, 1410}}},
          {"known_plaintext", Json::array()},
          {"target", "seen"}};
}

TEST(WhatIf, AnswersEveryField) {
  const Json out = answered({{"cases", {reference_case()}}});
  ASSERT_EQ(out["cases"].size(), 1u);
  Json answer = out["cases"][0];
  EXPECT_EQ(answer["determined"].size(), 22u);
  EXPECT_EQ(answer["determined"][0], Json({11, 57}));  // 46 of every 65 bytes
  EXPECT_EQ(answer["determined"][21], Json({1376, 1410}));
  answer.erase("determined");
  EXPECT_EQ(answer, Json({{"id", "run"},
                          {"determined_count", 1000},
                          {"newly_determined_count", 1000},
                          {"target_prior_bits", 11200},
                          {"target_equivocation_bits", 144},
                          {"target_leak_bits", 11056},
                          {"stream_prior_bits", 11280},
                          {"stream_equivocation_bits", 144},
                          {"stream_leak_bits", 11136},
                          {"key_equivocation_bits", 64},
                          {"independent_equations", 1400},
                          {"redundant_equations", 0}}));
}

TEST(WhatIf, EqualsEliminationInRandomCases) {
  std::mt19937_64 random(11);
  Json input;
  std::vector<reference::LeakCase> cases;
  for (int i = 0; i < 1000; ++i) {
    const auto c = reference::random_case(random, i % 2 ? 64 : 9, 100);
    Json seen = pairs(reference::intervals_of(c.seen));
    if (!seen.empty()) {  // overlapping, touching and empty intervals change nothing
      seen.push_back(seen[0]);
      seen.push_back({seen[0][0], seen[0][0]});
    }
    input["cases"].push_back({{"id", i},
                              {"W", c.window},
                              {"key_len", c.key_length},
                              {"stream_len", c.length()},
                              {"key_known", c.key_known},
                              {"seen", seen},
                              {"known_plaintext", pairs(reference::intervals_of(c.known))},
                              {"target", pairs(reference::intervals_of(c.target))}});
    cases.push_back(c);
  }
  const Json out = answered(input);
  ASSERT_EQ(out["cases"].size(), cases.size());
  for (std::size_t i = 0; i < cases.size() && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto& c = cases[i];
    const auto expected = reference::solve_by_elimination(c);
    std::vector<bool> determined;
    std::uint64_t count = 0, known = 0, target_prior = 0;
    for (std::size_t k = 0; k < c.length(); ++k) {
      determined.push_back(expected.bytes[k].has_value());
      count += determined.back();
      known += c.known[k];
      target_prior += c.target[k] && !c.known[k];
    }
    const Json& answer = out["cases"][i];
    EXPECT_EQ(answer["id"], i);
    EXPECT_EQ(answer["determined"], pairs(reference::intervals_of(determined)));
    EXPECT_EQ(answer["determined_count"], count);
    EXPECT_EQ(answer["newly_determined_count"], count - known);
    EXPECT_EQ(answer["target_prior_bits"], 8 * target_prior);
    EXPECT_EQ(answer["target_equivocation_bits"], 8 * expected.target_equivocation);
    EXPECT_EQ(answer["target_leak_bits"], 8 * (target_prior - expected.target_equivocation));
    EXPECT_EQ(answer["stream_prior_bits"], 8 * (c.length() - known));
    EXPECT_EQ(answer["stream_equivocation_bits"], 8 * expected.stream_equivocation);
    EXPECT_EQ(answer["stream_leak_bits"], 8 * (c.length() - known - expected.stream_equivocation));
    EXPECT_EQ(answer["key_equivocation_bits"], 8 * expected.key_equivocation);
    EXPECT_EQ(answer["independent_equations"], expected.independent);
    EXPECT_EQ(answer["redundant_equations"], expected.redundant);
    EXPECT_FALSE(answer.contains("determined_truncated"));
  }
}

TEST(WhatIf, ALongStreamIsListedUpToTheLimitAndCountedInFull) {
  Json wide = reference_case();
  wide["stream_len"] = 1000000000000;
  wide["seen"] = {{0, 500000000000}, {700000000000, 1e12}};
  wide["target"] = "all";
  const auto output = what_if(Json{{"cases", {wide}}}.dump(), {.max_ranges = 10});
  ASSERT_TRUE(output);
  const Json answer = Json::parse(*output)["cases"][0];
  EXPECT_EQ(answer["determined"].size(), 10u);
  EXPECT_EQ(answer["determined_truncated"], true);
  EXPECT_EQ(answer["determined_count"], 500000000000 / 65 * 56 + std::min(500000000000 % 65 - 1, 56l));
  EXPECT_EQ(answer["target_equivocation_bits"], 8 * (200000000000 + 8));
}

TEST(WhatIf, DefaultsAndNoCases) {
  Json shortened = reference_case();
  shortened.erase("known_plaintext");
  shortened.erase("target");
  EXPECT_EQ(answered({{"cases", {shortened}}}), answered({{"cases", {reference_case()}}}));
  EXPECT_EQ(answered({{"cases", Json::array()}}), Json({{"cases", Json::array()}}));
}

TEST(WhatIf, SaysWhatIsWrong) {
  EXPECT_THAT(complaint(""), HasSubstr("not JSON"));
  EXPECT_THAT(complaint("{\"cases\":"), HasSubstr("not JSON"));
  EXPECT_THAT(complaint("{\"cases\":[\"\xff\"]}"), HasSubstr("not JSON"));
  EXPECT_THAT(complaint("[]"), HasSubstr("object"));
  EXPECT_THAT(complaint("{}"), HasSubstr("\"cases\" is missing"));
  EXPECT_THAT(complaint("{\"cases\":{}}"), HasSubstr("array"));
  EXPECT_THAT(complaint("{\"cases\":[1]}"), HasSubstr("case 0: an object"));
  EXPECT_THAT(complaint(std::string(100000, '[')), HasSubstr("nested"));
  EXPECT_THAT(complaint(std::string(100000, '[') + std::string(100000, ']')), HasSubstr("nested"));

  for (const char* name : {"id", "W", "key_len", "stream_len", "key_known", "seen"}) {
    Json broken = reference_case();
    broken.erase(name);
    EXPECT_THAT(complaint(Json{{"cases", {reference_case(), broken}}}.dump()),
                testing::AllOf(HasSubstr("case 1"), HasSubstr(std::string("\"") + name + "\" is missing")));
  }
  const std::pair<const char*, Json> wrong[] = {
      {"id", nullptr},
      {"W", 0},
      {"W", 65536},
      {"W", -1},
      {"W", "64"},
      {"W", 6.5},
      {"W", 1e300},
      {"key_len", 65},
      {"stream_len", -5},
      {"stream_len", 18446744073709551615u},
      {"key_known", 1},
      {"seen", "all"},
      {"seen", {1, 2}},
      {"seen", {{1, 2, 3}}},
      {"seen", {{-1, 2}}},
      {"seen", {{5, 2}}},
      {"seen", {{5, 1411}}},
      {"seen", {{1411, 1411}}},
      {"known_plaintext", {{0, 9999}}},
      {"known_plaintext", nullptr},
      {"target", "everything"},
      {"target", 7},
      {"target", {{3, 2}}},
  };
  for (const auto& [name, value] : wrong) {
    Json broken = reference_case();
    broken[name] = value;
    const std::string text = complaint(Json{{"cases", {broken}}}.dump());
    EXPECT_THAT(text, HasSubstr(name)) << value.dump();
    EXPECT_THAT(text, testing::Not(HasSubstr("\n")));
  }
}

/// Neither the error nor the stack may grow with the input.
TEST(WhatIf, ComplaintsAreShortWhateverIsNested) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  for (const char* name : {"W", "id", "seen", "target"}) {
    std::string text = Json{{"cases", {reference_case()}}}.dump();
    const std::string key = std::string("\"") + name + "\":";
    const auto at = text.find(key);
    if (at == std::string::npos)
      text.insert(text.find("\"W\":"), key + deep + ",");
    else
      text.insert(at + key.size(), deep + ",\"x\":");
    EXPECT_LT(complaint(text).size(), 200u) << name;
  }
  Json long_id = reference_case();
  long_id["id"] = std::string(100'000, 'x');
  long_id["W"] = 0;
  EXPECT_LT(complaint(Json{{"cases", {long_id}}}.dump()).size(), 200u);
  EXPECT_LT(complaint("\"" + std::string(100'000, 'x')).size(), 300u);
}

}  // namespace
}  // namespace mps
