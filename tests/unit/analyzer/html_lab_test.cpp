// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_lab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/html_picture.h"

namespace mps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A bitmap of one row and five pixels, which begins `offset` bytes after its header's first one.
std::vector<std::uint8_t> bitmap(std::uint8_t offset) {
  std::vector<std::uint8_t> bytes(54);
  bytes[0] = 'B';
  bytes[1] = 'M';
  bytes[10] = offset;
  bytes[14] = 40;
  bytes[18] = 5;
  bytes[22] = 1;
  bytes[26] = 1;
  bytes[28] = 24;
  return bytes;
}

LabResult of_plaintext(std::vector<std::uint8_t> plaintext) {
  LabResult result;
  result.subject.name = "<picture>";
  result.subject.plaintext = std::move(plaintext);
  result.report.length = result.subject.plaintext.size();
  result.report.paths = {{"a", true, true, 0, 0}, {"b", false, false, 0, 0}};
  lab::SchemeResult scheme;
  scheme.info.name = "xor";
  scheme.info.title = "A ^ B & <C>";
  scheme.observers.resize(2);
  scheme.observers[0].name = "trusted";
  scheme.observers[0].taps = 1;
  scheme.observers[1].name = "untrusted";
  scheme.observers[1].taps = 2;
  scheme.observers[1].picture = lab::StreamPicture{lab::Bytes(result.report.length, 0x11),
                                                   lab::Bytes(result.report.length, 0x55),
                                                   {result.report.length, lab::ByteState::exact},
                                                   std::vector<bool>(result.report.length)};
  result.report.schemes = {scheme};
  return result;
}

/// Whatever the analyst has a byte for is drawn as that byte: exact, accepted or merely guessed. Where he has
/// none, the wire's is not drawn in its place.
TEST(HtmlLab, DrawsAPictureAsFarAsItIsMadeOut) {
  std::vector<std::uint8_t> plaintext = bitmap(54);
  plaintext.resize(54 + 16, 0xee);
  LabResult result = of_plaintext(plaintext);
  lab::StreamPicture& picture = *result.report.schemes[0].observers[1].picture;
  const lab::ByteState states[] = {lab::ByteState::unseen, lab::ByteState::wire, lab::ByteState::exact,
                                   lab::ByteState::inferred, lab::ByteState::guess};
  const html::Mark marks[] = {html::Mark::unseen, html::Mark::unknown, html::Mark::exact,
                              html::Mark::inferred, html::Mark::guess};
  std::vector<html::Mark> wire(16, html::Mark::exact), read(16, html::Mark::exact);
  for (std::size_t pixel = 0; pixel < 5; ++pixel)
    for (std::size_t i = 3 * pixel; i < 3 * pixel + 3; ++i) {
      picture.state[54 + i] = states[pixel];
      read[i] = marks[pixel];
      wire[i] = pixel == 0 ? html::Mark::unseen : html::Mark::exact;
    }
  const auto place = html::find_bitmap(plaintext);
  ASSERT_TRUE(place);
  const std::vector<std::uint8_t> on_wire(16, 0x11), made_out(16, 0x55);
  const std::string page = html::lab_chapter(result);
  EXPECT_THAT(page, HasSubstr("As the untrusted paths carry it"));
  EXPECT_THAT(page, HasSubstr("<p class=\"label\">xor: A ^ B &amp; &lt;C&gt;</p>"));
  EXPECT_THAT(page, HasSubstr("<h4>On the wire</h4><img alt=\"On the wire\" src=\"" +
                              html::picture_uri(*place, on_wire, wire) + "\">"));
  EXPECT_THAT(page, HasSubstr("<h4>Made out of it</h4><img alt=\"Made out of it\" src=\"" +
                              html::picture_uri(*place, made_out, read) + "\">"));
}

TEST(HtmlLab, DrawsNoPictureWhosePixelsAreNotInTheFile) {
  std::vector<std::uint8_t> plaintext = bitmap(200);
  plaintext.resize(90);
  EXPECT_THAT(html::lab_chapter(of_plaintext(plaintext)), Not(HasSubstr("<img")));
}

TEST(HtmlLab, SaysWhyASchemeIsLeftOut) {
  LabResult result = of_plaintext({'x'});
  lab::SchemeResult shares;
  shares.info.title = "3 <of> 3";
  shares.not_possible = "3 shares & 2 paths";
  result.report.schemes.insert(result.report.schemes.begin(), shares);
  EXPECT_THAT(
      html::lab_chapter(result),
      HasSubstr("<tr><td>3 &lt;of&gt; 3</td><td colspan=8>left out: 3 shares &amp; 2 paths</td></tr>\n"
                "<tr><td>A ^ B &amp; &lt;C&gt;</td>"));
}

TEST(HtmlLab, SaysThatItWasInterrupted) {
  LabResult result = of_plaintext({'x'});
  EXPECT_THAT(html::lab_chapter(result), Not(HasSubstr("nterrupted")));
  result.report.cancelled = true;
  EXPECT_THAT(html::lab_chapter(result),
              HasSubstr("Interrupted: attacks are not complete, and what comes after is missing."));
}

}  // namespace
}  // namespace mps
