// SPDX-License-Identifier: GPL-2.0-or-later
// Streams over several subflows: order, repetition, loss, cut packets.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

using Memory = Tracked::Memory;

class Reassembly : public testing::TestWithParam<Memory> {};

TEST_P(Reassembly, AcrossSubflows) {
  Script script;
  script.add_wire(false, true);
  script.add_wire(true);
  const Bytes text = sample(3000);
  Segments segments = script.open(0) + script.open(1) + script.open(2);
  for (std::size_t at = 0; at < text.size(); at += 100)
    segments.push_back(script.data(at / 100 % 3, s2c, at, slice(text, at, 100)));
  Tracked t(GetParam());
  t.feed(segments).finish();
  EXPECT_EQ(t.bytes(s2c), text);
  for (const auto& subflow : t.only().subflows) EXPECT_EQ(subflow->carrying(s2c).fresh_bytes, 1000u);
  EXPECT_EQ(t.damage(), 0u);
}

TEST_P(Reassembly, BackwardsNothingIsKeptInTheEnd) {
  Script script;
  const Bytes text = sample(3000);
  Segments segments;
  for (std::size_t at = 0; at < text.size(); at += 100)
    segments.push_back(script.data(0, c2s, at, slice(text, at, 100)));
  std::reverse(segments.begin(), segments.end());
  Tracked t(GetParam());
  t.feed(script.open()).feed(segments).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
}

TEST_P(Reassembly, SuperSegment) {
  Script script;
  const Bytes text = sample(65000);
  Tracked t(GetParam());
  t.feed(script.open()).feed(script.data(0, c2s, 0, text)).finish();
  EXPECT_EQ(t.bytes(c2s), text);
}

TEST_P(Reassembly, RetransmissionAndReinjectionAreToldApart) {
  Script script;
  script.add_wire();
  const Bytes text = sample(200);
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1));
  t.feed(script.data(0, c2s, 0, text));
  t.feed(script.data(0, c2s, 0, text, {.ssn = 1}));
  t.feed(script.data(1, c2s, 0, slice(text, 0, 150)));
  EXPECT_EQ(t.stream(c2s).counters().retransmitted, 200u);
  EXPECT_EQ(t.stream(c2s).counters().reinjected, 150u);
  EXPECT_EQ(t.stream(c2s).counters().differing, 0u);
  EXPECT_EQ(t.only().subflows[1]->sent[0].fresh_bytes, 0u);
  EXPECT_EQ(t.damage(), 0u);
}

/// The first copy wins, and the difference is reported: among bytes that wait, bytes that were handed on as
/// they came, and bytes that were handed on after they had waited.
TEST_P(Reassembly, DifferingCopies) {
  enum { waiting, handed_on, handed_on_late };
  for (const int when : {waiting, handed_on, handed_on_late}) {
    if (GetParam() == Memory::copies && when != waiting)
      continue;  // the first copy is gone, see the next test
    Script script;
    script.add_wire();
    const Bytes text = sample(200);
    Bytes forged = slice(text, 100, 100);
    forged[10] ^= 1;
    forged[20] ^= 1;
    const Segment first = script.data(0, c2s, 0, slice(text, 0, 100));
    const Segment second = script.data(0, c2s, 100, slice(text, 100, 100));
    const Segment other = script.data(1, c2s, 100, forged);
    Tracked t(GetParam());
    t.feed(script.open(0)).feed(script.open(1));
    if (when == waiting) t.feed(Segments{second, other, first});
    if (when == handed_on) t.feed(Segments{first, second, other});
    if (when == handed_on_late) t.feed(Segments{second, first, other});
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.count(AnomalyKind::overlap_differs), 1u) << when;
    EXPECT_EQ(t.stream(c2s).counters().differing, 2u) << when;
    EXPECT_EQ(t.stream(c2s).counters().not_compared, 0u) << when;
  }
}

Segment data_ack(Script& script, std::size_t wire, std::uint64_t offset, bool is_64) {
  const std::uint64_t next = script.origin(c2s) + offset;
  return script.bare(
      wire, s2c, dss({.ack = is_64 ? next : next & UINT32_MAX, .ack_is_64 = is_64, .has_mapping = false}));
}

