// SPDX-License-Identifier: GPL-2.0-or-later
// Every sentence that depends on the scheme, under every scheme: the paper's equations are shown for its own
// scrambler alone.
#include "gui/model/scheme_text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <stdexcept>

#include "gui/model/observation.h"
#include "gui/model/stream_bytes.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

ObservationPtr observed(const std::shared_ptr<const StreamSnapshot>& stream, SubflowMask tapped) {
  auto result = observe(stream, {tapped, false}, {}, {}, {}, {});
  if (!result) throw std::runtime_error(result.error());
  return *result;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(SchemeText, StreamsKnowWhatTheyAreUnder) {
  EXPECT_EQ(test::stream("http_text")->coding(), Scheme::paper);
  EXPECT_EQ(test::stream("http_text_h1")->coding(), Scheme::h1);
  EXPECT_EQ(test::stream("http_text_h2")->coding(), Scheme::h2);
  EXPECT_EQ(test::stream("plain")->coding(), std::nullopt);
}

TEST(SchemeText, TheCurveOfKnownPlaintextIsOfThePapersSchemeAlone) {
  for (const char* name : {"http_text_h1", "http_text_h2", "plain"}) {
    const auto stream = test::stream(name);
    const KnownPlaintextCurve curve = known_plaintext_curve(*stream, stream->default_tap());
    EXPECT_TRUE(curve.spread.empty() && curve.stacked.empty()) << name;
    EXPECT_EQ(curve.obstacle, known_plaintext_obstacle(stream->coding()));
    EXPECT_FALSE(curve.obstacle.empty());
  }
  EXPECT_TRUE(contains(known_plaintext_obstacle(Scheme::h1), "does not apply to H1 (PRF-xor)"));
  EXPECT_TRUE(contains(known_plaintext_obstacle(Scheme::h2), "does not apply to H2 (ratchet)"));
  EXPECT_TRUE(contains(known_plaintext_obstacle(std::nullopt), "not scrambled"));
  EXPECT_EQ(known_plaintext_obstacle(Scheme::paper), "");
}

TEST(SchemeText, WithoutACurveThePapersSchemeHasAReasonToo) {
  const auto stream = test::stream("http_text");
  EXPECT_EQ(known_plaintext_curve(*stream, stream->default_tap()).obstacle, "");
  EXPECT_TRUE(contains(known_plaintext_curve(*stream, 0).obstacle, "No tapped stretch"));
  const std::string whole = known_plaintext_curve(*stream, stream->all()).obstacle;
  EXPECT_TRUE(contains(whole, "begins within the stream's first 64")) << whole;
}

TEST(SchemeText, AByteIsExplainedByItsOwnScheme) {
  EXPECT_EQ(byte_rule(Scheme::paper, 500, true), "b[500] = S[500] ^ S[499] ^ b[435]");
  EXPECT_TRUE(contains(byte_rule(Scheme::paper, 64, true), "initial register"));
  EXPECT_FALSE(contains(byte_rule(Scheme::paper, 64, false), "initial register"));
  EXPECT_EQ(byte_rule(Scheme::h1, 130, true),
            "c[130] = p[130] ^ K[130], byte 2 of block 2 of ChaCha20 under both keys (H1)");
  EXPECT_EQ(byte_rule(Scheme::h2, 130, true),
            "c[130] = p[130] ^ K[130], byte 2 of block 2: K from both keys and bytes 0 to 127 (H2)");
  EXPECT_EQ(byte_rule(Scheme::h2, 63, true),
            "c[63] = p[63] ^ K[63], byte 63 of block 0: K from both keys (H2)");
  for (const Scheme scheme : {Scheme::h1, Scheme::h2}) {
    EXPECT_FALSE(contains(byte_rule(scheme, 130, false), "block 2"));
    EXPECT_FALSE(contains(byte_rule(scheme, 130, true), "65"));
  }
  EXPECT_EQ(byte_rule(std::nullopt, 7, true), "byte 7: not scrambled, S[i] = b[i]");
}

TEST(SchemeText, ValuesOfAHardenedByteAddUp) {
  for (const char* name : {"http_text_h1", "http_text_h2"}) {
    const auto stream = test::stream(name);
    const StreamBytes bytes(observed(stream, stream->all()));
    const std::string text = bytes.identity(500);
    const auto colon = text.find("   :   ");
    ASSERT_NE(colon, std::string::npos) << text;
    unsigned wire = 0, original = 0, key = 0;
    ASSERT_EQ(std::sscanf(text.c_str() + colon, "   :   %2x = %2x ^ %2x", &wire, &original, &key), 3) << text;
    EXPECT_EQ(wire, original ^ key);
    EXPECT_EQ(original, stream->truth()[500]);
  }
}

TEST(SchemeText, OnWhatTheExactFigureRests) {
  const auto reason = [](const char* name, bool all) {
    const auto stream = test::stream(name);
    return exact_reason(*observed(stream, all ? stream->all() : stream->default_tap()));
  };
  EXPECT_TRUE(contains(reason("http_text", false), "linear algebra"));
  EXPECT_TRUE(contains(reason("http_text_h1", false), "Without the keys no byte"));
  EXPECT_TRUE(contains(reason("http_text_h1", true), "the keys open every byte that is seen"));
  EXPECT_TRUE(contains(reason("http_text_h2", true), "first block of 64"));
  EXPECT_TRUE(contains(reason("plain", false), "read as they are"));
  for (const char* name : {"http_text_h1", "http_text_h2", "plain"}) {
    EXPECT_FALSE(contains(reason(name, false), "linear algebra"));
    const auto stream = test::stream(name);
    EXPECT_FALSE(contains(inferred_reason(*observed(stream, stream->default_tap())), "b[i-65]"));
    EXPECT_FALSE(contains(claim_reason(stream->coding()), "cannot observe"));
    EXPECT_FALSE(step_through_note(stream->coding()).empty());
  }
  EXPECT_TRUE(contains(claim_reason(Scheme::paper), "cannot observe"));
  EXPECT_TRUE(step_through_note(Scheme::paper).empty());
}

}  // namespace
}  // namespace mps::gui
