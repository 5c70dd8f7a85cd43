// SPDX-License-Identifier: GPL-2.0-or-later
// MP_JOIN (RFC 8684 3.2): which subflows belong together, from either side, before and after their connection
// is known.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

/// Both directions over both subflows: 0..99 on the first, 100..199 on the other.
struct TwoPaths {
  explicit TwoPaths(bool by_listener, unsigned version = 1, bool ipv6 = false, bool wide = true)
      : script(version), w(script.add_wire(by_listener, ipv6)) {
    const How how{.dsn_is_64 = wide};
    first = script.open(0) + Segments{script.data(0, c2s, 0, slice(up, 0, 100), how),
                                      script.data(0, s2c, 0, slice(down, 0, 100), how)};
    second = script.open(w) + Segments{script.data(w, c2s, 100, slice(up, 100, 100), how),
                                       script.data(w, s2c, 100, slice(down, 100, 100), how)};
  }
  void expect_whole(const Tracked& t) const {
    EXPECT_EQ(t.bytes(c2s), up);
    EXPECT_EQ(t.bytes(s2c), down);
    EXPECT_EQ(t.only().subflows.size(), 2u);
    EXPECT_EQ(t.damage(), 0u);
  }
  Script script;
  std::size_t w;
  Bytes up = sample(200, 1), down = sample(200, 2);
  Segments first, second;
};

class Join : public testing::TestWithParam<std::tuple<bool, unsigned, bool, bool>> {
 protected:
  TwoPaths paths() const {
    const auto [by_listener, version, ipv6, wide] = GetParam();
    return TwoPaths(by_listener, version, ipv6, wide);
  }
};

TEST_P(Join, AfterTheHandshake) {
  TwoPaths p = paths();
  Tracked t;
  t.feed(p.first).feed(p.second).finish();
  p.expect_whole(t);
  const Subflow& joined = *t.only().subflows[1];
  EXPECT_EQ(joined.opener_is_initiator, !std::get<0>(GetParam()));
  EXPECT_EQ(joined.token, p.script.token(joined.opener_is_initiator));
  EXPECT_EQ(joined.hmac_checked[0], Subflow::Hmac::right);
  EXPECT_EQ(joined.hmac_checked[1], Subflow::Hmac::right);
}

/// Files in the other order, or clocks apart: the orphan is adopted once the keys are known.
TEST_P(Join, BeforeTheHandshake) {
  TwoPaths p = paths();
  Tracked t;
  t.feed(p.second);
  EXPECT_TRUE(t.only().is_orphan());
  EXPECT_TRUE(t.only().orphan_token.has_value());
  t.feed(p.first).finish();
  p.expect_whole(t);
}

