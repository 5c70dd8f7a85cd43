// SPDX-License-Identifier: GPL-2.0-or-later
// MP_CAPABLE (RFC 6824 and RFC 8684, 3.1): versions, keys, the flag bit, the implicit first mapping, TCP Fast
// Open.
#include <gtest/gtest.h>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

constexpr std::uint8_t flagged = 0x11;

TEST(Handshake, Version1) {
  Script script(1);
  Tracked t;
  t.feed(script.open());
  const Connection& connection = t.only();
  EXPECT_EQ(connection.version, 1);
  EXPECT_EQ(connection.hash, KeyHash::sha256);
  EXPECT_EQ(connection.keys[0], script.keys[0]);
  EXPECT_EQ(connection.keys[1], script.keys[1]);
  EXPECT_EQ(connection.key_source[0], KeySource::handshake);
  EXPECT_EQ(connection.stream(c2s).origin().value, script.origin(c2s));
  EXPECT_EQ(connection.stream(s2c).origin().value, script.origin(s2c));
  EXPECT_FALSE(connection.scrambled);
  EXPECT_EQ(t.tracker->anomalies().total(), 0u);
}

TEST(Handshake, Version1SynCarriesNoKey) {
  Script script(1);
  Tracked t;
  t.feed(script.syn());
  EXPECT_FALSE(t.only().keys[0] || t.only().keys[1]);
  t.feed(script.syn_ack());
  EXPECT_FALSE(t.only().keys[0].has_value());
  EXPECT_EQ(t.only().keys[1], script.keys[1]);
}

TEST(Handshake, Version0) {
  Script script(0);
  Tracked t;
  t.feed(script.syn());
  EXPECT_EQ(t.only().keys[0], script.keys[0]);
  EXPECT_EQ(t.only().version, 0);
  t.feed(script.syn_ack());
  EXPECT_EQ(t.only().hash, KeyHash::sha1);
  EXPECT_EQ(t.stream(s2c).origin().value, script.origin(s2c));
}

TEST(Handshake, VersionNibbleLies) {
  Script script(0);
  script.nibble = 1;
  const Bytes text = sample(100);
  Tracked t;
  t.feed(script.open()).feed(script.data(0, c2s, 0, text));
  EXPECT_EQ(t.only().version, 0);
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.count(AnomalyKind::version_contradiction), 1u);
}

/// Without the SYN only the data can tell that the nibble lies.
TEST(Handshake, VersionNibbleLiesAndSynIsMissing) {
  Script script(0);
  script.nibble = 1;
  for (const bool wide : {true, false}) {
    const Bytes text = sample(100);
    Tracked t;
    t.feed(Segments{script.syn_ack(), script.third_ack()});
    t.feed(script.data(0, c2s, 0, text, {.dsn_is_64 = wide, .ssn = 1}));
    EXPECT_EQ(t.only().version, 0);
    EXPECT_EQ(t.bytes(c2s), text);
  }
}

TEST(Handshake, FirstDataInMpCapable) {
  for (const bool checksums : {false, true}) {  // option lengths 22 and 24
    Script script(1, checksums ? 0x81 : 0x01);
    script.checksums = checksums;
    const Bytes text = sample(300);
    Tracked t;
    t.feed(script.open());
    const Segment first = script.capable_data(slice(text, 0, 100));
    t.feed(Segments{first, first});  // retransmitted
    t.feed(script.data(0, c2s, 100, slice(text, 100, 200)));
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.stream(c2s).counters().retransmitted, 100u);
    EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_right, checksums ? 2u : 0u);
    EXPECT_EQ(t.damage(), 0u);
  }
}

/// Segmentation below TCP repeats the option on each part.
TEST(Handshake, FirstDataInMpCapableOnSeveralSegments) {
  Script script;
  const Bytes text = sample(300);
  const Segment first = script.capable_data(slice(text, 0, 100), 300);
  const Segment second = script.capable_data(slice(text, 100, 200), 300);
  for (const bool swapped : {false, true}) {
    Tracked t;
    t.feed(script.open());
    t.feed(swapped ? Segments{second, first} : Segments{first, second});
    EXPECT_EQ(t.bytes(c2s), text);
  }
}

