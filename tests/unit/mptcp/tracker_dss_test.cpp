// SPDX-License-Identifier: GPL-2.0-or-later
// DSS (RFC 8684 3.3): mappings, number widths and their wraps, checksums, DATA_FIN, and the signals beside
// it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

TEST(DssNumbers, FourAndEightBytesMix) {
  Script script;
  const Bytes text = sample(400);
  Tracked t;
  t.feed(script.open());
  for (std::size_t i = 0; i < 4; ++i)
    t.feed(script.data(0, c2s, i * 100, slice(text, i * 100, 100), {.dsn_is_64 = i % 2 == 1}));
  EXPECT_EQ(t.bytes(c2s), text);
}

/// Without the handshake the first number counts from itself; a wide one after narrow ones must still meet
/// them.
TEST(DssNumbers, FourAndEightBytesMixWithoutHandshake) {
  for (const bool wide_first : {false, true}) {
    Script script;
    const auto w = script.add_wire();
    const Bytes text = sample(400);
    Tracked t;
    t.feed(script.open(w));
    for (std::size_t i = 0; i < 4; ++i)
      t.feed(
          script.data(w, c2s, i * 100, slice(text, i * 100, 100), {.dsn_is_64 = (i % 2 == 0) == wide_first}));
    EXPECT_EQ(t.stream(c2s).counters().captured, 400u);
    EXPECT_TRUE(t.stream(c2s).gaps().empty());
    t.feed(script.open(0)).finish();
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.damage(), 0u);
  }
}

TEST(DssNumbers, ShortFormWraps) {
  Script script;
  script.search_key(c2s,
                    [](std::uint64_t origin) { return (origin & UINT32_MAX) > UINT32_MAX - (1u << 20); });
  const std::uint64_t wrap = (std::uint64_t{1} << 32) - (script.origin(c2s) & UINT32_MAX);
  for (const bool wide : {false, true}) {
    Script s = script;
    const Bytes text = sample(wrap + 5000);
    Tracked t;
    t.feed(s.open());
    for (std::size_t at = 0; at < text.size(); at += 50000) {
      const auto n = std::min<std::size_t>(50000, text.size() - at);
      t.feed(s.data(0, c2s, at, slice(text, at, n), {.dsn_is_64 = wide, .fin = at + n == text.size()}));
    }
    EXPECT_TRUE(t.bytes(c2s) == text);
    EXPECT_TRUE(t.stream(c2s).complete());
  }
}

TEST(DssNumbers, SubflowNumberWraps) {
  Script script;
  script.wires[0].isn[0] = UINT32_MAX - 1000;
  const Bytes text = sample(3000);
  Tracked t;
  t.feed(script.open());
  for (std::size_t at = 0; at < 3000; at += 700) {
    const auto n = std::min<std::size_t>(700, text.size() - at);
    t.feed(script.data(0, c2s, at, slice(text, at, n)));
  }
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(DssNumbers, ImplausibleOnesAreIgnoredAndReported) {
  Script script;
  const Bytes text = sample(100);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 50)));
  t.feed(script.data(0, c2s, 50, slice(text, 50, 50), {.ssn = 51, .map_offset = std::uint64_t{1} << 40}));
  EXPECT_EQ(t.count(AnomalyKind::implausible_dsn), 1u);
  t.feed(script.data(0, c2s, 50, slice(text, 50, 50), {.ssn = 51}));
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(DssMapping, CoversSegmentsWithoutAny) {
  Script script;
  const Bytes text = sample(300);
  Segments segments{script.data(0, c2s, 0, slice(text, 0, 100), {.map_length = 300}),
                    script.data(0, c2s, 100, slice(text, 100, 100), {.mapped = false}),
                    script.data(0, c2s, 200, slice(text, 200, 100), {.mapped = false})};
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  do {
    for (const auto memory : {Tracked::Memory::archive, Tracked::Memory::copies}) {
      Tracked t(memory);
      t.feed(script.open()).feed(segments).finish();
      EXPECT_EQ(t.bytes(c2s), text);
      EXPECT_EQ(t.damage(), 0u);
      EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
    }
  } while (std::next_permutation(segments.begin(), segments.end(),
                                 [](const auto& a, const auto& b) { return a.seq < b.seq; }));
}

