// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/stream_place.h"

#include <gtest/gtest.h>

#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

using Bytes = std::vector<std::uint8_t>;

class StreamPlace : public testing::Test {
 protected:
  static void SetUpTestSuite() { stream = test::stream("plain"); }
  static void TearDownTestSuite() { stream.reset(); }
  static std::optional<std::uint64_t> place(const std::string& text) {
    const auto found = parse_place(text, *stream);
    return found ? std::optional(*found) : std::nullopt;
  }
  static std::string error(const std::string& text) {
    const auto found = parse_place(text, *stream);
    return found ? std::string() : found.error();
  }
  static std::shared_ptr<const StreamSnapshot> stream;
};
std::shared_ptr<const StreamSnapshot> StreamPlace::stream;

TEST_F(StreamPlace, AnOffsetIsDecimalOrHexadecimal) {
  EXPECT_EQ(place("0"), 0u);
  EXPECT_EQ(place(" 4711 "), 4711u);
  EXPECT_EQ(place("0x1267"), 4711u);
  EXPECT_EQ(place("0X1267"), 4711u);
  EXPECT_EQ(place("010"), 10u) << "a zero in front does not make it octal";
  EXPECT_EQ(place(std::to_string(stream->length() - 1)), stream->length() - 1);
  EXPECT_EQ(place(std::to_string(stream->length())), std::nullopt);
}

TEST_F(StreamPlace, ADataSequenceNumberIsTakenInAllItsSpellings) {
  const std::uint64_t first = stream->report().first_dsn;
  EXPECT_EQ(place("dsn " + std::to_string(first)), 0u);
  EXPECT_EQ(place("dsn" + std::to_string(first + 17)), 17u);
  EXPECT_EQ(place("DSN  " + std::to_string(first + stream->length() - 1)), stream->length() - 1);
  char hex[32];
  std::snprintf(hex, sizeof hex, "dsn 0x%llx", static_cast<unsigned long long>(first + 99));
  EXPECT_EQ(place(hex), 99u);
  EXPECT_EQ(place("dsn " + std::to_string(static_cast<std::uint32_t>(first + 99))), 99u)
      << "low 32 bits, as short mappings have them";
  EXPECT_EQ(place("dsn " + std::to_string(first - 1)), std::nullopt);
  EXPECT_EQ(place("dsn " + std::to_string(first + stream->length())), std::nullopt);
}

TEST_F(StreamPlace, APacketIsItsFirstByte) {
  const LaneSegment segment = stream->lanes().lane(1).front();
  EXPECT_EQ(place("packet " + std::to_string(segment.frame)), segment.offset);
  EXPECT_EQ(place("#" + std::to_string(segment.frame)), segment.offset);
  EXPECT_EQ(error("packet 1"), "Packet 1 carries no byte of this stream.") << "the SYN";
  EXPECT_TRUE(error("packet 0").starts_with("There is no packet 0: the capture has packets 1 to "));
  EXPECT_TRUE(error("#99999999").starts_with("There is no packet 99999999"));
}

TEST_F(StreamPlace, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(error(""), "A number is missing.");
  EXPECT_EQ(error("dsn"), "A number is missing.");
  EXPECT_EQ(error("packet"), "A number is missing.");
  for (const char* text : {"x", "12x", "-1", "0x", "0xg", "1 2", "dsn x"})
    EXPECT_TRUE(error(text).find("is no number") != std::string::npos) << text << ": " << error(text);
  EXPECT_EQ(error("18446744073709551616"), "18446744073709551616 is more than 64 bits hold.");
  const std::string last = std::to_string(stream->length() - 1);
  EXPECT_EQ(error("99999999"), "Offset 99999999 is beyond the stream, whose last byte is " + last + ".");
  const std::uint64_t first = stream->report().first_dsn;
  EXPECT_EQ(error("dsn " + std::to_string(first + stream->length())),
            "Data sequence number " + std::to_string(first + stream->length()) +
                " is not of this stream, which goes from " + std::to_string(first) + " to " +
                std::to_string(first + stream->length() - 1) + ".");
}

TEST(Needle, IsTextOrHexadecimalBytes) {
  EXPECT_EQ(parse_needle("GET "), (Bytes{'G', 'E', 'T', ' '}));
  EXPECT_EQ(parse_needle("0x0d0A"), (Bytes{13, 10}));
  EXPECT_EQ(parse_needle("0x 0d 0a"), (Bytes{13, 10}));
  for (const char* text : {"", "0x", "0x1", "0xzz", "0x0d0", "0x0d 0 a5"})
    EXPECT_FALSE(parse_needle(text)) << text;
}

}  // namespace
}  // namespace mps::gui
