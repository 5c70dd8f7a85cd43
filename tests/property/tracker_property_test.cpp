// SPDX-License-Identifier: GPL-2.0-or-later
// Laws of the tracker over random connections: whatever order, repetition, overlap and segmentation, a stream
// comes out as it went in; what is dropped is missing exactly. The slow twin is one map entry per stream
// byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

/// Which bytes of the stream the segments carry, told by their own script and not by any parser.
struct Planned {
  Segment segment;
  std::uint64_t offset;
};

struct Case {
  explicit Case(std::uint32_t seed) : random(seed), script(seed % 2, 0x01) {
    const std::size_t wires = 1 + random() % 5;
    for (std::size_t w = 1; w < wires; ++w) script.add_wire(random() % 2, random() % 2);
    for (Wire& wire : script.wires)
      for (std::uint32_t& isn : wire.isn) isn = random() % 3 ? random() : 0u - random() % 3000;  // wraps
    direction = random() % 2 ? c2s : s2c;
    if (random() % 4 == 0)  // 32-bit wrap inside the stream
      script.search_key(direction,
                        [](std::uint64_t origin) { return (origin & 0xffffffff) > 0xffffffff - 0x40000; });
    text = sample(1 + random() % 6000, seed);
    wide = random() % 2;
    for (std::size_t w = 0; w < script.wires.size(); ++w)
      for (const Segment& segment : script.open(w)) handshake.push_back(segment);
    redundant = random() % 4 == 0;
    const std::size_t repeats = redundant ? script.wires.size() : 1;
    for (std::size_t copy = 0; copy < repeats; ++copy)
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t n = std::min<std::size_t>(1 + random() % 700, text.size() - at);
        const std::size_t w = redundant ? copy : random() % script.wires.size();
        add_mapping(w, at, n);
        at += n;
      }
    for (int n = 0; n < 4; ++n) {  // reinjections that overlap what was sent
      const std::size_t at = random() % text.size();
      add_mapping(random() % script.wires.size(), at,
                  1 + random() % std::min<std::size_t>(600, text.size() - at));
    }
  }
  /// One mapping in one to three segments: the option on one of them or on all.
  void add_mapping(std::size_t w, std::size_t at, std::size_t n) {
    const std::size_t side = (direction == c2s) == !script.wires[w].by_listener ? 0 : 1;
    const std::uint32_t ssn = script.wires[w].next_ssn[side];
    const std::size_t parts = std::min<std::size_t>(n, 1 + random() % 3);
    const std::size_t says = random() % (parts + 1);
    for (std::size_t p = 0, from = 0; p < parts; ++p) {
      const std::size_t size = p + 1 == parts ? n - from : n / parts;
      How how;
      how.mapped = says == parts || says == p;
      how.dsn_is_64 = random() % 3 ? wide : !wide;
      how.map_offset = at;
      how.map_ssn = ssn;
      how.map_length = static_cast<std::uint16_t>(n);
      plan.push_back({script.data(w, direction, at + from, slice(text, at + from, size), how), at + from});
      from += size;
    }
  }
  /// A retransmission cut differently: the end of one segment and the beginning of the next of its subflow.
  void repeat_some() {
    for (std::size_t n = plan.size() / 3; n > 0; --n) {
      Planned again = plan[random() % plan.size()];
      const std::size_t skip = random() % again.segment.payload.size();
      again.segment.payload.erase(again.segment.payload.begin(),
                                  again.segment.payload.begin() + static_cast<std::ptrdiff_t>(skip));
      again.segment.seq += static_cast<std::uint32_t>(skip);
      again.offset += skip;
      plan.push_back(again);
    }
  }
  std::mt19937 random;
  Script script;
  Direction direction;
  Bytes text;
  bool wide, redundant;
  Segments handshake;
  std::vector<Planned> plan;
};

constexpr std::uint32_t cases = 2000;

TEST(TrackerProperty, AnyOrderGivesTheStream) {
  for (std::uint32_t seed = 1; seed <= cases; ++seed) {
    Case c(seed);
    c.repeat_some();
    Segments segments;
    for (const Planned& planned : c.plan) segments.push_back(planned.segment);
    segments.push_back(c.script.data_fin(0, c.direction, c.text.size(), c.wide));
    const bool shuffled = seed % 3 != 0;
    const bool handshake_too = seed % 5 == 0;
    if (handshake_too) {
      segments = c.handshake + segments;
      // A segment that comes before everything else of its subflow is known for MPTCP by its own options
      // only.
      for (Segment& segment : segments)
        if (segment.options.empty()) segment.options = dss({.ack = 1, .has_mapping = false});
    }
    if (shuffled) std::shuffle(segments.begin(), segments.end(), c.random);
    if (!handshake_too) segments = c.handshake + segments;
    for (const auto memory : {Tracked::Memory::archive, Tracked::Memory::copies}) {
      Tracked t(memory);
      t.feed(segments).finish();
      ASSERT_EQ(t.live().size(), 1u) << "seed " << seed;
      ASSERT_TRUE(t.any_bytes(c.direction)) << "seed " << seed;
      ASSERT_EQ(t.bytes(c.direction), c.text) << "seed " << seed;
      ASSERT_TRUE(t.stream(c.direction).complete()) << "seed " << seed;
      ASSERT_EQ(t.stream(c.direction).counters().captured, c.text.size()) << "seed " << seed;
      ASSERT_EQ(t.stream(c.direction).counters().differing, 0u) << "seed " << seed;
      ASSERT_EQ(t.tracker->store().copied_bytes(), 0u) << "seed " << seed;
      ASSERT_EQ(t.damage(), 0u) << "seed " << seed << ": "
                                << to_string(t.tracker->anomalies().list().front().kind);
    }
  }
}