/// A mapping said in 32 bits before the handshake came, and payload it covers after.
TEST(DssMapping, NarrowOneOutlivesTheArrivalOfTheHandshake) {
  for (const unsigned version : {0u, 1u}) {
    Script script(version);
    const auto w = script.add_wire();
    const Bytes text = sample(300);
    Tracked t;
    t.feed(script.open(w));
    t.feed(script.data(w, c2s, 0, slice(text, 0, 100), {.dsn_is_64 = false, .map_length = 300}));
    t.feed(script.open(0));
    t.feed(script.data(w, c2s, 100, slice(text, 100, 200), {.mapped = false}));
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.only().subflows[0]->carrying(c2s).mappings.mappings().size() +
                  t.only().subflows[1]->carrying(c2s).mappings.mappings().size(),
              1u);
    EXPECT_TRUE(GapExplainer(t.only(), c2s).explain({300, 400})[0].kind == GapReason::Kind::unknown);
  }
}

TEST(DssMapping, RepeatedOnEverySegment) {
  Script script;
  const Bytes text = sample(300);
  Tracked t;
  t.feed(script.open());
  for (std::size_t at = 0; at < 300; at += 100)
    t.feed(script.data(0, c2s, at, slice(text, at, 100), {.map_offset = 0, .map_ssn = 1, .map_length = 300}));
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.damage(), 0u);
}

TEST(DssMapping, FirstWordCounts) {
  Script script;
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  t.feed(script.data(0, c2s, 100, slice(text, 0, 100), {.ssn = 1}));
  EXPECT_EQ(t.count(AnomalyKind::conflicting_mapping), 1u);
  t.feed(script.data(0, c2s, 100, slice(text, 100, 100)));
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(DssMapping, UnmappedPayloadIsReported) {
  Script script;
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, sample(100)));
  t.feed(script.data(0, c2s, 100, sample(70, 2), {.mapped = false})).finish();
  ASSERT_EQ(t.count(AnomalyKind::unmapped_payload), 1u);
  EXPECT_EQ(t.tracker->anomalies().list().back().count, 70u);
}

TEST(DssChecksum, RightAndWrong) {
  for (const bool wide : {true, false}) {
    Script script(1, 0x81);
    script.checksums = true;
    const Bytes text = sample(301);
    Tracked t;
    t.feed(script.open());
    t.feed(script.data(0, c2s, 0, slice(text, 0, 101), {.dsn_is_64 = wide}));
    t.feed(script.data(0, c2s, 101, slice(text, 101, 100), {.dsn_is_64 = wide, .spoil_checksum = true}));
    t.feed(script.data(0, c2s, 201, slice(text, 201, 100), {.dsn_is_64 = wide, .fin = true}));
    EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_right, 2u);
    EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_wrong, 1u);
    EXPECT_EQ(t.count(AnomalyKind::dss_checksum_wrong), 1u);
    EXPECT_EQ(t.bytes(c2s), text);
  }
}

TEST(DssChecksum, OfALoneDataFin) {
  Script script(1, 0x81);
  script.checksums = true;
  Tracked t;
  t.feed(script.open()).feed(script.data_fin(0, c2s, 0)).feed(script.data_fin(0, s2c, 0, false));
  EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_right, 1u);
  EXPECT_EQ(t.only().subflows[0]->sent[1].checksums_right, 1u);
}

/// The sum is over the 64-bit number (RFC 8684 3.3.1): with 32 bits of it and no handshake nothing can be
/// said.
TEST(DssChecksum, NarrowNumbersWithoutHandshakeAreNotJudged) {
  Script script(1, 0x81);
  script.checksums = true;
  const auto w = script.add_wire();
  Tracked t;
  t.feed(script.open(w)).feed(script.data(w, c2s, 0, sample(100), {.dsn_is_64 = false}));
  t.feed(script.data_fin(w, c2s, 100, false)).finish();
  EXPECT_EQ(t.count(AnomalyKind::dss_checksum_wrong), 0u);
  EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_wrong, 0u);
}

TEST(DataFin, WithData) {
  Script script;
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, sample(100), {.fin = true}));
  EXPECT_EQ(t.stream(c2s).length(), 100u);
  EXPECT_TRUE(t.stream(c2s).complete());
}

TEST(DataFin, AloneBeforeAndAfterTheData) {
  for (const bool wide : {true, false})
    for (const bool before : {false, true}) {
      Script script;
      const Segment data = script.data(0, c2s, 0, sample(100));
      const Segment fin = script.data_fin(0, c2s, 100, wide);
      Tracked t;
      t.feed(script.open()).feed(before ? Segments{fin, data, fin} : Segments{data, fin, fin});
      EXPECT_TRUE(t.stream(c2s).complete());
      t.finish();
      EXPECT_EQ(t.damage(), 0u);
    }
}