/// Linux asks for a closed window with the number of the last byte and the value of another one.
TEST_P(Reassembly, WindowProbesAreNoContent) {
  for (const bool is_64 : {false, true})
    for (const bool probe_first : {false, true}) {  // the other path is seen late
      Script script;
      script.add_wire();
      const Bytes text = sample(300);
      const Segment begin = script.data(0, c2s, 0, slice(text, 0, 100));
      const Segment elsewhere = script.data(1, c2s, 100, slice(text, 100, 100));
      const Segment acked = data_ack(script, 0, 200, is_64);
      const Segment probe = script.data(0, c2s, 199, {static_cast<std::uint8_t>(text[199] ^ 1)});
      const Segment again =
          script.data(0, c2s, 199, {static_cast<std::uint8_t>(text[199] ^ 1)}, {.ssn = 101});
      const Segment end = script.data(0, c2s, 200, slice(text, 200, 100));
      Tracked t(GetParam());
      t.feed(script.open(0)).feed(script.open(1)).feed(begin);
      if (!probe_first) t.feed(elsewhere);
      t.feed(acked).feed(probe).feed(again);
      if (probe_first) t.feed(elsewhere);
      t.feed(end).finish();
      EXPECT_EQ(t.bytes(c2s), text);
      EXPECT_EQ(t.count(AnomalyKind::window_probe), 2u);
      EXPECT_EQ(t.count(AnomalyKind::overlap_differs), 0u);
      EXPECT_EQ(t.damage(), 0u);
      EXPECT_EQ(t.only().subflows[0]->sent[0].fresh_bytes, 200u);
    }
}

/// The acknowledgement that tells a probe goes the way that is seen late, too.
TEST_P(Reassembly, WindowProbesYieldToTheRealByte) {
  for (const bool keep_extents : {false, true}) {
    Script script;
    script.add_wire();
    const Bytes text = sample(300);
    Tracked t(GetParam(), {.keep_extents = keep_extents});
    t.feed(script.open(0)).feed(script.open(1)).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
    const Segment elsewhere = script.data(1, c2s, 100, slice(text, 100, 100));
    t.feed(script.data(0, c2s, 199, {static_cast<std::uint8_t>(text[199] ^ 1)}));
    t.feed(script.data(0, c2s, 200, slice(text, 200, 100))).feed(elsewhere).finish();
    EXPECT_EQ(t.bytes(c2s), text);
    EXPECT_EQ(t.count(AnomalyKind::window_probe), 1u);
    EXPECT_EQ(t.damage(), 0u);
    EXPECT_EQ(t.stream(c2s).counters().captured, 300u);
    EXPECT_EQ(t.only().subflows[0]->sent[0].fresh_bytes, 200u);
    EXPECT_EQ(t.only().subflows[1]->sent[0].fresh_bytes, 100u);
    EXPECT_EQ(t.stream(c2s).extents().size(), keep_extents ? 3u : 0u) << "without the probe's";
    if (!keep_extents) {
      EXPECT_EQ(t.tracker->store().copied_bytes(), 0u);
    }
  }
}

/// One byte that is left of a longer piece is no probe: the first copy counts, and the difference is damage.
TEST_P(Reassembly, WhatIsLeftOfALongerPieceIsNoProbe) {
  Script script;
  script.add_wire();
  const Bytes text = sample(300);
  Bytes forged = slice(text, 150, 100);
  forged[49] ^= 1;
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1)).feed(script.data(0, c2s, 100, slice(text, 100, 99)));
  t.feed(script.data(0, c2s, 150, slice(text, 150, 50)));  // brings byte 199
  t.feed(script.data(1, c2s, 150, forged)).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  t.feed(script.data(0, c2s, 250, slice(text, 250, 50))).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.count(AnomalyKind::window_probe), 0u);
  EXPECT_EQ(t.count(AnomalyKind::overlap_differs), 1u);
}

/// The snapshot length has left one byte of a segment that is seen after its answer.
TEST_P(Reassembly, OneByteOfACutSegmentIsNoProbe) {
  Script script;
  script.add_wire();
  const Bytes text = sample(200);
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1)).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  (void)script.data(0, c2s, 100, slice(text, 100, 50));
  Segment cut = script.data(1, c2s, 150, slice(text, 150, 50));
  cut.cut = 49;
  t.feed(data_ack(script, 0, 200, true)).feed(cut).finish();
  EXPECT_EQ(t.count(AnomalyKind::window_probe), 0u);
  EXPECT_EQ(t.stream(c2s).counters().captured, 101u);
}

