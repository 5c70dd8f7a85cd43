// SPDX-License-Identifier: GPL-2.0-or-later
// How the report for people is handed on; what it says is tested by the cases of the command line.
#include "analyzer/text_report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mps {
namespace {

SessionReport many_connections() {
  SessionReport report;
  for (std::uint32_t n = 0; n < 3000; ++n) {
    report.connections.emplace_back();
    report.connections.back().number = n;
  }
  return report;
}

TEST(TextReport, ComesInPiecesThatMakeUpTheWhole) {
  const SessionReport report = many_connections();
  const Options options;
  std::string whole;
  std::size_t pieces = 0, longest = 0;
  const auto written = write_text_report(report, options, Style(When::never, stdout),
                                         [&](std::string_view piece) -> tl::expected<void, std::string> {
                                           whole += piece;
                                           ++pieces;
                                           longest = std::max(longest, piece.size());
                                           return {};
                                         });
  ASSERT_TRUE(written);
  EXPECT_GT(pieces, 3u);
  EXPECT_LT(longest, whole.size() / 2);
  std::size_t at = 0;
  for (std::uint32_t n = 0; n < 3000; ++n) {
    at = whole.find(fmt::format("Connection {}  ", n), at);
    ASSERT_NE(at, std::string::npos) << n;
  }
}

TEST(TextReport, EndsWhenItCannotBeWritten) {
  int pieces = 0;
  const auto written = write_text_report(many_connections(), Options{}, Style(When::never, stdout),
                                         [&](std::string_view) -> tl::expected<void, std::string> {
                                           if (++pieces < 2) return {};
                                           return tl::unexpected(std::string("the disk is full"));
                                         });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "the disk is full");
  EXPECT_EQ(pieces, 2) << "nothing after a failure";
}

}  // namespace
}  // namespace mps
