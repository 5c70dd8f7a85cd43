// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/terminal.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAsItIs) {
  for (const char* text : {"", "plain ~", "é", "日本語", "𝔉", "\xc2\xa0", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, NamesTheBytesOfWhatMovesTheCursor) {
  EXPECT_EQ(printable("a\x1b[2J\r\n\t\x7f"), "a\\x1b[2J\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J")
      << "CSI as one character";
}

/// U+202A to U+202E and U+2066 to U+2069; their neighbours are only punctuation.
TEST(Printable, NamesTheBytesOfWhatTurnsTextAround) {
  EXPECT_EQ(printable("exe\u202egpj.\u2066"), "exe\\xe2\\x80\\xaegpj.\\xe2\\x81\\xa6");
  for (const char* turning : {"\u202a", "\u202e", "\u2066", "\u2069"})
    EXPECT_EQ(printable(turning).size(), 12u) << printable(turning);
  for (const char* other : {"\u2029", "\u202f", "\u2065", "\u206a"}) EXPECT_EQ(printable(other), other);
}

TEST(Printable, NamesTheBytesOfWhatIsNoUtf8) {
  EXPECT_EQ(printable("\xff\x80"), "\\xff\\x80");
  EXPECT_EQ(printable("\xe6\x97"), "\\xe6\\x97") << "cut";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong, of two bytes";
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "overlong, of three";
  EXPECT_EQ(printable("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf") << "overlong, of four";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond the last character";
  EXPECT_EQ(printable("\xe6z"), "\\xe6z") << "what follows is itself again";
}

}  // namespace
}  // namespace mps
