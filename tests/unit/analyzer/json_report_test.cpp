// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/json_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/analyzer/made_report.h"

namespace mps {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const SessionReport& report, const Options& options) {
  std::string text;
  const auto written = write_json_report(report, options, nullptr,
                                         [&](std::string_view piece) -> tl::expected<void, std::string> {
                                           text += piece;
                                           return {};
                                         });
  EXPECT_TRUE(written);
  return text;
}

TEST(JsonReport, AnomaliesNameTheConnectionsThatAreShown) {
  SessionReport report = made_report();
  report.anomalies.add(
      {AnomalyKind::join_unknown_token, 70, 8, 0, 71, 0});  // became a part of another connection
  const auto owners = [&](std::optional<std::uint32_t> connection) {
    Options options;
    options.connection = connection;
    const Json json = Json::parse(text_of(report, options));
    Json found = Json::array();
    for (const Json& anomaly : json["anomalies"]["list"]) found.push_back(anomaly["connection"]);
    return found;
  };
  EXPECT_EQ(owners({}), Json::parse("[0, 1, null]"));
  EXPECT_EQ(owners(1), Json::parse("[1, null]"));
}

TEST(JsonReport, HasEveryNumberUnderItsName) {
  Options options;
  options.show_keys = true;
  Json json = Json::parse(text_of(made_report(), options));
  const Json connections = json["connections"];
  for (const char* apart : {"connections", "schema_version", "program"}) json.erase(apart);
  EXPECT_EQ(
      json,
      Json::parse(R"({"interrupted": false, "packets": "1003", "duplicates": "1004", "tcp_segments": "1005",
    "mptcp_segments": "1006", "unused_packets": {"not TCP": "11", "fragment": "12",
    "headers cut by the capture": "13", "malformed headers": "14", "unsupported link type": "15"}, "refused_connections": "16",
    "paths": [{"file": "a\"b,c.pcap", "interface": "lté0", "description": "desc", "comment": "comment",
    "link_type": 1, "snaplen": 96, "trust": "trusted"}], "errors": [{"file": "cut.pcap", "packet": "5",
    "reason": "the file ends inside a packet"}], "anomalies": {"total": "2", "counts": {"join-hmac-wrong":
    "1", "subflow-reset": "1"}, "list": [{"kind": "join-hmac-wrong", "frame": "61", "connection": 0,
    "subflow": 1, "value": "62", "bytes": "63"}, {"kind": "subflow-reset", "frame": "0", "connection": 1,
    "subflow": 0, "value": "64", "bytes": "65"}]}})"))
      << json.dump(1);
  ASSERT_EQ(connections.size(), 2u);
  EXPECT_EQ(
      connections[0],
      Json::parse(
          R"({"connection": 0, "version": 1, "scrambling": "flag", "scheme": "paper", "initiator": {"known": true,
    "source": "handshake", "key": "a001020304050607", "capable_flags": "0x11"}, "listener": {"known": true,
    "source": "key-log", "key": "b001020304050607", "capable_flags": null}, "token": null, "handshake_seen":
    true, "fallback": false, "infinite_mapping": false, "fastclose": false, "addresses_announced": "21",
    "addresses_removed": "22", "subflows": [{"subflow": 0, "initial": true, "opened_by": "initiator",
    "initiator": "10.0.0.1:4000", "listener": "10.0.0.2:80", "path": 0, "path_name": "lté0", "trust":
    "trusted", "syn_seen": true, "backup": false, "reset": true, "first_frame": "31", "token": null, "hmac":
    {"opener": "not-checked", "accepter": "not-checked"}, "c2s": {"bytes": "200", "payload": "202",
    "segments": "33", "cut": "34", "checksums_right": "35", "checksums_wrong": "36", "checksums_not_judged":
    "37", "isn_guessed": false}, "s2c": {"bytes": "400", "payload": "411", "segments": "38", "cut": "39",
    "checksums_right": "41", "checksums_wrong": "0", "checksums_not_judged": "42", "isn_guessed": true}},
    {"subflow": 1, "initial": false, "opened_by": "listener", "initiator": "10.0.0.3:4001", "listener":
    "10.0.0.2:80", "path": 1, "path_name": "say \"a, b\"", "trust": null, "syn_seen": false, "backup": true,
    "reset": false, "first_frame": "43", "token": "00c0ffee", "hmac": {"opener": "right", "accepter":
    "wrong"}, "c2s": {"bytes": "50", "payload": "51", "segments": "44", "cut": "0", "checksums_right": "0",
    "checksums_wrong": "0", "checksums_not_judged": "45", "isn_guessed": false}, "s2c": {"bytes": "100",
    "payload": "106", "segments": "46", "cut": "0", "checksums_right": "0", "checksums_wrong": "0",
    "checksums_not_judged": "47", "isn_guessed": false}}], "streams": [{"direction": "c2s", "state":
    "complete", "start_known": true, "first_dsn": "70001", "length": "250", "end_seen": "250", "captured":
    "250", "contiguous": "250", "recovered": "250", "recovered_ranges": [["0", "250"]],
    "recovered_ranges_cut": false, "gap_count": "0", "gap_bytes": "0", "gaps": [], "sha256": "digest",
    "key_order": "host", "retransmitted": "51", "reinjected": "52", "differing": "53", "not_compared": "54",
    "dropped_by_limit": "0", "checks_passed": "0", "checks_failed": "0"}, {"direction": "s2c", "state":
    "partial", "start_known": true, "first_dsn": "80001", "length": "601", "end_seen": "592", "captured":
    "500", "contiguous": "40", "recovered": "48", "recovered_ranges": [["0", "40"], ["90", "98"]],
    "recovered_ranges_cut": true, "gap_count": "3", "gap_bytes": "61", "gaps": [{"range": ["40", "90"],
    "dsn": "80041", "reasons": [{"range": ["40", "60"], "kind": "announced", "subflow": 1}, {"range": ["60",
    "90"], "kind": "elsewhere", "subflow": 0}]}, {"range": ["590", "592"], "dsn": "80591", "reasons":
    [{"range": ["590", "592"], "kind": "unknown"}]}], "sha256": null, "key_order": null, "retransmitted":
    "0", "reinjected": "0", "differing": "0", "not_compared": "0", "dropped_by_limit": "55",
    "checks_passed": "56", "checks_failed": "57"}]})"))
      << connections[0].dump(1);
  EXPECT_EQ(connections[1]["token"], "12345678");
  EXPECT_EQ(connections[1]["scheme"], Json()) << "nobody knows";
  EXPECT_EQ(connections[1]["initiator"],
            Json::parse(R"({"known": false, "source": "unknown", "capable_flags": null})"));
}

TEST(JsonReport, HasWhatIsSelectedAndNoKeys) {
  Options options;
  options.connection = 0;
  options.direction = Direction::listener_to_initiator;
  options.subflows = {1};
  const std::string text = text_of(made_report(), options);
  EXPECT_EQ(text.find("b0010203"), std::string::npos);
  const Json json = Json::parse(text);
  ASSERT_EQ(json["connections"].size(), 1u);
  const Json& connection = json["connections"][0];
  ASSERT_EQ(connection["subflows"].size(), 1u);
  EXPECT_EQ(connection["subflows"][0]["subflow"], 1);
  ASSERT_EQ(connection["streams"].size(), 1u);
  EXPECT_EQ(connection["streams"][0]["direction"], "s2c");
  options.connection = 5;
  EXPECT_EQ(Json::parse(text_of(made_report(), options))["connections"], Json::array());
}

/// A name may hold what turns a terminal's text around.
TEST(JsonReport, IsAscii) {
  for (const char c : text_of(made_report(), {})) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
}

}  // namespace
}  // namespace mps