/// The third ACK was lost; the first data carries both keys as well.
TEST(Handshake, KeysFromFirstDataAlone) {
  Script script;
  const Bytes text = sample(100);
  Tracked t;
  t.feed(Segments{script.syn(), script.syn_ack(), script.capable_data(text)});
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(Handshake, PayloadBeforeItsMpCapableIsChecked) {
  Script script(1, 0x81);
  script.checksums = true;
  const Bytes text = sample(100);
  Segment without = script.data(0, c2s, 0, text, {.mapped = false, .ssn = 1});
  Tracked t;
  t.feed(script.open()).feed(without).feed(script.capable_data(text));
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.only().subflows[0]->sent[0].checksums_right, 1u);
}

TEST(Handshake, RetransmittedSegmentsChangeNothing) {
  for (const unsigned version : {0u, 1u}) {
    Script script(version);
    Tracked t;
    t.feed(script.open()).feed(script.open());
    EXPECT_EQ(t.only().subflows.size(), 1u);
    EXPECT_EQ(t.tracker->anomalies().total(), 0u);
  }
}

TEST(Handshake, OtherKeysInOneHandshakeAreReported) {
  Script script;
  Tracked t;
  t.feed(script.open());
  script.keys[0][0] ^= 1;
  t.feed(script.third_ack());
  EXPECT_EQ(t.count(AnomalyKind::key_mismatch), 1u);
}

// --- whether it is scrambled ---

TEST(ScrambleFlag, BothSidesMustShowIt) {
  for (const auto& [initiator, listener] : {std::pair{flagged, flagged}, {flagged, 0x01}, {0x01, flagged}}) {
    Script script(1, initiator);
    Tracked t;
    t.feed(script.syn());
    Segment answer = script.syn_ack();
    answer.options[3] = static_cast<std::uint8_t>(listener);
    t.feed(answer);
    EXPECT_EQ(t.only().scrambled, initiator == flagged && listener == flagged);
  }
}

TEST(ScrambleFlag, OneSideCounts) {
  for (const bool from_listener : {false, true}) {
    Script script(1, flagged);
    Tracked t;
    t.feed(from_listener ? script.syn_ack() : script.third_ack());
    EXPECT_TRUE(t.only().scrambled && t.only().announced);
  }
}

TEST(ScrambleFlag, BitIsConfigurable) {
  Script script(1, 0x03);
  Tracked with(Tracked::Memory::archive, {.flags = {{0x02, 0x08, 0x04}}}), without;
  with.feed(script.open());
  without.feed(script.open());
  EXPECT_TRUE(with.only().scrambled);
  EXPECT_FALSE(without.only().scrambled);
}

TEST(ScrambleFlag, EachSchemeHasItsOwn) {
  for (const auto& [bits, scheme] :
       {std::pair{0x11, Scheme::paper}, {0x09, Scheme::h1}, {0x05, Scheme::h2}, {0x0d, Scheme::h1}}) {
    Script script(1, static_cast<std::uint8_t>(bits));
    Tracked t, told(Tracked::Memory::archive, {.scheme = Scheme::h2});
    t.feed(script.open());
    told.feed(script.open());
    EXPECT_TRUE(t.only().scrambled);
    EXPECT_EQ(t.only().announced, scheme);
    EXPECT_EQ(t.only().scheme, scheme);
    EXPECT_EQ(told.only().announced, scheme);
    EXPECT_EQ(told.only().scheme, Scheme::h2);
  }
}

/// A hardened stream takes both keys, and one side's offer is not the other's consent.
TEST(ScrambleFlag, BothSidesMustMeanTheSameScheme) {
  Script script(1, 0x09);
  Tracked t;
  t.feed(script.syn());
  Segment answer = script.syn_ack();
  answer.options[3] = 0x05;
  t.feed(answer);
  EXPECT_FALSE(t.only().scrambled);
}

