// SPDX-License-Identifier: GPL-2.0-or-later
// Hostile amounts: floods, limits that are reported, and work that grows with the input and not with its
// square. Work is counted in reads of held payload, never in seconds.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

TEST(Floods, ForgedJoins) {
  Script script;
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  const auto w = script.add_wire();
  for (std::uint32_t n = 0; n < 10000; ++n) {
    script.wires[w].opener = endpoint(n % 60000, static_cast<std::uint16_t>(1024 + n));
    script.wires[w].isn[0] = n * 7919;
    t.feed(script.syn(w));
  }
  t.feed(script.data(0, c2s, 100, slice(text, 100, 100))).finish();
  EXPECT_EQ(t.only().subflows.size(), TrackerOptions{}.max_subflows_per_connection);
  EXPECT_EQ(t.tracker->refused_connections(), 10001 - TrackerOptions{}.max_subflows_per_connection);
  EXPECT_GE(t.count(AnomalyKind::limit_reached), 1u);
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(Floods, UnknownTokensUpToTheLimit) {
  Script script;
  const auto w = script.add_wire();
  Tracked t(Tracked::Memory::archive, {.max_connections = 1000});
  for (std::uint32_t n = 0; n < 3000; ++n) {
    script.keys[1][0] = static_cast<std::uint8_t>(n);
    script.keys[1][1] = static_cast<std::uint8_t>(n >> 8);
    script.wires[w].opener = endpoint(n, static_cast<std::uint16_t>(1024 + n));
    t.feed(script.syn(w));
  }
  t.finish();
  EXPECT_EQ(t.live().size(), 1000u);
  EXPECT_EQ(t.tracker->refused_connections(), 2000u);
}

TEST(Floods, SynsUpToTheLimit) {
  Script script;
  Tracked t(Tracked::Memory::archive, {.max_connections = 2000});
  for (std::uint32_t n = 0; n < 10000; ++n) {
    script.wires[0].opener = endpoint(n, static_cast<std::uint16_t>(n));
    t.feed(script.syn());
  }
  t.finish();
  EXPECT_EQ(t.live().size(), 2000u);
  EXPECT_EQ(t.tracker->refused_connections(), 8000u);
}

/// A hundred thousand SYNs on one pair of ports: were every one of them looked at for every segment, this
/// would take 10^10 steps and the time limit of the test would end it.
TEST(Floods, SynsOnTheSamePorts) {
  Script script, forged;
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  for (std::uint32_t n = 1; n <= 100000; ++n) {
    forged.wires[0].isn[0] = script.wires[0].isn[0] - n * 1000;
    t.feed(forged.syn());
  }
  for (int n = 0; n < 100000; ++n) t.feed(forged.bare(0, s2c, {}));
  t.finish();
  EXPECT_EQ(t.tracker->refused_connections(), 0u);
}

/// Payload without mapping, and as many mappings elsewhere: each must look only at what it covers.
TEST(Pathological, UnmappedPayloadIsNotReadAgainForEveryMapping) {
  Script script;
  Tracked t;
  t.feed(script.open());
  const Bytes text = sample(20);
  for (std::uint32_t n = 0; n < 40000; ++n) {
    t.feed(script.data(0, c2s, 0, slice(text, 0, 10), {.mapped = false}));
    t.feed(script.data(0, c2s, n * 10, slice(text, 10, 10)));
  }
  t.finish();
  EXPECT_EQ(t.bytes(c2s).size(), 400000u);
  EXPECT_EQ(t.tracker->anomalies().list().back().count, 400000u);
  EXPECT_LT(t.archive.reads, 1000u);
}

TEST(Pathological, ReverseOrder) {
  constexpr std::size_t count = 20000;
  Script script;
  const Bytes text = sample(count * 10);
  Segments segments;
  for (std::size_t n = 0; n < count; ++n)
    segments.push_back(script.data(0, c2s, n * 10, slice(text, n * 10, 10)));
  std::reverse(segments.begin(), segments.end());
  Tracked t;
  t.feed(script.open()).feed(segments).finish();
  EXPECT_TRUE(t.bytes(c2s) == text);
  EXPECT_LE(t.archive.reads, 2 * count);
}

/// Every payload comes before its mapping.
TEST(Pathological, MappingsAfterAllPayload) {
  constexpr std::size_t count = 10000;
  Script script;
  const Bytes text = sample(count * 10);
  Segments payload, mappings;
  for (std::size_t n = 0; n < count; ++n) {
    Segment segment = script.data(0, c2s, n * 10, slice(text, n * 10, 10));
    Segment mapping = segment;
    mapping.payload.clear();
    segment.options.clear();
    payload.push_back(segment);
    mappings.push_back(mapping);
  }
  for (const bool reversed : {false, true}) {
    if (reversed) std::reverse(mappings.begin(), mappings.end());
    for (const auto memory : {Tracked::Memory::archive, Tracked::Memory::copies}) {
      Tracked t(memory);
      t.feed(script.open()).feed(payload).feed(mappings).finish();
      EXPECT_TRUE(t.bytes(c2s) == text);
      EXPECT_LE(t.archive.reads, 3 * count);
      EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
    }
  }
}

TEST(Limits, CopiedBytes) {
  for (const bool keep : {false, true}) {
    Script script;
    const Bytes text = sample(1000);
    Tracked t(Tracked::Memory::copies, {.keep_extents = keep, .max_copied_bytes = 300});
    t.feed(script.open());
    for (std::size_t at = 100; at < 1000; at += 100) {
      t.feed(script.data(0, c2s, at, slice(text, at, 100), {.ssn = static_cast<std::uint32_t>(at + 1)}));
      EXPECT_LE(t.tracker->store().copied_bytes(), 300u);
    }
    t.feed(script.data(0, c2s, 0, slice(text, 0, 100), {.ssn = 1})).finish();
    EXPECT_EQ(t.bytes(c2s).size(), 400u);
    EXPECT_GE(t.count(AnomalyKind::limit_reached), 6u);
    EXPECT_EQ(t.stream(c2s).counters().dropped_by_limit, 600u);
  }
}

TEST(Limits, UnmappedPayload) {
  Script script;
  Tracked t(Tracked::Memory::copies, {.max_copied_bytes = 250});
  t.feed(script.open());
  for (int n = 0; n < 5; ++n) t.feed(script.data(0, c2s, 0, sample(100), {.mapped = false}));
  EXPECT_EQ(t.count(AnomalyKind::limit_reached), 3u);
}

/// Repetitions and what lies outside the stream must give back the memory that they waited in.
TEST(Limits, WaitingCopiesAreGivenBack) {
  Script script;
  const Bytes text = sample(300);
  Tracked t(Tracked::Memory::copies);
  t.feed(script.open());
  script.add_wire();
  t.feed(script.open(1));
  t.feed(script.data(0, c2s, 0, slice(text, 0, 200)));
  Segment late = script.data(1, c2s, 100, slice(text, 100, 200));  // the half of it is new
  Segment mapping = late;
  mapping.payload.clear();
  late.options.clear();
  t.feed(late);
  EXPECT_EQ(t.tracker->store().copied_bytes(), 200u);
  t.feed(mapping);
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
}

TEST(Limits, GiantJumpsCostNothing) {
  Script script;
  const Bytes text = sample(100);
  Tracked t;
  t.feed(script.open());
  for (std::uint64_t n = 0; n < 1000; ++n) t.feed(script.data(0, c2s, n << 30, text));
  t.finish();
  EXPECT_EQ(t.stream(c2s).counters().captured, 100000u);
  EXPECT_EQ(t.stream(c2s).gaps().size(), 999u);
}

TEST(Limits, OverlappingMappings) {
  Script script;
  const Bytes text = sample(2000);
  Tracked t;
  t.feed(script.open());
  for (std::uint32_t n = 0; n < 1000; ++n)
    t.feed(script.data(0, c2s, n, slice(text, n, 1000), {.ssn = n + 1}));
  t.finish();
  EXPECT_EQ(t.bytes(c2s), slice(text, 0, 1999));
  EXPECT_EQ(t.count(AnomalyKind::conflicting_mapping), 0u);
  EXPECT_EQ(t.only().subflows[0]->sent[0].mappings.mappings().size(), 1u);
}

TEST(Limits, MappingsAreForgottenNotHoarded) {
  for (const bool descending : {false, true}) {
    Script script;
    Tracked t;
    t.feed(script.open());
    for (std::uint32_t n = 0; n < 50000; ++n) {
      DssFields fields;
      const std::uint32_t k = descending ? 50000 - n : n;
      fields.dsn = script.origin(c2s) + k * 7;
      fields.ssn = 1 + k * 5;
      fields.length = 3;
      t.feed(script.bare(0, c2s, dss(fields)));
    }
    EXPECT_LE(t.only().subflows[0]->sent[0].mappings.mappings().size(), 16384u);
    EXPECT_TRUE(t.only().subflows[0]->sent[0].mappings.forgot_any());
  }
}

TEST(Limits, MappingsThatWaitForTheIsn) {
  Script script;
  Tracked t;
  for (std::uint32_t n = 0; n < 70000; ++n) {
    DssFields fields;
    fields.dsn = script.origin(c2s) + n * 7;
    fields.ssn = 1 + n * 5;
    fields.length = 3;
    t.feed(script.bare(0, c2s, dss(fields)));
  }
  EXPECT_GE(t.count(AnomalyKind::limit_reached), 1u);
}

/// Payload that overlaps itself by design, then mapped byte by byte: each mapping would take up all of it
/// again.
TEST(Pathological, WaitingPayloadMappedByteByByte) {
  Script script;
  Tracked t;
  t.feed(script.open());
  const Bytes text = sample(1000);
  constexpr std::uint32_t pieces = 5000;
  for (std::uint32_t n = 0; n < pieces; ++n)
    t.feed(script.data(0, c2s, 0, text, {.mapped = false, .ssn = 1}));
  for (std::uint32_t n = 0; n < 1000; ++n) {
    DssFields fields;
    fields.dsn = script.origin(c2s) + 2 * n;
    fields.ssn = 1 + n;
    fields.length = 1;
    t.feed(script.bare(0, c2s, dss(fields)));
  }
  t.finish();
  EXPECT_LT(t.archive.reads, 3'000'000u);  // of five million pieces times mappings
  EXPECT_GE(t.count(AnomalyKind::limit_reached), 1u);
}

/// One long piece makes every mapping look far back, at single bytes that it does not cover.
TEST(Pathological, MappingsThatCoverNothingThatWaits) {
  Script script;
  Tracked t;
  t.feed(script.open());
  t.feed(script.data(0, c2s, 0, sample(60000), {.mapped = false, .ssn = 100'000}));
  for (std::uint32_t n = 0; n < 20000; ++n)
    t.feed(script.data(0, c2s, 0, sample(1), {.mapped = false, .ssn = 10}));
  for (std::uint32_t n = 0; n < 20000; ++n) {
    DssFields fields;
    fields.dsn = script.origin(c2s) + 2 * n;
    fields.ssn = 20000 + n;
    fields.length = 1;
    t.feed(script.bare(0, c2s, dss(fields)));
  }
  t.finish();
  EXPECT_LE(t.only().subflows[0]->sent[0].waiting->looks, 20000u * 256 + 200'000);
  EXPECT_GE(t.count(AnomalyKind::limit_reached), 1u);
}

/// While only low 32 bits were seen, a 64-bit number that is small as well must not say all mappings anew.
TEST(Pathological, SmallNumbersInTheLongForm) {
  Script script;
  Tracked t;
  const auto w = script.add_wire();
  t.feed(script.syn(w));
  for (std::uint32_t n = 0; n < 200'000; ++n) {
    DssFields fields;
    fields.dsn = 1000 + 7 * n;
    fields.dsn_is_64 = true;
    fields.ssn = 1 + 5 * n;
    fields.length = 3;
    t.feed(script.bare(w, c2s, dss(fields)));
  }
  t.finish();
  EXPECT_EQ(t.only().subflows[0]->sent[0].mappings.mappings().empty(), false);
}

TEST(Limits, SubflowsOfAllConnections) {
  Tracked t(Tracked::Memory::archive, {.max_subflows_in_all = 50});
  for (std::uint32_t n = 0; n < 100; ++n) {
    Script script;
    script.keys[0][0] = static_cast<std::uint8_t>(n);
    script.wires[0].opener = endpoint(n, static_cast<std::uint16_t>(1024 + n));
    t.feed(script.syn());
  }
  t.finish();
  EXPECT_EQ(t.tracker->refused_connections(), 50u);
}

/// A connection that a late SYN would join to a full one stays by itself.
TEST(Limits, MergingDoesNotExceedTheSubflowLimit) {
  Script script;
  Tracked t(Tracked::Memory::archive, {.max_subflows_per_connection = 2});
  t.feed(script.open());
  for (const auto w : {script.add_wire(), script.add_wire(), script.add_wire()}) {
    t.feed(script.data(w, c2s, 100 * w, sample(100)));  // before its SYN
    t.feed(script.open(w));
  }
  t.finish();
  for (const Connection* connection : t.live()) EXPECT_LE(connection->subflows.size(), 2u);
  EXPECT_EQ(t.tracker->refused_connections(), 2u);
}

TEST(Limits, SingleBytesCountForWhatTheyCost) {
  PayloadStore store(nullptr, 1 << 20);
  const Bytes byte = sample(1);
  SegmentView segment;
  segment.payload = byte;
  std::size_t held = 0;
  while (held < 1 << 20 && store.hold(segment, byte) != no_locator) ++held;
  EXPECT_LT(held, std::size_t{1} << 15);
}

}  // namespace
}  // namespace mps::test