TEST_P(Join, InEveryOrderOfItsSegments) {
  TwoPaths p = paths();
  std::vector<std::size_t> order(p.second.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    for (const bool joined_first : {false, true}) {
      Segments shuffled;
      for (const std::size_t i : order) shuffled.push_back(p.second[i]);
      Tracked t;
      t.feed(joined_first ? shuffled + p.first : p.first + shuffled).finish();
      std::string which;
      for (const std::size_t i : order) which += std::to_string(i);
      SCOPED_TRACE(which + (joined_first ? " before the handshake" : " after the handshake"));
      ASSERT_EQ(t.live().size(), 1u);
      p.expect_whole(t);
      if (testing::Test::HasFailure()) return;
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(Join, HandshakeInEveryOrderOfItsSegments) {
  TwoPaths p = paths();
  std::vector<std::size_t> order(p.first.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    Segments shuffled;
    for (const std::size_t i : order) shuffled.push_back(p.first[i]);
    Tracked t;
    t.feed(p.second + shuffled).finish();
    std::string which;
    for (const std::size_t i : order) which += std::to_string(i);
    SCOPED_TRACE(which);
    ASSERT_EQ(t.live().size(), 1u);
    p.expect_whole(t);
    if (testing::Test::HasFailure()) return;
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(All, Join,
                         testing::Combine(testing::Bool(), testing::Values(0u, 1u), testing::Bool(),
                                          testing::Bool()),
                         [](const auto& p) {
                           return std::string(std::get<0>(p.param) ? "ByListener" : "ByInitiator") + "V" +
                                  std::to_string(std::get<1>(p.param)) +
                                  (std::get<2>(p.param) ? "Ipv6" : "Ipv4") +
                                  (std::get<3>(p.param) ? "Wide" : "Narrow");
                         });

TEST(JoinAlone, IsAnOrphanByItsToken) {
  TwoPaths p(false);
  Tracked t;
  t.feed(p.second).finish();
  EXPECT_TRUE(t.only().is_orphan());
  EXPECT_EQ(t.only().orphan_token, p.script.token(true));
  EXPECT_EQ(t.count(AnomalyKind::join_unknown_token), 1u);
  EXPECT_FALSE(t.stream(c2s).origin_known());
  EXPECT_EQ(t.stream(c2s).counters().captured, 100u);
}

TEST(JoinAlone, SubflowsOfOneTokenAreOneConnection) {
  Script script;
  const auto a = script.add_wire(), b = script.add_wire(false, true);
  Tracked t;
  t.feed(script.open(a)).feed(script.open(b)).finish();
  EXPECT_EQ(t.only().subflows.size(), 2u);
}

/// One subflow from either side: two tokens, and only the keys tell that they are one connection.
TEST(JoinAlone, TokensOfBothSidesMeetWhenTheKeysCome) {
  Script script;
  const auto a = script.add_wire(false), b = script.add_wire(true);
  const Bytes text = sample(200);
  Tracked t;
  t.feed(script.open(a)).feed(script.data(a, c2s, 0, slice(text, 0, 100)));
  t.feed(script.open(b)).feed(script.data(b, c2s, 100, slice(text, 100, 100)));
  EXPECT_EQ(t.live().size(), 2u);
  t.feed(script.open(0)).finish();
  EXPECT_EQ(t.only().subflows.size(), 3u);
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(JoinAlone, KeyLogNamesBothSidesTokens) {
  Script script;
  const auto a = script.add_wire(false), b = script.add_wire(true);
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  const Bytes text = sample(200);
  Tracked t(Tracked::Memory::archive, {}, &log);
  t.feed(script.open(b)).feed(script.data(b, c2s, 100, slice(text, 100, 100)));
  t.feed(script.open(a)).feed(script.data(a, c2s, 0, slice(text, 0, 100)));
  t.finish();
  EXPECT_EQ(t.only().subflows.size(), 2u);
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.only().key_source[0], KeySource::key_log);
}

TEST(JoinHmac, WrongOnesAreReported) {
  for (const std::size_t which : {1u, 2u}) {
    TwoPaths p(false);
    p.second[which].options[5] ^= 1;
    Tracked t;
    t.feed(p.first).feed(p.second).finish();
    EXPECT_EQ(t.count(AnomalyKind::join_hmac_wrong), 1u);
    EXPECT_EQ(t.only().subflows[1]->hmac_checked[which == 1 ? 1 : 0], Subflow::Hmac::wrong);
    EXPECT_EQ(t.only().subflows[1]->hmac_checked[which == 1 ? 0 : 1], Subflow::Hmac::right);
  }
}

/// An MP_JOIN forged onto the ports of an initial subflow whose SYN is not in the capture must not take it
/// over.
TEST(JoinForged, DoesNotSwallowAConnection) {
  Script victim, other;
  other.keys[0][7] = 0x77;
  other.keys[1][7] = 0x78;
  other.wires[0].opener.port = 50000;
  const auto w = other.add_wire();
  other.wires[w].opener = victim.wires[0].opener;
  other.wires[w].accepter = victim.wires[0].accepter;
  other.wires[w].isn[0] = victim.wires[0].isn[0];
  const Bytes text = sample(100);
  Tracked t;
  t.feed(other.open(0)).feed(victim.third_ack());
  t.feed(other.syn(w));
  t.feed(victim.data(0, c2s, 0, text));
  const auto v = victim.add_wire();
  t.feed(victim.open(v)).feed(victim.data(v, c2s, 100, text)).finish();
  std::uint64_t captured = 0;
  for (const Connection* connection : t.live()) captured += connection->stream(c2s).counters().captured;
  EXPECT_EQ(captured, 200u);
  for (const Connection* connection : t.live())
    if (connection->keys[0] == victim.keys[0]) {
      EXPECT_EQ(connection->subflows.size(), 2u);
    }
}

/// What an orphan counted stays counted, once.
TEST(JoinMerge, CountersAddUp) {
  for (const bool keep : {false, true}) {
    TwoPaths p(false);
    const Segment again = p.script.data(p.w, c2s, 100, slice(p.up, 100, 100), {.ssn = 1});
    const Segment reinjected = p.script.data(p.w, c2s, 0, slice(p.up, 0, 100));
    for (const auto memory : {Tracked::Memory::archive, Tracked::Memory::copies}) {
      Tracked t(memory, {.keep_extents = keep});
      t.feed(p.second).feed(again).feed(reinjected).feed(p.first).finish();
      const auto& counters = t.stream(c2s).counters();
      EXPECT_EQ(counters.captured, 200u);
      EXPECT_EQ(counters.retransmitted, 100u);
      EXPECT_EQ(counters.reinjected, 100u);
      std::uint64_t fresh = 0;
      for (const auto& subflow : t.only().subflows) fresh += subflow->carrying(c2s).fresh_bytes;
      EXPECT_EQ(fresh, 200u);
      if (keep) {
        EXPECT_EQ(t.stream(c2s).extents().size(), 4u);
      }
      if (!keep) {
        EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
      }
    }
  }
}

}  // namespace
}  // namespace mps::test
