// SPDX-License-Identifier: GPL-2.0-or-later
// How the report for people is handed on, and what it says of what no bundled capture has; all else is tested
// by the cases of the command line.
#include "analyzer/text_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/analyzer/made_report.h"

namespace mps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

std::string text_of(const SessionReport& report, const Options& options) {
  std::string text;
  const auto written = write_text_report(report, options, Style(When::never, stdout),
                                         [&](std::string_view piece) -> tl::expected<void, std::string> {
                                           text += piece;
                                           return {};
                                         });
  EXPECT_TRUE(written);
  return text;
}

TEST(TextReport, SaysEveryNumberInItsPlace) {
  Options options;
  options.verbose = true;
  options.show_keys = true;
  options.session.tracker.max_copied_bytes = std::size_t{3} << 20;
  options.session.initial_register.order.reset();
  EXPECT_EQ(text_of(made_report(), options),
            R"(1 tap, 1003 packets, 1006 MPTCP segments, 1004 captured at more than one tap
12 packets not used: IP fragments
13 packets not used: cut inside the headers
14 packets not used: malformed headers
15 packets not used: link type without a parser
connections or subflows not tracked, met 16 times: too many (--max-connections, --max-subflows)

Connection 0  MPTCP v1, scrambled (flag bit 0x10 in MP_CAPABLE), key of the initiator a001020304050607 (from the handshake), of the listener b001020304050607 (from the key log)
  subflow    endpoints                    path        trust    c2s bytes   share  s2c bytes   share  notes
  0 initial  10.0.0.1:4000 > 10.0.0.2:80  lté0        trusted        200  80.0 %        400  80.0 %  DSS checksums 76 right, 36 WRONG, 73 bytes cut by the snaplen, reset
  1 join     10.0.0.3:4001 > 10.0.0.2:80  say "a, b"                  50  20.0 %        100  20.0 %  opened by the listener, backup, SYN not captured, HMAC wrong
  c2s initiator to listener: complete, 250 bytes, all recovered exactly
      sha256 digest
      key order found: host
      repeated: 51 retransmitted, 52 reinjected, 53 with other content (the first copy counts), 54 not compared
  s2c listener to initiator: 48 of 500 captured bytes recovered exactly (9.6 %)
      stream of 601 bytes (by DATA_FIN), 500 captured
      55 bytes not kept: stopped buffering after 3 MiB (--held-memory), the stream is incomplete
      missing 61 bytes in 3 gaps:
        40..60                         20 bytes  DSN 80041  sent on subflow 1, whose mapping announces them; the packets are missing or cut
        60..90                         30 bytes  DSN 80061  sent on another path: subflow 0 goes on without a hole in its own numbering
        590..592                        2 bytes  DSN 80591  not announced by any subflow of this capture
        and 1 more
      recovered: 0..40 90..98 ...
      That is not secrecy: exact decoding assumes nothing about the content, a cryptanalyst does.

Connection 1  MPTCP, scrambling not visible: the handshake is not in the capture, keys unknown
  subflow  endpoints                    path        trust  c2s bytes   share  s2c bytes  share  notes
  0 join   10.0.0.3:4001 > 10.0.0.2:80  say "a, b"                50  75.8 %        100  0.0 %  opened by the listener, backup, SYN not captured, HMAC wrong
  c2s initiator to listener: 0 of 66 captured bytes recovered exactly
      Not decoded: neither the handshake (MP_CAPABLE) nor the 64 bytes before any captured run are in this
      capture, so exact decoding determines nothing. Token 12345678 names the connection; its keys may be in a
      key log (--keys).
      That is not secrecy: exact decoding assumes nothing about the content, a cryptanalyst does.
  s2c listener to initiator: no data

Anomalies (-z anomalies lists them)
       1 x MP_JOIN HMAC does not match the keys (packet 61)
       1 x subflow was reset

)");
}

TEST(TextReport, SaysWhyNoSumIsThereAndWhyBytesAreNotRecovered) {
  SessionReport report = made_report();
  report.connections[0].streams[0].sha256.reset();
  report.connections[0].streams[0].hash_skipped = true;
  report.connections[0].keys = {};
  std::string text = text_of(report, {});
  EXPECT_THAT(text,
              HasSubstr("all recovered exactly\n      sha256 not computed: longer than --hash-limit\n"));
  EXPECT_THAT(text, HasSubstr("      The sender's key is not known (--keys): what is recovered follows from "
                              "the captured bytes alone.\n"));
  report = made_report();
  report.connections[0].streams[1].gaps[0].range.to += 14;
  text = text_of(report, {});
  EXPECT_THAT(text,
              HasSubstr("behind a gap of 64 bytes or more exact decoding determines\n      nothing.\n"));
  EXPECT_THAT(text, HasSubstr("and 1 more (-v lists them)\n"));
  EXPECT_THAT(text, Not(HasSubstr("recovered: 0..40")));
  EXPECT_THAT(text, Not(HasSubstr("subflow was reset"))) << "that is no damage";
}

}  // namespace
}  // namespace mps