TEST_P(Reassembly, WindowProbesDoNotFillGaps) {
  Script script;
  script.add_wire();
  const Bytes text = sample(300);
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1)).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
  (void)script.data(1, c2s, 100, slice(text, 100, 100));  // on the path that is not tapped
  t.feed(data_ack(script, 0, 200, true)).feed(script.data(0, c2s, 199, {0xaa}));
  t.feed(script.data(0, c2s, 200, slice(text, 200, 100))).finish();
  EXPECT_EQ(t.stream(c2s).gaps(), (std::vector<StreamRange>{{100, 200}}));
}

/// Single letters whose answers stand before them in the capture are content.
TEST_P(Reassembly, LettersSeenAfterTheirAnswerAreContent) {
  Script script;
  script.add_wire();
  const Bytes text = sample(20);
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1));
  for (std::size_t at = 0; at < text.size(); ++at)
    t.feed(data_ack(script, 0, at + 1, true)).feed(script.data(1, c2s, at, {text[at]}));
  t.finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.count(AnomalyKind::window_probe), 0u);
}

TEST_P(Reassembly, WhatCannotBeComparedIsCounted) {
  if (GetParam() == Memory::archive) return;
  Script script;
  const Bytes text = sample(100);
  Tracked t(GetParam());
  t.feed(script.open()).feed(script.data(0, c2s, 0, text)).feed(script.data(0, c2s, 0, text, {.ssn = 1}));
  EXPECT_EQ(t.stream(c2s).counters().not_compared, 100u);
}

TEST_P(Reassembly, GapsAreExactAndExplained) {
  Script script;
  script.add_wire();
  const Bytes text = sample(500);
  Tracked t(GetParam());
  t.feed(script.open(0)).feed(script.open(1));
  const auto piece = [&](std::size_t w, std::size_t at, const How& how = {}) {
    return script.data(w, c2s, at, slice(text, at, 100), how);
  };
  t.feed(piece(0, 0, {.map_length = 200}));
  (void)piece(0, 100);  // announced, lost
  (void)piece(1, 200);  // on the other path, lost with its mapping
  t.feed(piece(0, 300));
  t.feed(piece(0, 400, {.fin = true})).finish();
  EXPECT_EQ(t.stream(c2s).gaps(), (std::vector<StreamRange>{{100, 300}}));
  const auto reasons = GapExplainer(t.only(), c2s).explain({100, 300});
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0].kind, GapReason::Kind::announced);
  EXPECT_EQ(reasons[0].range, (StreamRange{100, 200}));
  EXPECT_EQ(reasons[1].kind, GapReason::Kind::elsewhere);
  EXPECT_EQ(reasons[1].range, (StreamRange{200, 300}));
}

TEST_P(Reassembly, CutPayloadIsMissingNotZero) {
  Script script;
  const Bytes text = sample(300);
  Segment cut = script.data(0, c2s, 100, slice(text, 100, 100), {.ssn = 101});
  cut.cut = 40;
  Segment empty = script.data(0, c2s, 200, slice(text, 200, 100), {.ssn = 201});
  empty.cut = 100;
  Tracked t(GetParam());
  t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100))).feed(Segments{cut, empty});
  t.feed(script.data_fin(0, c2s, 300)).finish();
  EXPECT_EQ(t.bytes(c2s), slice(text, 0, 160));
  EXPECT_EQ(t.stream(c2s).gaps(), (std::vector<StreamRange>{{160, 300}}));
  EXPECT_EQ(t.count(AnomalyKind::payload_cut), 2u);
  EXPECT_EQ(t.only().subflows[0]->sent[0].cut_bytes, 140u);
}

TEST_P(Reassembly, KeepAliveProbeIsNoData) {
  Script script;
  const Bytes text = sample(100);
  Tracked t(GetParam());
  t.feed(script.open());
  Segment probe = script.data(0, c2s, 0, {0}, {.mapped = false, .ssn = 0});
  t.feed(probe).feed(script.data(0, c2s, 0, text)).feed(probe);
  Segment later = script.data(0, c2s, 0, slice(text, 99, 1), {.mapped = false, .ssn = 100});
  t.feed(later).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.damage(), 0u);
}

TEST_P(Reassembly, KeepsEveryExtentIfTold) {
  Script script;
  script.add_wire();
  const Bytes text = sample(200);
  Tracked t(GetParam(), {.keep_extents = true});
  t.feed(script.open(0)).feed(script.open(1));
  t.feed(script.data(0, c2s, 0, text)).feed(script.data(1, c2s, 50, slice(text, 50, 100)));
  ASSERT_EQ(t.stream(c2s).extents().size(), 2u);
  for (const Extent& extent : t.stream(c2s).extents()) {
    Bytes again(extent.length);
    ASSERT_TRUE(t.tracker->store().read(extent.locator, again));
    EXPECT_EQ(again, slice(text, extent.offset, extent.length));
  }
}