/// A dropped segment takes its mapping along; so every segment says its own here.
TEST(TrackerProperty, LossIsExactlyTheGaps) {
  for (std::uint32_t seed = 1; seed <= cases; ++seed) {
    Case c(seed);
    for (std::size_t n = 0; n < c.plan.size(); ++n) {
      Planned& planned = c.plan[n];
      DssFields fields;
      fields.dsn = c.script.origin(c.direction) + planned.offset;
      const bool listener_sends = c.direction == s2c;
      for (const Wire& wire : c.script.wires)
        for (const std::size_t side : {0u, 1u})
          if (planned.segment.source == (side == 0 ? wire.opener : wire.accepter) &&
              (side == 0) == (wire.by_listener == listener_sends))
            fields.ssn = planned.segment.seq - wire.isn[side];
      fields.length = static_cast<std::uint16_t>(planned.segment.payload.size());
      planned.segment.options = dss(fields);
    }
    std::map<std::uint64_t, std::uint8_t> twin;
    Segments segments;
    for (const Planned& planned : c.plan) {
      if (c.random() % 4 == 0) continue;
      segments.push_back(planned.segment);
      for (std::size_t i = 0; i < planned.segment.payload.size(); ++i)
        twin.try_emplace(planned.offset + i, planned.segment.payload[i]);
    }
    std::shuffle(segments.begin(), segments.end(), c.random);
    segments.push_back(c.script.data_fin(0, c.direction, c.text.size()));
    Tracked t;
    t.feed(c.handshake).feed(segments).finish();
    std::vector<StreamRange> gaps;
    for (std::uint64_t at = 0; at < c.text.size(); ++at) {
      if (twin.contains(at)) continue;
      if (gaps.empty() || gaps.back().to != at) gaps.push_back({at, at});
      gaps.back().to = at + 1;
    }
    const DataStream& stream = t.stream(c.direction);
    ASSERT_EQ(stream.gaps(), gaps) << "seed " << seed;
    ASSERT_EQ(stream.counters().captured, twin.size()) << "seed " << seed;
    ASSERT_EQ(stream.contiguous(), gaps.empty() ? c.text.size() : gaps.front().from) << "seed " << seed;
    stream.held().for_each([&](const Extent& extent) {
      Bytes bytes(extent.length);
      ASSERT_TRUE(t.tracker->store().read(extent.locator, bytes));
      ASSERT_EQ(bytes, slice(c.text, extent.offset, extent.length)) << "seed " << seed;
    });
    const GapExplainer explainer(t.only(), c.direction);
    for (const StreamRange& gap : gaps) {
      std::uint64_t at = gap.from;
      for (const GapReason& reason : explainer.explain(gap)) {
        ASSERT_EQ(reason.range.from, at) << "seed " << seed;
        at = reason.range.to;
      }
      ASSERT_EQ(at, gap.to) << "seed " << seed;
    }
  }
}

/// The same stream by its data sequence numbers alone, with the origin anywhere, also just before 2^64.
TEST(TrackerProperty, OriginAnywhere) {
  std::mt19937_64 random(11);
  for (int n = 0; n < 500; ++n) {
    const std::uint64_t origin = n % 3 == 0 ? 0 - random() % 3000 : n % 3 == 1 ? random() % 3000 : random();
    const Bytes text = sample(1 + random() % 4000, static_cast<std::uint32_t>(n));
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 300, text.size() - at);
      pieces.emplace_back(at, size);
      at += size;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    PayloadStore store(nullptr, 1 << 20);
    DataStream stream;
    struct Out final : StreamConsumer {
      void on_contiguous(std::uint64_t, std::span<const std::uint8_t> part, const Extent&) override {
        bytes.insert(bytes.end(), part.begin(), part.end());
      }
      Bytes bytes;
    } out;
    stream.set_consumer(&out);
    const std::size_t known_after = random() % (pieces.size() + 1);
    for (std::size_t i = 0; i <= pieces.size(); ++i) {
      if (i == known_after) {
        stream.set_origin({origin}, store);
        stream.release(store);
      }
      if (i == pieces.size()) break;
      const auto [at, size] = pieces[i];
      const Bytes bytes = slice(text, at, size);
      SegmentView view;
      view.payload = bytes;
      DataStream::Piece piece;
      piece.dsn = Dsn{origin} + at;
      piece.bytes = bytes;
      piece.segment = &view;
      stream.accept(piece, store);
    }
    ASSERT_EQ(out.bytes, text) << n;
    ASSERT_EQ(store.copied_bytes(), 0u) << n;
  }
}

}  // namespace
}  // namespace mps::test
