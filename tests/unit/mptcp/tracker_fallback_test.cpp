// SPDX-License-Identifier: GPL-2.0-or-later
// Fallback to TCP (RFC 8684 3.7) and what is no MPTCP at all.
#include <gtest/gtest.h>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

Segments without_options(Segments segments) {
  for (Segment& segment : segments) segment.options.clear();
  return segments;
}

TEST(Fallback, PeerDoesNotKnowMptcp) {
  for (const std::uint8_t flags : {0x01, 0x11}) {
    Script script(1, flags);
    const Bytes up = sample(100), down = sample(100, 2);
    Tracked t;
    t.feed(script.syn());
    t.feed(without_options(
        {script.syn_ack(), script.third_ack(), script.data(0, c2s, 0, up), script.data(0, s2c, 0, down)}));
    t.finish();
    EXPECT_TRUE(t.only().fallback);
    EXPECT_FALSE(t.only().scrambled);
    EXPECT_EQ(t.count(AnomalyKind::fallback), 1u);
    EXPECT_EQ(t.bytes(c2s), up);
    EXPECT_EQ(t.bytes(s2c), down);
    EXPECT_EQ(t.damage(), 0u);
  }
}

/// A middlebox takes the options off after the handshake.
TEST(Fallback, OptionsVanish) {
  Script script(1, 0x11);
  const Bytes up = sample(100), down = sample(100, 2);
  Tracked t;
  t.feed(Segments{script.syn(), script.syn_ack()});
  t.feed(without_options({script.third_ack(), script.data(0, c2s, 0, up), script.data(0, s2c, 0, down)}))
      .finish();
  EXPECT_TRUE(t.only().fallback);
  EXPECT_EQ(t.bytes(c2s), up);
  EXPECT_EQ(t.bytes(s2c), down);
}

TEST(Fallback, NothingSentIsNoFallback) {
  Script script;
  Tracked t;
  t.feed(script.open()).finish();
  EXPECT_FALSE(t.only().fallback);
}

TEST(InfiniteMapping, MapsTheRestOfTheSubflow) {
  Script script;
  const Bytes text = sample(400);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  t.feed(script.data(0, c2s, 100, slice(text, 100, 100), {.map_length = 0}));
  t.feed(script.data(0, c2s, 200, slice(text, 200, 100), {.mapped = false}));
  t.feed(script.data(0, c2s, 300, slice(text, 300, 100))).finish();  // a mapping that says the same
  EXPECT_TRUE(t.only().infinite_mapping);
  EXPECT_EQ(t.count(AnomalyKind::infinite_mapping), 1u);
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.damage(), 0u);
}

TEST(InfiniteMapping, ContradictedLater) {
  Script script;
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100), {.map_length = 0}));
  t.feed(script.data(0, c2s, 5000, slice(text, 100, 100))).finish();
  EXPECT_EQ(t.count(AnomalyKind::conflicting_mapping), 1u);
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(NotMptcp, IsLeftAlone) {
  Script script;
  const Segments plain = without_options(script.open() + Segments{script.data(0, c2s, 0, sample(10))});
  Tracked t;
  for (const Segment& segment : plain) EXPECT_EQ(t.feed_one(segment), nullptr);
  EXPECT_EQ(t.tracker->tcp_segments(), 4u);
  EXPECT_EQ(t.tracker->mptcp_segments(), 0u);
  EXPECT_TRUE(t.live().empty());
}

TEST(NotMptcp, StrayOptionsOpenNothing) {
  Script script;
  Tracked t;
  t.feed(script.bare(0, s2c, hex("1e08 3401 0a000001")))
      .feed(script.bare(0, s2c, hex("1e04 8001"), tcp_rst))
      .finish();
  EXPECT_TRUE(t.live().empty());
}

}  // namespace
}  // namespace mps::test