TEST(ScrambleFlag, RulesAssumeAndNever) {
  Script plain(1), marked(1, flagged);
  Tracked assume(Tracked::Memory::archive, {.scrambled = ScrambleRule::assume});
  Tracked never(Tracked::Memory::archive, {.scrambled = ScrambleRule::never});
  assume.feed(plain.open());
  never.feed(marked.open());
  EXPECT_TRUE(assume.only().scrambled);
  EXPECT_FALSE(never.only().scrambled);
}

/// Only scrambling endpoints write a key log.
TEST(ScrambleFlag, KeyLogStandsInForIt) {
  Script script;
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  Tracked t(Tracked::Memory::archive, {}, &log);
  t.feed(script.open());
  EXPECT_TRUE(t.only().scrambled);
  EXPECT_FALSE(t.only().announced);
}

/// Nothing is handed on before the sender's key is there to descramble it with.
TEST(ScrambleFlag, ScrambledBytesWaitForTheKey) {
  Script script(1, flagged);
  const Bytes text = sample(50);
  Tracked t;
  t.feed(script.syn());
  t.feed(script.data(0, c2s, 0, text));
  EXPECT_FALSE(t.any_bytes(c2s));
  t.feed(script.third_ack());
  EXPECT_EQ(t.bytes(c2s), text);
}

// --- keys from a log ---

TEST(KeyLogKeys, FillInWhatTheCaptureLacks) {
  Script script(1, flagged);
  KeyLog log;
  log.add({script.keys[0], script.keys[1]});
  const Bytes text = sample(50);
  Tracked t(Tracked::Memory::archive, {}, &log);
  t.feed(Segments{script.syn(), script.syn_ack(), script.data(0, c2s, 0, text)}).finish();
  EXPECT_EQ(t.only().keys[0], script.keys[0]);
  EXPECT_EQ(t.only().key_source[0], KeySource::key_log);
  EXPECT_EQ(t.only().key_source[1], KeySource::handshake);
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(KeyLogKeys, MayArriveLate) {
  for (const bool by_listener : {false, true}) {
    Script script;
    const auto w = script.add_wire(by_listener);
    KeyLog log;
    const Bytes up = sample(50), down = sample(60, 2);
    Tracked t(Tracked::Memory::archive, {}, &log);
    t.feed(script.open(w)).feed(script.data(w, c2s, 0, up)).feed(script.data(w, s2c, 0, down));
    EXPECT_TRUE(t.only().is_orphan());
    log.add({script.keys[0], script.keys[1]});
    t.tracker->retry_keys();
    EXPECT_TRUE(t.only().scrambled);
    EXPECT_EQ(t.only().subflows[0]->opener_is_initiator, !by_listener);
    EXPECT_EQ(t.bytes(c2s), up);
    EXPECT_EQ(t.bytes(s2c), down);
    t.finish();
    EXPECT_EQ(t.damage(), 0u);
  }
}

// --- TCP Fast Open (RFC 8684 appendix B): SYN data that the listener accepts lies before the first data
// sequence number,
// --- and subflow sequence numbers count from behind it.

TEST(FastOpen, AcceptedDataStandsBeforeTheFirstNumber) {
  for (const unsigned version : {0u, 1u}) {
    Script script(version);
    script.wires[0].tfo_accepted = 20;
    const Bytes text = sample(120);
    Tracked t;
    t.feed(Segments{script.syn(0, slice(text, 0, 20)), script.syn_ack(), script.third_ack()});
    t.feed(script.data(0, c2s, 0, slice(text, 20, 60)));
    t.feed(script.data(0, c2s, 60, slice(text, 80, 40), {.fin = true}));
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_TRUE(t.stream(c2s).complete());
    EXPECT_EQ(t.stream(c2s).length(), 120u);
    EXPECT_EQ(t.damage(), 0u);
  }
}

TEST(FastOpen, RefusedDataIsSentAgain) {
  for (const unsigned version : {0u, 1u}) {
    Script script(version);
    const Bytes text = sample(120);
    Tracked t;
    t.feed(Segments{script.syn(0, slice(text, 0, 20)), script.syn_ack(), script.third_ack()});
    t.feed(script.data(0, c2s, 0, slice(text, 0, 60)));
    t.feed(script.data(0, c2s, 60, slice(text, 60, 60)));
    t.finish();
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.damage(), 0u);
  }
}

