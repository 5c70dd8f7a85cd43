// SPDX-License-Identifier: GPL-2.0-or-later
// Captures that begin too late, or files whose clocks differ: no SYN, an SYN after its data, nothing but
// data.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

TEST(Late, ThirdAckTellsEverything) {
  for (const unsigned version : {0u, 1u}) {
    Script script(version);
    const Bytes up = sample(100), down = sample(100, 2);
    Tracked t;
    t.feed(script.third_ack());
    t.feed(script.data(0, c2s, 0, up)).feed(script.data(0, s2c, 0, down)).finish();
    EXPECT_EQ(t.bytes(c2s), up);
    EXPECT_EQ(t.bytes(s2c), down);
    EXPECT_EQ(t.damage(), 0u);
  }
}

TEST(Late, ThirdAckAfterData) {
  for (const bool from_listener_first : {false, true}) {
    Script script;
    const Bytes up = sample(100), down = sample(100, 2);
    const Segment a = script.data(0, c2s, 0, up), b = script.data(0, s2c, 0, down);
    Tracked t;
    t.feed(from_listener_first ? Segments{b, a} : Segments{a, b}).feed(script.third_ack()).finish();
    EXPECT_EQ(t.bytes(c2s), up);
    EXPECT_EQ(t.bytes(s2c), down);
    EXPECT_EQ(t.only().subflows[0]->opener, script.wires[0].opener);
  }
}

/// Any order of all segments of a connection gives both streams; the listener's segments may come first, so
/// that the one who answers looks like the one who opened.
TEST(Late, EveryOrderGivesTheSameStreams) {
  for (const auto& [version, flags] : {std::pair<unsigned, std::uint8_t>{0, 0x01}, {1, 0x11}}) {
    Script script(version, flags);
    const Bytes up = sample(200), down = sample(200, 2);
    Segments segments = script.open();
    segments.push_back(script.data(0, c2s, 0, slice(up, 0, 100)));
    segments.push_back(script.data(0, s2c, 0, slice(down, 0, 100)));
    segments.push_back(script.data(0, c2s, 100, slice(up, 100, 100), {.fin = true}));
    segments.push_back(script.data(0, s2c, 100, slice(down, 100, 100), {.fin = true}));
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6};
    do {
      Segments shuffled;
      std::string which;
      for (const std::size_t i : order) {
        shuffled.push_back(segments[i]);
        which += std::to_string(i);
      }
      Tracked t;
      t.feed(shuffled).finish();
      ASSERT_EQ(t.live().size(), 1u) << which;
      ASSERT_TRUE(t.any_bytes(c2s) && t.any_bytes(s2c)) << which << " v" << version;
      ASSERT_EQ(t.bytes(c2s), up) << which;
      ASSERT_EQ(t.bytes(s2c), down) << which;
      ASSERT_TRUE(t.stream(c2s).complete() && t.stream(s2c).complete()) << which;
      ASSERT_EQ(t.only().subflows[0]->opener, script.wires[0].opener) << which;
      ASSERT_EQ(t.only().scrambled, flags == 0x11) << which;
      ASSERT_EQ(t.damage(), 0u) << which;
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

/// A SYN that announces H1 after one that announced nothing, of which only the sender's key is known: H1
/// needs both.
TEST(Late, AnotherSchemeIsNotAdoptedWithoutItsKeys) {
  Script script(0);
  const Bytes up = sample(100);
  const Segment plain = script.syn(), data = script.data(0, c2s, 0, up);
  script.flags |= 0x08;
  Tracked t;
  t.feed(plain).feed(script.syn()).feed(data).finish();
  EXPECT_FALSE(t.only().scrambled);
  for (const Direction d : both_directions)
    EXPECT_TRUE(!t.only().scrambled || t.only().has_keys_for(d) || !t.stream(d).released());
  EXPECT_EQ(t.bytes(c2s), up);
}

TEST(Late, WithoutSynTheIsnIsTakenFromMappings) {
  Script script;
  const Bytes text = sample(400);
  (void)script.data(0, c2s, 0, slice(text, 0, 100));  // before the capture
  Tracked t;
  for (std::size_t at = 100; at < 400; at += 100) t.feed(script.data(0, c2s, at, slice(text, at, 100)));
  t.finish();
  EXPECT_EQ(t.count(AnomalyKind::isn_guessed), 1u);
  EXPECT_TRUE(t.only().subflows[0]->sent[0].isn_guessed);
  EXPECT_EQ(t.only().subflows[0]->sent[0].isn, script.wires[0].isn[0]);
  EXPECT_EQ(t.stream(c2s).counters().captured, 300u);
  EXPECT_TRUE(t.stream(c2s).gaps().empty());
  EXPECT_FALSE(t.stream(c2s).origin_known());
}

TEST(Late, OneMappingIsEnoughInTheEnd) {
  Script script;
  Tracked t;
  t.feed(script.data(0, c2s, 0, sample(100)));
  EXPECT_EQ(t.stream(c2s).counters().captured, 0u);
  t.finish();
  EXPECT_EQ(t.stream(c2s).counters().captured, 100u);
}

TEST(Late, UnknownIsnIsReported) {
  Script script;
  Tracked t;
  t.feed(script.data(0, c2s, 0, sample(100), {.map_length = 1000}));
  t.feed(script.data(0, c2s, 100, sample(100), {.mapped = false})).finish();
  ASSERT_EQ(t.count(AnomalyKind::isn_unknown), 1u);
  EXPECT_EQ(t.tracker->anomalies().list().back().count, 200u);
}

TEST(Late, MappingsSaidBeforeTheSynHold) {
  Script script;
  const Bytes text = sample(300);
  Tracked t;
  t.feed(script.data(0, c2s, 0, slice(text, 0, 100), {.map_length = 300}));
  t.feed(script.data(0, c2s, 100, slice(text, 100, 200), {.mapped = false}));
  t.feed(script.open()).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.damage(), 0u);
}

/// The well-known port opened nothing: who answers from port 80 is the listener.
TEST(Late, WellKnownPortIsTheListener) {
  Script script;
  script.wires[0].accepter.port = 80;
  Tracked t;
  t.feed(script.data(0, s2c, 0, sample(100))).feed(script.data(0, s2c, 100, sample(100))).finish();
  EXPECT_EQ(t.only().subflows[0]->listener(), script.wires[0].accepter);
  EXPECT_EQ(t.stream(s2c).counters().captured, 200u);
}

/// Once two subflows are up, either may carry the first stream byte: the first byte of a subflow tells no
/// origin.
TEST(Late, FirstSubflowByteNeedNotBeginTheStream) {
  Script script;
  const auto w = script.add_wire();
  const Bytes text = sample(300);
  const Segment middle = script.data(0, s2c, 100, slice(text, 100, 200));
  Tracked t;
  t.feed(Segments{script.syn(), middle});
  EXPECT_FALSE(t.stream(s2c).origin_known());
  t.feed(Segments{script.syn_ack(), script.third_ack()}).feed(script.open(w));
  t.feed(script.data(w, s2c, 0, slice(text, 0, 100))).finish();
  EXPECT_EQ(t.bytes(s2c), text);
}

TEST(Late, SynOfANewSubflowDoesNotAdoptOldBytes) {
  Script old, fresh;
  fresh.wires[0].isn[0] = old.wires[0].isn[0] + 0x70000000;
  const Bytes text = sample(100);
  Tracked t;
  t.feed(old.data(0, c2s, 0, text)).feed(fresh.open()).feed(fresh.data(0, c2s, 0, text)).finish();
  EXPECT_EQ(t.live().size(), 2u);
}

}  // namespace
}  // namespace mps::test