/// The first that is seen of a stream, in 32 bits, with the handshake still to come.
TEST(DataFin, NarrowOneBeforeTheHandshake) {
  for (const bool with_data : {false, true}) {
    Script script;
    const auto w = script.add_wire();
    Tracked t;
    t.feed(script.open(w)).feed(script.data_fin(w, c2s, with_data ? 100 : 0, false));
    if (with_data) t.feed(script.data(w, c2s, 0, sample(100)));
    t.feed(script.open(0)).finish();
    EXPECT_EQ(t.stream(c2s).length(), with_data ? 100u : 0u);
    EXPECT_TRUE(t.stream(c2s).complete());
  }
}

TEST(DataFin, BytesBeyondItAreReported) {
  Script script;
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, sample(100), {.fin = true}));
  t.feed(script.data(0, c2s, 100, sample(50))).finish();
  EXPECT_EQ(t.count(AnomalyKind::data_after_fin), 1u);
  EXPECT_EQ(t.stream(c2s).counters().after_fin, 50u);
  EXPECT_EQ(t.bytes(c2s).size(), 100u);
}

/// A DATA_FIN that contradicts bytes already seen must not cut the stream short.
TEST(DataFin, ForgedOneInTheMiddleIsIgnored) {
  Script script;
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  t.feed(script.data_fin(0, c2s, 30));
  t.feed(script.data(0, c2s, 100, slice(text, 100, 100), {.fin = true})).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_TRUE(t.stream(c2s).complete());
  EXPECT_EQ(t.count(AnomalyKind::data_after_fin), 1u);
}

TEST(Signals, AreCountedOrReported) {
  Script script;
  Tracked t;
  t.feed(script.open());
  t.feed(script.bare(0, s2c, hex("1e08 3401 0a000001")));          // ADD_ADDR, version 0's form
  t.feed(script.bare(0, s2c, hex("1e08 3101 0a000001")));          // its echo
  t.feed(script.bare(0, s2c, hex("1e05 40 0102")));                // REMOVE_ADDR
  t.feed(script.bare(0, s2c, hex("1e03 51")));                     // MP_PRIO
  t.feed(script.bare(0, s2c, hex("1e0c 6000 0000000000000001")));  // MP_FAIL
  t.feed(script.bare(0, s2c, hex("1e04 f000")));                   // nobody's subtype
  EXPECT_EQ(t.only().addresses_announced, 2u);
  EXPECT_EQ(t.only().addresses_removed, 2u);
  EXPECT_EQ(t.only().mp_prio, 1u);
  EXPECT_TRUE(t.only().subflows[0]->backup);
  EXPECT_EQ(t.count(AnomalyKind::mp_fail), 1u);
  EXPECT_EQ(t.count(AnomalyKind::damaged_options), 1u);
}

TEST(Signals, DamagedOptionListIsReported) {
  Script script;
  Tracked t;
  t.feed(script.open()).feed(script.bare(0, c2s, hex("1e14 2004 0000")));
  EXPECT_GE(t.count(AnomalyKind::damaged_options), 1u);
}

TEST(Signals, FastcloseThenData) {
  Script script;
  const Bytes text = sample(100);
  const Segment late = script.data(0, c2s, 0, text);
  Tracked t;
  t.feed(script.open());
  const Segment close = script.bare(0, c2s, hex("1e0c 7000 0101010101010101"), tcp_rst | tcp_ack);
  t.feed(Segments{close, close, late});
  EXPECT_TRUE(t.only().fastclose);
  EXPECT_EQ(t.count(AnomalyKind::fastclose), 1u);
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(Signals, Resets) {
  Script script;
  const auto w = script.add_wire();
  Tracked t;
  t.feed(script.open()).feed(script.open(w));
  t.feed(script.bare(0, s2c, hex("1e04 8001"), tcp_rst));
  Segment plain = script.bare(w, s2c, {}, tcp_rst);
  plain.payload = sample(10);  // a text for people, not stream bytes
  t.feed(plain).feed(plain);
  EXPECT_EQ(t.count(AnomalyKind::subflow_reset), 2u);
  EXPECT_TRUE(t.only().subflows[0]->reset && t.only().subflows[1]->reset);
  EXPECT_EQ(t.stream(s2c).counters().captured, 0u);
  EXPECT_EQ(t.tracker->on_segment({}), nullptr);
}

}  // namespace
}  // namespace mps::test