TEST(FastOpen, SynAckNotCaptured) {
  Script script(0);
  script.wires[0].tfo_accepted = 20;
  const Bytes text = sample(50);
  Tracked t;
  t.feed(Segments{script.syn(0, slice(text, 0, 20)), script.third_ack()});
  t.feed(script.data(0, c2s, 0, slice(text, 20, 30)));
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST(FastOpen, WhatTheCaptureCutIsMissing) {
  Script script;
  script.wires[0].tfo_accepted = 20;
  const Bytes text = sample(50);
  Segment syn = script.syn(0, slice(text, 0, 20));
  syn.cut = 5;
  Tracked t;
  t.feed(Segments{syn, script.syn_ack(), script.third_ack(), script.data(0, c2s, 0, slice(text, 20, 30))});
  EXPECT_EQ(t.bytes(c2s), slice(text, 0, 15));
  EXPECT_EQ(t.stream(c2s).gaps(), (std::vector<StreamRange>{{15, 20}}));
  EXPECT_EQ(t.only().subflows[0]->sent[0].cut_bytes, 5u);
  EXPECT_EQ(t.count(AnomalyKind::payload_cut), 1u);
}

TEST(FastOpen, WithoutRoomItIsMissing) {
  Script script;
  script.wires[0].tfo_accepted = 20;
  const Bytes text = sample(50);
  TrackerOptions options;
  options.max_copied_bytes = 30;
  Tracked t(Tracked::Memory::copies, options);
  t.feed(Segments{script.syn(0, slice(text, 0, 20)), script.syn(0, slice(text, 0, 20))});
  EXPECT_EQ(t.count(AnomalyKind::limit_reached), 0u) << "sent again, not kept again";
  options.max_copied_bytes = 10;
  Tracked small(Tracked::Memory::copies, options);
  small.feed(Segments{script.syn(0, slice(text, 0, 20)), script.syn_ack(), script.third_ack()});
  small.feed(script.data(0, c2s, 0, slice(text, 20, 10)));
  EXPECT_EQ(small.count(AnomalyKind::limit_reached), 1u);
  EXPECT_EQ(small.stream(c2s).gaps(), (std::vector<StreamRange>{{0, 20}}));
}

TEST(FastOpen, FileLostBeforeItIsPlaced) {
  Script script;
  script.wires[0].tfo_accepted = 20;
  const Bytes text = sample(50);
  Tracked t;
  t.feed(script.syn(0, slice(text, 0, 20)));
  t.archive.lose();
  t.feed(Segments{script.syn_ack(), script.third_ack(), script.data(0, c2s, 0, slice(text, 20, 30))});
  EXPECT_EQ(t.count(AnomalyKind::unreadable_capture), 1u);
  EXPECT_FALSE(t.any_bytes(c2s));
  EXPECT_EQ(t.stream(c2s).gaps(), (std::vector<StreamRange>{{0, 20}}));
}

TEST(FastOpen, SynComesLast) {
  Script script(1);
  script.wires[0].tfo_accepted = 20;
  const Bytes text = sample(50);
  Tracked t;
  t.feed(Segments{script.syn_ack(), script.syn(0, slice(text, 0, 20)), script.third_ack()});
  t.feed(script.data(0, c2s, 0, slice(text, 20, 30)));
  EXPECT_EQ(t.bytes(c2s), text);
}

}  // namespace
}  // namespace mps::test
