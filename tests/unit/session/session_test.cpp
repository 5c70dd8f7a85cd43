// SPDX-License-Identifier: GPL-2.0-or-later
// What a session reports and hands out for every state that a stream can be in.
#include "core/session/session.h"

#include <gtest/gtest.h>

#include "tests/reference/hardened_twin.h"
#include "tests/unit/session/scripted_session.h"

namespace mps::test {
namespace {

TEST(Session, Complete) {
  for (const std::uint8_t flags : {std::uint8_t{0x01}, flagged})
    for (const int fin : {0, 1, 2}) {  // none, with the last data, afterwards
      Script script(1, flags);
      const Bytes plain = sample(300);
      const Bytes wire = flags == flagged ? scrambled(script, c2s, plain) : plain;
      Segments segments = script.open();
      segments.push_back(script.data(0, c2s, 0, slice(wire, 0, 100)));
      segments.push_back(script.data(0, c2s, 100, slice(wire, 100, 200), {.fin = fin == 1}));
      if (fin == 2) segments.push_back(script.data_fin(0, c2s, 300));
      const Analysis run(segments);
      EXPECT_EQ(run.stream(c2s).state, fin ? StreamState::complete : StreamState::open_end);
      EXPECT_EQ(run.stream(c2s).sha256, hash_of(plain));
      EXPECT_EQ(run.stream(c2s).recovered, 300u);
      EXPECT_EQ(run.stream(c2s).length.has_value(), fin != 0);
      EXPECT_EQ(run.stream(s2c).state, StreamState::empty);
      EXPECT_FALSE(run.stream(s2c).sha256.has_value());
      EXPECT_EQ(run.connection().scrambling, flags == flagged ? Scrambling::by_flag : Scrambling::plain);
      run.expect_right(c2s, plain);
    }
}

TEST(Session, PlainWithGap) {
  Script script;
  const Bytes plain = sample(300);
  Segments segments = script.open();
  segments.push_back(script.data(0, c2s, 0, slice(plain, 0, 100)));
  segments.push_back(script.data(0, c2s, 200, slice(plain, 200, 100), {.fin = true, .ssn = 201}));
  const Analysis run(segments);
  EXPECT_EQ(run.stream(c2s).state, StreamState::partial);
  EXPECT_EQ(run.stream(c2s).recovered, 200u);
  EXPECT_EQ(run.stream(c2s).gap_bytes, 100u);
  EXPECT_EQ(run.stream(c2s).recovered_ranges, (std::vector<StreamRange>{{0, 100}, {200, 300}}));
  EXPECT_FALSE(run.stream(c2s).sha256.has_value());
  run.expect_right(c2s, plain);
}

/// A gap of g < 64 bytes costs g + 1 of every 65 bytes behind it, and no more.
TEST(Session, ScrambledWithAShortGap) {
  Script script(1, flagged);
  const Bytes plain = sample(2000);
  const Bytes wire = scrambled(script, c2s, plain);
  Segments segments = script.open();
  segments.push_back(script.data(0, c2s, 0, slice(wire, 0, 500)));
  segments.push_back(script.data(0, c2s, 510, slice(wire, 510, 1490), {.ssn = 511}));
  const Analysis run(segments);
  EXPECT_EQ(run.stream(c2s).state, StreamState::partial);
  EXPECT_EQ(run.stream(c2s).checks_failed, 0u);
  EXPECT_EQ(run.stream(c2s).checks_passed, 0u) << "without known plaintext there is nothing to check";
  EXPECT_GT(run.stream(c2s).recovered, 500u + 1490u * 50 / 65);
  EXPECT_LT(run.stream(c2s).recovered, 1990u);
  run.expect_right(c2s, plain);
}

/// Without its first byte a stream shows 63 of every 65. As many ranges as are listed are not cut; one more
/// is.
TEST(Session, RangesAreCutBeyondTheLimitOnly) {
  for (const std::size_t more : {0, 1}) {
    Script script(1, flagged);
    const Bytes plain = sample(65 * SessionReport::max_listed + 3 * more);
    const Bytes wire = scrambled(script, c2s, plain);
    Segments segments = script.open();
    for (std::size_t at = 1; at < wire.size(); at += 1400)
      segments.push_back(script.data(
          0, c2s, at, slice(wire, at, std::min<std::size_t>(1400, wire.size() - at)), {.ssn = at + 1}));
    const Analysis run(segments);
    EXPECT_EQ(run.stream(c2s).recovered_ranges.size(), SessionReport::max_listed);
    EXPECT_EQ(run.stream(c2s).recovered_ranges_cut, more == 1);
    EXPECT_EQ(run.stream(c2s).recovered, 63 * SessionReport::max_listed + more);
    EXPECT_EQ(run.sink.streams[index(c2s)].size(), run.stream(c2s).recovered);
  }
}

// --- hardened schemes ---

std::uint8_t flags_of(Scheme scheme) {
  return static_cast<std::uint8_t>(SchemeFlags{}.of(scheme) | 0x01);
}

Bytes hardened(const Script& script, Scheme scheme, Direction d, const Bytes& plain) {
  return reference::hardened_encoded(scheme, {{script.keys[0], script.keys[1]}, d == s2c}, plain);
}

TEST(Session, HardenedComplete) {
  for (const Scheme scheme : {Scheme::h1, Scheme::h2}) {
    Script script(1, flags_of(scheme));
    const Bytes there = sample(300), back = sample(500);
    const Bytes wire = hardened(script, scheme, c2s, there);
    Segments segments = script.open();
    segments.push_back(script.data(0, c2s, 0, slice(wire, 0, 100)));
    segments.push_back(script.data(0, c2s, 100, slice(wire, 100, 200), {.fin = true}));
    segments.push_back(script.data(0, s2c, 0, hardened(script, scheme, s2c, back)));
    const Analysis run(segments);
    EXPECT_EQ(run.connection().scrambling, Scrambling::by_flag);
    EXPECT_EQ(run.connection().scheme, scheme);
    EXPECT_EQ(run.stream(c2s).state, StreamState::complete);
    EXPECT_EQ(run.stream(c2s).sha256, hash_of(there));
    EXPECT_FALSE(run.stream(c2s).key_order.has_value());
    run.expect_right(c2s, there);
    run.expect_right(s2c, back);
  }
}

/// H1 goes on behind a gap. H2 decodes what else was captured of the block that the gap begins in, and stops.
TEST(Session, HardenedWithAGap) {
  const Bytes plain = sample(2000);
  for (const auto& [scheme, ranges] :
       {std::pair{Scheme::h1, std::vector<StreamRange>{{0, 500}, {505, 2000}}},
        std::pair{Scheme::h2, std::vector<StreamRange>{{0, 500}, {505, 512}}}}) {
    Script script(1, flags_of(scheme));
    const Bytes wire = hardened(script, scheme, c2s, plain);
    Segments segments = script.open();
    segments.push_back(script.data(0, c2s, 0, slice(wire, 0, 500)));
    segments.push_back(script.data(0, c2s, 505, slice(wire, 505, 1495), {.ssn = 506}));
    const Analysis run(segments);
    EXPECT_EQ(run.stream(c2s).state, StreamState::partial);
    EXPECT_EQ(run.stream(c2s).recovered_ranges, ranges);
    EXPECT_EQ(run.stream(c2s).gap_bytes, 5u);
    EXPECT_EQ(run.stream(c2s).checks_passed + run.stream(c2s).checks_failed, 0u)
        << "the exact engine is not asked";
    run.expect_right(c2s, plain);
  }
}

TEST(Session, HardenedWithoutItsHead) {
  const Bytes plain = sample(2000);
  for (const Scheme scheme : {Scheme::h1, Scheme::h2}) {
    Script script(1, flags_of(scheme));
    const Bytes wire = hardened(script, scheme, c2s, plain);
    const Analysis run(script.open() +
                       Segments{script.data(0, c2s, 100, slice(wire, 100, 1900), {.ssn = 101})});
    EXPECT_EQ(run.stream(c2s).recovered, scheme == Scheme::h1 ? 1900u : 0u);
    run.expect_right(c2s, plain);
  }
}

/// More streams than are kept open, some of which end after their last byte, some never. One says something
/// else once more when all is over.
TEST(Session, ManyStreamsAreDecodedAndHashedEach) {
  Segments segments;
  std::vector<Bytes> plain;
  std::optional<Segment> late;
  constexpr std::size_t streams = 200;
  for (std::size_t i = 0; i < streams; ++i) {
    Script script(1, flagged);
    script.keys[0][7] = script.keys[1][7] = static_cast<std::uint8_t>(i);
    script.wires[0].opener.port = static_cast<std::uint16_t>(41'000 + i);
    plain.emplace_back();
    while (plain.back().size() < 700 + i)
      plain.back().push_back("a line of text\n"[plain.back().size() % 15]);
    segments = segments + script.open();
    segments.push_back(script.data(0, c2s, 0, scrambled(script, c2s, plain.back())));
    if (i % 3 != 0) segments.push_back(script.data_fin(0, c2s, plain.back().size()));
    if (i == 1) late = script.data(0, c2s, 0, Bytes(plain.back().size(), 0xaa));
  }
  segments.push_back(*late);
  ScriptSource source(segments);
  SessionOptions options;
  options.initial_register.order.reset();
  Session session(source, options, nullptr, nullptr);
  while (session.step(10)) {
  }
  const SessionReport report = session.finish();
  ASSERT_EQ(report.connections.size(), streams);
  for (std::size_t i = 0; i < streams; ++i) {
    const StreamReport& stream = report.connections[i].streams[index(c2s)];
    EXPECT_EQ(stream.state, i % 3 != 0 ? StreamState::complete : StreamState::open_end) << i;
    EXPECT_EQ(stream.sha256, hash_of(plain[i])) << i;
    EXPECT_EQ(stream.key_order, KeyOrder::wire) << i;
    EXPECT_EQ(stream.counters.differing > 0, i == 1) << i;
  }
}

/// Connections outlive the report only for observers, who look at their extents.
TEST(Session, KeepsConnectionsForObserversOnly) {
  Script script;
  Segments segments = script.open();
  segments.push_back(script.data(0, c2s, 0, sample(100)));
  for (const bool observed : {false, true}) {
    ScriptSource source(segments);
    SessionOptions options;
    options.tracker.keep_extents = observed;
    Session session(source, options, nullptr, nullptr);
    while (session.step(10)) {
    }
    EXPECT_EQ(session.finish().connections.size(), 1u);
    ASSERT_EQ(session.connections().size(), observed ? 1u : 0u);
    for (const Connection* kept : session.connections()) EXPECT_EQ(kept->stream(c2s).extents().size(), 1u);
  }
}

// --- many connections ---

/// What is over gives back its decoder and its hash while the capture is still being read.
TEST(Session, StreamsThatEndEarlyAreReportedLikeOthers) {
  constexpr unsigned count = 200;
  std::vector<Script> scripts;
  Segments segments, last;
  for (unsigned i = 0; i < count; ++i) {
    Script& script = scripts.emplace_back(1, i % 3 ? flagged : std::uint8_t{0x01});
    script.keys[0][0] = script.keys[1][0] = static_cast<std::uint8_t>(i);
    script.wires[0].opener.port = static_cast<std::uint16_t>(20000 + i);
    const auto wire = [&](Direction d) {
      const Bytes plain = sample(100 + i, 2 * i + static_cast<unsigned>(index(d)));
      return script.flags == flagged ? scrambled(script, d, plain) : plain;
    };
    segments = segments + script.open();
    segments.push_back(script.data(0, c2s, 0, slice(wire(c2s), 0, 50)));
    Segments rest{script.data(0, c2s, 50, slice(wire(c2s), 50, 50 + i), {.fin = true}),
                  script.data(0, s2c, 0, wire(s2c), {.fin = i % 2 == 0})};
    // Every fifth goes on to the end; a retransmission comes after what is over.
    if (i % 7 == 0) last.push_back(script.data(0, c2s, 0, slice(wire(c2s), 0, 50), {.ssn = 1}));
    Segments& when = i % 5 ? segments : last;
    when = when + rest;
  }
  ScriptSource source(segments + last);
  Session session(source, {}, nullptr, nullptr);
  while (session.step(100)) {
  }
  const SessionReport report = session.finish();
  ASSERT_EQ(report.connections.size(), count);
  for (unsigned i = 0; i < count; ++i) {
    SCOPED_TRACE(i);
    const auto& streams = report.connections[i].streams;
    const StreamReport& c = streams[index(c2s)];
    const StreamReport& s = streams[index(s2c)];
    EXPECT_EQ(c.state, StreamState::complete);
    EXPECT_EQ(s.state, i % 2 ? StreamState::open_end : StreamState::complete);
    EXPECT_EQ(c.sha256, hash_of(sample(100 + i, 2 * i)));
    EXPECT_EQ(s.sha256, hash_of(sample(100 + i, 2 * i + 1)));
    EXPECT_EQ(c.recovered, 100 + i);
    EXPECT_EQ(c.counters.retransmitted, i % 7 ? 0u : 50u);
    EXPECT_EQ(c.key_order.has_value(), scripts[i].flags == flagged);
  }
}

// --- bytes that nobody asks for ---

TEST(Session, TheSourceHearsWhetherPayloadIsLookedAt) {
  Script script(1, flagged);
  const Bytes wire = scrambled(script, c2s, sample(3000));
  Segments segments = script.open();
  for (std::size_t at = 0; at < 3000; at += 100)
    segments.push_back(script.data(0, c2s, at, slice(wire, at, 100)));
  SessionOptions options;
  options.hash_limit = 1000;
  ScriptSource source(segments);
  Sink sink;
  Session counting(source, options, nullptr, nullptr);
  ASSERT_TRUE(counting.step(segments.size() - 25));
  EXPECT_EQ(source.payload_used, true) << "for the hash";
  ASSERT_TRUE(counting.step(10));
  ASSERT_TRUE(counting.step(10));
  EXPECT_EQ(source.payload_used, false);
  ScriptSource again(segments);
  Session decoding(again, options, nullptr, &sink);
  ASSERT_TRUE(decoding.step(segments.size() - 1));
  EXPECT_EQ(again.payload_used, true);
}

/// Without a sink the report must be the same as with one.
void expect_counted_alike(const Segments& segments, const SessionOptions& options) {
  const Analysis decoded(segments, options);
  ScriptSource source(segments);
  Session session(source, options, nullptr, nullptr);
  while (session.step(3)) {
  }
  const SessionReport report = session.finish();
  ASSERT_EQ(report.connections.size(), 1u);
  const StreamReport& a = decoded.stream(c2s);
  const StreamReport& b = report.connections[0].streams[index(c2s)];
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.sha256, b.sha256);
  EXPECT_EQ(a.hash_skipped, b.hash_skipped);
  EXPECT_EQ(a.recovered, b.recovered);
  EXPECT_EQ(a.recovered_ranges, b.recovered_ranges);
  EXPECT_EQ(a.key_order, b.key_order);
  EXPECT_EQ(a.checks_passed, b.checks_passed);
  EXPECT_EQ(a.checks_failed, b.checks_failed);
}

TEST(Session, BytesThatNobodyAsksForAreCountedAlike) {
  const Bytes plain = sample(20'000);
  for (const auto scheme : {Scheme::paper, Scheme::h1, Scheme::h2})
    for (const std::size_t gap : {0u, 10u, 500u})
      for (const std::uint64_t hash_limit : {0u, 700u, 20'000u})
        for (const std::optional<KeyOrder> order : {std::optional(KeyOrder::wire), {}}) {
          Script script(1, flags_of(scheme));
          const Bytes wire =
              is_hardened(scheme) ? hardened(script, scheme, c2s, plain) : scrambled(script, c2s, plain);
          Segments segments = script.open();
          for (std::size_t at = 0; at < plain.size(); at += 500) {
            const std::size_t from = at == 17'000 ? at + gap : at;
            if (from < at + 500)
              segments.push_back(script.data(0, c2s, from, slice(wire, from, at + 500 - from),
                                             {.ssn = static_cast<std::uint32_t>(from + 1)}));
          }
          SessionOptions options;
          options.hash_limit = hash_limit;
          options.initial_register.order = order;
          SCOPED_TRACE(testing::Message() << to_string(scheme) << ", gap of " << gap << ", hash limit "
                                          << hash_limit << (order ? "" : ", key order to be found"));
          expect_counted_alike(segments, options);
        }
}

/// Both keys are needed, whichever side sends.
TEST(Session, HardenedWaitsForBothKeys) {
  const Bytes plain = sample(300);
  Script script(1, flags_of(Scheme::h1));
  const Bytes wire = hardened(script, Scheme::h1, s2c, plain);
  const Segments without{script.syn(), script.syn_ack(), script.data(0, s2c, 0, wire)};
  const Analysis blind(without);
  EXPECT_EQ(blind.stream(s2c).state, StreamState::nothing);
  EXPECT_TRUE(blind.sink.streams[1].empty());
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  const Analysis told(without, {}, &log);
  EXPECT_EQ(told.stream(s2c).sha256, hash_of(plain));
}

/// With --scheme and keys from a log even a joined path alone decodes under H1.
TEST(Session, TheUserNamesTheScheme) {
  Script script;
  const auto w = script.add_wire();
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  const Bytes plain = sample(500);
  const Bytes wire = hardened(script, Scheme::h1, c2s, plain);
  SessionOptions options;
  options.tracker.scheme = Scheme::h1;
  const Analysis run(script.open(w) + Segments{script.data(w, c2s, 200, slice(wire, 200, 300))}, options,
                     &log);
  EXPECT_EQ(run.connection().scrambling, Scrambling::by_key_log);
  EXPECT_EQ(run.stream(c2s).recovered, 300u);
  run.expect_right(c2s, plain);
}

TEST(Session, HardenedFallbackIsPlain) {
  Script script(1, flags_of(Scheme::h2));
  const Bytes plain = sample(100);
  Segments segments{script.syn(), script.syn_ack(), script.third_ack(), script.data(0, c2s, 0, plain)};
  for (std::size_t i = 1; i < segments.size(); ++i) segments[i].options.clear();
  const Analysis run(segments);
  EXPECT_EQ(run.connection().scrambling, Scrambling::plain);
  run.expect_right(c2s, plain);
}

TEST(Session, ScrambledWithoutItsHead) {
  Script script(1, flagged);
  const Bytes wire = scrambled(script, c2s, sample(2000));
  const Analysis run(script.open() +
                     Segments{script.data(0, c2s, 100, slice(wire, 100, 1900), {.ssn = 101})});
  EXPECT_EQ(run.stream(c2s).state, StreamState::nothing);
  EXPECT_EQ(run.stream(c2s).recovered, 0u);
  EXPECT_EQ(run.stream(c2s).captured, 1900u);
  EXPECT_TRUE(run.sink.streams[0].empty());
}

TEST(Session, JoinedPathAlone) {
  Script script;
  const auto w = script.add_wire();
  const Bytes plain = sample(300);
  Segments segments = script.open(w);
  segments.push_back(script.data(w, c2s, 1000, slice(plain, 0, 100)));
  segments.push_back(script.data(w, c2s, 1200, slice(plain, 200, 100)));
  const Analysis hidden(segments);
  EXPECT_EQ(hidden.connection().scrambling, Scrambling::not_visible);
  EXPECT_EQ(hidden.stream(c2s).state, StreamState::nothing);
  EXPECT_FALSE(hidden.stream(c2s).start_known);
  EXPECT_EQ(hidden.connection().orphan_token, script.token(true));
  EXPECT_EQ(hidden.stream(c2s).end_seen, 300u) << "counted from the lowest byte captured";

  SessionOptions options;
  options.tracker.scrambled = ScrambleRule::never;
  const Analysis never(segments, options);
  EXPECT_EQ(never.stream(c2s).state, StreamState::partial);
  EXPECT_EQ(never.stream(c2s).recovered_ranges, (std::vector<StreamRange>{{0, 100}, {200, 300}}));
  never.expect_right(c2s, plain);

  options.tracker.scrambled = ScrambleRule::assume;
  const Analysis assumed(segments, options);
  EXPECT_EQ(assumed.connection().scrambling, Scrambling::assumed);
  EXPECT_EQ(assumed.stream(c2s).recovered, 0u);
}

TEST(Session, KeyLogOpensAJoinedPath) {
  Script script;
  const auto w = script.add_wire(true);
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  const Bytes plain = sample(500);
  const Analysis run(script.open(w) + Segments{script.data(w, s2c, 0, scrambled(script, s2c, plain))}, {},
                     &log);
  EXPECT_EQ(run.connection().scrambling, Scrambling::by_key_log);
  EXPECT_EQ(run.stream(s2c).sha256, hash_of(plain));
  EXPECT_TRUE(run.connection().subflows[0].opened_by_listener);
}

TEST(Session, FallbackIsPlain) {
  Script script(1, flagged);
  const Bytes plain = sample(100);
  Segments segments{script.syn(), script.syn_ack(), script.third_ack(), script.data(0, c2s, 0, plain)};
  for (std::size_t i = 1; i < segments.size(); ++i) segments[i].options.clear();
  const Analysis run(segments);
  EXPECT_EQ(run.connection().scrambling, Scrambling::plain);
  EXPECT_TRUE(run.connection().fallback);
  EXPECT_EQ(run.stream(c2s).state, StreamState::open_end);
  run.expect_right(c2s, plain);
}

TEST(Session, FileLostWhileSettling) {
  Script script(1, flagged);
  const Bytes wire = scrambled(script, c2s, sample(9000));
  Segments segments = script.open();
  segments.push_back(script.data(0, c2s, 0, slice(wire, 0, 500)));
  segments.push_back(script.data(0, c2s, 510, slice(wire, 510, 8490), {.ssn = 511}));
  const Analysis run(segments, {}, nullptr, true);
  EXPECT_EQ(run.stream(c2s).recovered, 500u);
  EXPECT_EQ(run.sink.streams[0].size(), 500u);
  EXPECT_EQ(run.report.anomalies.count(AnomalyKind::unreadable_capture), 1u);
}

TEST(Session, PlainFileLostWhileSettling) {
  Script script;
  const Bytes plain = sample(9000);
  const Segment behind_gap = script.data(0, c2s, 510, slice(plain, 510, 8490), {.ssn = 511});
  for (const bool start_known : {true, false}) {
    Segments segments = start_known ? script.open() : Segments{};
    if (start_known) segments.push_back(script.data(0, c2s, 0, slice(plain, 0, 500), {.ssn = 1}));
    segments.push_back(behind_gap);
    SessionOptions options;
    options.tracker.scrambled = ScrambleRule::never;
    const Analysis run(segments, options, nullptr, true);
    const std::size_t before = start_known ? 500 : 0;
    EXPECT_EQ(run.stream(c2s).start_known, start_known);
    EXPECT_EQ(run.stream(c2s).recovered, before);
    EXPECT_EQ(run.sink.streams[0].size(), before);
    EXPECT_EQ(run.report.anomalies.count(AnomalyKind::unreadable_capture), 1u);
  }
}

TEST(Session, LimitsOfWork) {
  Script script;
  const Bytes plain = sample(300);
  const Segments segments = script.open() + Segments{script.data(0, c2s, 0, plain)};
  SessionOptions options;
  options.hash_limit = 299;
  const Analysis unhashed(segments, options);
  EXPECT_TRUE(unhashed.stream(c2s).hash_skipped);
  EXPECT_FALSE(unhashed.stream(c2s).sha256.has_value());
  options.max_packets = 3;
  const Analysis handshake(segments, options);
  EXPECT_EQ(handshake.report.tcp_segments, 3u);
  EXPECT_EQ(handshake.stream(c2s).state, StreamState::empty);
}

TEST(Session, SubflowRows) {
  Script script;
  const auto w = script.add_wire(true, true);
  const Bytes plain = sample(200);
  Segments segments = script.open(0) + script.open(w);
  segments.push_back(script.data(0, c2s, 0, slice(plain, 0, 150)));
  segments.push_back(script.data(w, c2s, 150, slice(plain, 150, 50)));
  SessionOptions options;
  TrustRules::Rule by_name, by_number;
  by_name.trust = Trust::trusted;
  by_name.interface_name = "path0";
  by_number.trust = Trust::untrusted;
  by_number.subflow = 1;
  options.trust.rules = {by_name, by_number};
  const Analysis run(segments, options);
  ASSERT_EQ(run.connection().subflows.size(), 2u);
  const auto& [first, second] = std::tie(run.connection().subflows[0], run.connection().subflows[1]);
  EXPECT_EQ(first.trust, Trust::trusted);
  EXPECT_EQ(second.trust, Trust::untrusted);
  EXPECT_EQ(second.path_name, "path1");
  EXPECT_TRUE(second.opened_by_listener);
  EXPECT_EQ(first.share[0].first_bytes, 150u);
  EXPECT_EQ(second.share[0].first_bytes, 50u);
  EXPECT_EQ(second.opener_hmac, Subflow::Hmac::right);
  EXPECT_EQ(run.report.mptcp_segments, segments.size());
}

}  // namespace
}  // namespace mps::test
