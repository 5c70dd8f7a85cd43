// SPDX-License-Identifier: GPL-2.0-or-later
/// For tests: a session's report made by hand, in which no two numbers are the same, so that one in another's
/// place shows. They do not fit together as those of a real one do.
#pragma once

#include "core/session/report.h"

namespace mps {

inline Endpoint made_endpoint(std::uint8_t host, std::uint16_t port) {
  return {IpAddress::v4(std::array<std::uint8_t, 4>{10, 0, 0, host}), port};
}

/// Connection 0 (id 7) with an initial subflow and one that the listener joined; connection 1 (id 9), of
/// which a joined subflow alone is there.
inline SessionReport made_report() {
  SessionReport report;
  report.paths = {{"a\"b,c.pcap", "lté0", "desc", "comment", 1, 96, Trust::trusted}};
  report.errors = {{"cut.pcap", 5, "the file ends inside a packet"}};
  report.source = {1001, 1002, 1003, 1004};
  report.tcp_segments = 1005;
  report.mptcp_segments = 1006;
  report.dissect = {0, 11, 12, 13, 14, 15};
  report.refused_connections = 16;

  ConnectionReport c;
  c.number = 0;
  c.id = 7;
  c.version = 1;
  c.scrambling = Scrambling::by_flag;
  c.keys = {Key{0xa0, 1, 2, 3, 4, 5, 6, 7}, Key{0xb0, 1, 2, 3, 4, 5, 6, 7}};
  c.key_source = {KeySource::handshake, KeySource::key_log};
  c.capable_flags = {0x11, std::nullopt};
  c.handshake_seen = true;
  c.addresses_announced = 21;
  c.addresses_removed = 22;

  SubflowReport first;
  first.index = 0;
  first.initiator = made_endpoint(1, 4000);
  first.listener = made_endpoint(2, 80);
  first.initial = first.syn_seen = first.reset = true;
  first.first_frame = 31;
  first.path_name = "lté0";
  first.trust = Trust::trusted;
  first.share = {SubflowShare{200, 202, 33, 34, 35, 36, 37, false},
                 SubflowShare{400, 411, 38, 39, 41, 0, 42, true}};
  SubflowReport second;
  second.index = 1;
  second.initiator = made_endpoint(3, 4001);
  second.listener = made_endpoint(2, 80);
  second.opened_by_listener = second.backup = true;
  second.first_frame = 43;
  second.path = 1;
  second.path_name = "say \"a, b\"";
  second.token = 0x00c0ffee;
  second.opener_hmac = Subflow::Hmac::right;
  second.accepter_hmac = Subflow::Hmac::wrong;
  second.share = {SubflowShare{50, 51, 44, 0, 0, 0, 45, false},
                  SubflowShare{100, 106, 46, 0, 0, 0, 47, false}};
  c.subflows = {first, second};

  StreamReport& up = c.streams[0];
  up.state = StreamState::complete;
  up.start_known = true;
  up.first_dsn = 70001;
  up.length = up.end_seen = up.captured = up.contiguous = up.recovered = 250;
  up.recovered_ranges = {{0, 250}};
  up.sha256 = "digest";
  up.key_order = KeyOrder::host;
  up.counters.retransmitted = 51;
  up.counters.reinjected = 52;
  up.counters.differing = 53;
  up.counters.not_compared = 54;
  StreamReport& down = c.streams[1];
  down.direction = Direction::listener_to_initiator;
  down.state = StreamState::partial;
  down.start_known = true;
  down.first_dsn = 80001;
  down.length = 601;
  down.end_seen = 592;
  down.captured = 500;
  down.contiguous = 40;
  down.recovered = 48;
  down.recovered_ranges = {{0, 40}, {90, 98}};
  down.recovered_ranges_cut = true;
  down.gaps = {{{40, 90},
                80041,
                {{GapReason::Kind::announced, 1, {40, 60}}, {GapReason::Kind::elsewhere, 0, {60, 90}}}},
               {{590, 592}, 80591, {{GapReason::Kind::unknown, 0, {590, 592}}}}};
  down.gap_count = 3;
  down.gap_bytes = 61;
  down.counters.dropped_by_limit = 55;
  down.checks_passed = 56;
  down.checks_failed = 57;

  ConnectionReport orphan;
  orphan.number = 1;
  orphan.id = 9;
  orphan.scrambling = Scrambling::not_visible;
  orphan.orphan_token = 0x12345678;
  orphan.subflows = {second};
  orphan.subflows[0].index = 0;
  for (const Direction d : both_directions) orphan.streams[index(d)].direction = d;
  orphan.streams[0].state = StreamState::nothing;
  orphan.streams[0].captured = orphan.streams[0].end_seen = 66;
  report.connections = {c, orphan};

  report.anomalies.add({AnomalyKind::join_hmac_wrong, 61, 7, 1, 62, 63});
  report.anomalies.add({AnomalyKind::subflow_reset, 0, 9, 0, 64, 65});
  return report;
}

}  // namespace mps