/// Ports are reused: a SYN with another ISN is a new subflow, and what belongs to the old one still finds it.
TEST_P(Reassembly, ReusedPorts) {
  for (const std::uint32_t distance : {100000u, 0x80000000u, 0xf0000000u}) {
    Script old, fresh;
    fresh.keys[0][3] ^= 0x55;
    fresh.keys[1][3] ^= 0x55;
    fresh.wires[0].isn[0] = old.wires[0].isn[0] + distance;
    fresh.wires[0].isn[1] = old.wires[0].isn[1] + distance;
    const Bytes text = sample(300), other = sample(300, 2);
    Tracked t(GetParam());
    t.feed(old.open())
        .feed(old.data(0, c2s, 0, slice(text, 0, 100)))
        .feed(old.data(0, s2c, 0, slice(text, 0, 100)));
    t.feed(fresh.open());
    t.feed(fresh.data(0, c2s, 0, slice(other, 0, 100)));
    t.feed(old.data(0, c2s, 100, slice(text, 100, 200)));  // late: another file, another clock
    t.feed(fresh.data(0, c2s, 100, slice(other, 100, 200)));
    t.feed(old.data(0, s2c, 100, slice(text, 100, 200)));
    t.feed(fresh.data(0, s2c, 0, other));
    t.finish();
    ASSERT_EQ(t.live().size(), 2u);
    for (const Connection* connection : t.live())
      for (const Direction d : both_directions) {
        EXPECT_EQ(connection->stream(d).contiguous(), 300u)
            << connection->id << short_name(d) << " " << distance;
      }
    EXPECT_EQ(t.damage(), 0u);
  }
}

/// A SYN that somebody forged onto the ports of a live subflow must not take its bytes.
TEST_P(Reassembly, ForgedSynDoesNotTakeOver) {
  for (const bool mptcp : {true, false}) {
    Script script, forged;
    const Bytes text = sample(400);
    Tracked t(GetParam());
    t.feed(script.open()).feed(script.data(0, c2s, 0, slice(text, 0, 100)));
    for (const std::uint32_t distance : {0x90000000u, 0xffffff00u}) {
      forged.wires[0].isn[0] = script.wires[0].isn[0] + distance;
      Segment syn = forged.syn();
      if (!mptcp) syn.options.clear();
      t.feed(syn);
    }
    t.feed(script.data(0, c2s, 100, slice(text, 100, 300))).feed(script.data(0, s2c, 0, text));
    EXPECT_EQ(t.live()[0]->stream(c2s).contiguous(), 400u);
    EXPECT_EQ(t.live()[0]->stream(s2c).contiguous(), 400u);
  }
}

/// A plain TCP connection takes over the ports for good: its bytes are not the old subflow's.
TEST_P(Reassembly, PlainTcpOnReusedPorts) {
  Script script;
  const Bytes text = sample(100);
  Tracked t(GetParam());
  t.feed(script.open()).feed(script.data(0, c2s, 0, text));
  Script plain;
  plain.wires[0].isn = {0x77770000, 0x66660000};
  Segments segments = plain.open() + Segments{plain.data(0, c2s, 0, text), plain.data(0, s2c, 0, text)};
  for (Segment& segment : segments) segment.options.clear();
  t.feed(segments).finish();
  EXPECT_EQ(t.bytes(c2s), text);
  EXPECT_EQ(t.stream(s2c).counters().captured, 0u);
  EXPECT_EQ(t.damage(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Memory, Reassembly, testing::Values(Memory::archive, Memory::copies),
                         [](const auto& p) { return p.param == Memory::archive ? "Archive" : "Copies"; });

TEST(ReassemblyFile, ShrinksWhileItIsRead) {
  Script script;
  const Bytes text = sample(9000);
  const Segment first = script.data(0, c2s, 0, slice(text, 0, 100));
  const Segment second = script.data(0, c2s, 100, slice(text, 100, 8900));
  Tracked t;
  t.feed(script.open()).feed(second);
  t.archive.lose();
  t.feed(first).finish();
  EXPECT_EQ(t.bytes(c2s), slice(text, 0, 100));
  EXPECT_TRUE(t.stream(c2s).read_failed());
  EXPECT_EQ(t.count(AnomalyKind::unreadable_capture), 1u);
}

}  // namespace
}  // namespace mps::test
