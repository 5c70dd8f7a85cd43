// SPDX-License-Identifier: GPL-2.0-or-later
// One direction by itself; what a tracker makes of it is in tracker_reassembly_test.cpp.
#include "core/mptcp/data_stream.h"

#include <gtest/gtest.h>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

struct Collector final : StreamConsumer {
  void on_contiguous(std::uint64_t offset, std::span<const std::uint8_t> part,
                     const Extent& carrier) override {
    EXPECT_EQ(offset, bytes.size());
    EXPECT_LE(carrier.offset, offset);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  Bytes bytes;
};

struct Fixture : testing::Test {
  Fixture() { stream.set_consumer(&out); }
  DataStream::Accepted accept(std::uint64_t dsn, const Bytes& bytes, std::uint16_t subflow = 0) {
    SegmentView view;
    view.payload = bytes;
    DataStream::Piece piece;
    piece.dsn = {dsn};
    piece.bytes = bytes;
    piece.segment = &view;
    piece.subflow = subflow;
    return stream.accept(piece, store);
  }
  PayloadStore store{nullptr, 1 << 20};
  Collector out;
  DataStream stream;
  const Bytes text = sample(1000);
};
using DataStreamTest = Fixture;

TEST_F(DataStreamTest, HoldsUntilReleased) {
  stream.set_origin({500}, store);
  accept(500, slice(text, 0, 100));
  EXPECT_TRUE(out.bytes.empty());
  EXPECT_EQ(stream.end_seen(), 100u);
  stream.release(store);
  EXPECT_EQ(out.bytes, slice(text, 0, 100));
  EXPECT_EQ(stream.contiguous(), 100u);
  EXPECT_TRUE(stream.every_byte_captured());
  EXPECT_FALSE(stream.complete());
  EXPECT_EQ(store.copied_bytes(), 0u);
}

TEST_F(DataStreamTest, IsNotReleasedWithoutOrigin) {
  accept(500, slice(text, 0, 100));
  stream.release(store);
  EXPECT_FALSE(stream.released());
}

TEST_F(DataStreamTest, OriginMayComeLate) {
  for (const std::uint64_t origin :
       {std::uint64_t{500}, UINT64_MAX - 50, std::uint64_t{0}, (std::uint64_t{1} << 63) - 20}) {
    SCOPED_TRACE(origin);
    stream = DataStream{};
    out.bytes.clear();
    stream.set_consumer(&out);
    accept(origin + 300, slice(text, 300, 100));
    accept(origin + 100, slice(text, 100, 200));
    stream.set_fin({origin + 400});
    EXPECT_FALSE(stream.length().has_value());
    EXPECT_EQ(stream.gaps().size(), 0u);
    stream.set_origin({origin}, store);
    EXPECT_EQ(stream.length(), 400u);
    EXPECT_EQ(stream.gaps(), (std::vector<StreamRange>{{0, 100}}));
    stream.release(store);
    accept(origin, slice(text, 0, 100));
    EXPECT_EQ(out.bytes, slice(text, 0, 400));
    EXPECT_TRUE(stream.complete());
  }
}

TEST_F(DataStreamTest, WhatStraddlesTheOriginIsTrimmed) {
  for (const bool late : {false, true}) {
    stream = DataStream{};
    out.bytes.clear();
    stream.set_consumer(&out);
    if (!late) stream.set_origin({500}, store);
    EXPECT_EQ(accept(490, text).before_start, !late);
    accept(480, slice(text, 0, 10));
    stream.set_origin({500}, store);
    stream.release(store);
    EXPECT_EQ(out.bytes, slice(text, 10, 990));
    EXPECT_EQ(stream.counters().captured, 990u);
  }
}

TEST_F(DataStreamTest, ExtentsThatStraddleTheOriginAreTrimmedAsTheirBytesAre) {
  for (const bool late : {false, true}) {
    stream = DataStream{};
    stream.keep_extents(true);
    if (!late) stream.set_origin({500}, store);
    accept(490, text, 3);
    accept(480, slice(text, 0, 10));
    stream.set_origin({500}, store);
    ASSERT_EQ(stream.extents().size(), 1u) << late;
    const Extent& extent = stream.extents()[0];
    EXPECT_EQ(extent.offset, 0u);
    EXPECT_EQ(extent.length, 990u);
    EXPECT_EQ(extent.subflow, 3u);
    Bytes bytes(990);
    ASSERT_TRUE(store.read(extent.locator, bytes));
    EXPECT_EQ(bytes, slice(text, 10, 990));
  }
}

TEST_F(DataStreamTest, WhatLiesBeforeALateOriginIsGivenBack) {
  for (const bool keep : {false, true}) {
    PayloadStore own{nullptr, 1 << 20};
    std::swap(store, own);
    stream = DataStream{};
    stream.keep_extents(keep);
    accept(400, slice(text, 0, 90));
    accept(490, slice(text, 90, 10));
    EXPECT_EQ(store.copied_bytes(), 100u);
    stream.set_origin({500}, store);
    EXPECT_EQ(stream.counters().captured, 0u);
    EXPECT_EQ(stream.extents().size(), 0u);
    EXPECT_EQ(store.copied_bytes(), 0u) << keep;
  }
}

TEST_F(DataStreamTest, NarrowNumbersAreExtendedToTheNewest) {
  EXPECT_EQ(stream.extend(7).value, 7u);
  stream.set_origin({0x5'ffff'fff0}, store);
  EXPECT_EQ(stream.extend(0xfffffff5).value, 0x5'ffff'fff5u);
  EXPECT_EQ(stream.extend(0x10).value, 0x6'0000'0010u);
  stream.release(store);
  accept(0x5'ffff'fff0, text);
  EXPECT_EQ(stream.extend(0x400).value, 0x6'0000'0400u);
  EXPECT_EQ(stream.extend(0xfffffff5).value, 0x5'ffff'fff5u);
}

TEST_F(DataStreamTest, PlausibilityIsAWindow) {
  EXPECT_FALSE(stream.is_implausible({123}));
  stream.set_origin({1000}, store);
  EXPECT_FALSE(stream.is_implausible({1000 + (1u << 30)}));
  EXPECT_TRUE(stream.is_implausible({1000 + (std::uint64_t{1} << 32)}));
  EXPECT_TRUE(stream.is_implausible({1000 - (std::uint64_t{1} << 41)}));
  EXPECT_FALSE(stream.is_implausible({900}));
}

TEST_F(DataStreamTest, OverlapsKeepTheFirstCopy) {
  stream.set_origin({0}, store);
  accept(100, slice(text, 100, 100));
  Bytes other = text;
  for (auto& byte : other) byte ^= 0xff;
  const auto accepted = accept(50, slice(other, 50, 200));
  EXPECT_EQ(accepted.fresh, 100u);
  EXPECT_EQ(accepted.repeated, 100u);
  EXPECT_EQ(accepted.differing, 100u);
  accept(0, slice(text, 0, 50));
  stream.release(store);
  Bytes wanted = slice(other, 0, 250);
  for (const auto& [from, to] : {std::pair{0, 50}, {100, 200}})
    std::copy_n(text.begin() + from, to - from, wanted.begin() + from);
  EXPECT_EQ(out.bytes, wanted);
  EXPECT_EQ(stream.counters().captured, 250u);
}

TEST_F(DataStreamTest, GapsReachToTheEnd) {
  stream.set_origin({0}, store);
  stream.release(store);
  accept(0, slice(text, 0, 10));
  accept(20, slice(text, 20, 10));
  accept(40, slice(text, 40, 10));
  EXPECT_EQ(stream.gaps(), (std::vector<StreamRange>{{10, 20}, {30, 40}}));
  stream.set_fin({60});
  EXPECT_EQ(stream.gaps(), (std::vector<StreamRange>{{10, 20}, {30, 40}, {50, 60}}));
}

TEST_F(DataStreamTest, FirstFinCounts) {
  stream.set_origin({0}, store);
  stream.set_fin({100});
  stream.set_fin({50});
  EXPECT_EQ(stream.length(), 100u);
}

TEST_F(DataStreamTest, LocatorsOfHeldPiecesSurviveSplits) {
  stream.set_origin({0}, store);
  accept(300, slice(text, 300, 100));
  accept(100, slice(text, 100, 500));
  Bytes all;
  stream.held().for_each([&](const Extent& extent) {
    Bytes part(extent.length);
    ASSERT_TRUE(store.read(extent.locator, part));
    EXPECT_EQ(part, slice(text, extent.offset, extent.length));
    all.insert(all.end(), part.begin(), part.end());
  });
  EXPECT_EQ(all, slice(text, 100, 500));
}

}  // namespace
}  // namespace mps::test
