// SPDX-License-Identifier: GPL-2.0-or-later
/// What must hold for every link type and tunnel alike: the same segment comes out, wherever the frame was
/// cut, and whatever else the bytes are nothing outside them is read (run under AddressSanitizer).
#include "core/packet/dissect.h"

#include <random>
#include <set>

#include "tests/support/dissect_exactly.h"
#include "tests/support/packet_samples.h"

namespace mps::test {
namespace {

constexpr std::string_view payload_text = "hello world!";

void expect_the_segment(const PacketSample& sample, const SegmentView& segment) {
  EXPECT_EQ(to_string(segment.source), sample.is_v4 ? "10.0.1.1:8080" : "[fd00::1]:8080");
  EXPECT_EQ(to_string(segment.destination), sample.is_v4 ? "10.0.2.2:50000" : "[fd00::2]:50000");
  EXPECT_EQ(segment.seq, 0x11223344u);
  EXPECT_EQ(segment.ack, 0x55667788u);
  EXPECT_EQ(segment.flags, tcp_ack | tcp_psh);
  EXPECT_EQ(to_hex(segment.options), "1e082001aabbccdd");
}

class EverySample : public testing::TestWithParam<PacketSample> {};

TEST_P(EverySample, YieldsTheSegment) {
  const auto found = dissect_exactly(GetParam().link, hex(GetParam().bytes));
  ASSERT_EQ(found.status, DissectStatus::segment);
  expect_the_segment(GetParam(), found.segment);
  EXPECT_EQ(to_hex(found.segment.payload), to_hex(text(payload_text)));
  EXPECT_EQ(found.segment.payload_on_wire, payload_text.size());
}

TEST_P(EverySample, CutAnywhereIsTruncatedOrHasMissingBytes) {
  const Bytes whole = hex(GetParam().bytes);
  const auto uncut = dissect_exactly(GetParam().link, whole);
  ASSERT_EQ(uncut.status, DissectStatus::segment);
  const auto payload_at = static_cast<std::size_t>(uncut.segment.payload.data() - uncut.frame.span().data());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const auto cut = dissect_exactly(GetParam().link, std::span(whole).first(size), whole.size());
    if (size < payload_at) {
      EXPECT_EQ(cut.status, DissectStatus::truncated);
      continue;
    }
    ASSERT_EQ(cut.status, DissectStatus::segment);
    expect_the_segment(GetParam(), cut.segment);
    EXPECT_EQ(cut.segment.payload_on_wire, payload_text.size());
    const auto present = payload_text.substr(0, size - payload_at);
    EXPECT_EQ(to_hex(cut.segment.payload), to_hex(text(present)));
  }
}

/// Some tools cut frames and forget that they were longer.
TEST_P(EverySample, CutWithoutRecordNeverInventsBytes) {
  const Bytes whole = hex(GetParam().bytes);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const auto cut = dissect_exactly(GetParam().link, std::span(whole).first(size));
    if (cut.status == DissectStatus::segment) {
      EXPECT_LE(cut.segment.payload.size(), payload_text.size());
      expect_the_segment(GetParam(), cut.segment);
    } else {
      EXPECT_TRUE(cut.status == DissectStatus::truncated || cut.status == DissectStatus::malformed);
    }
  }
}

TEST_P(EverySample, DamagedBytesAreSurvived) {
  const Bytes whole = hex(GetParam().bytes);
  std::mt19937 random(20180601);
  for (int round = 0; round < 3000; ++round) {
    Bytes damaged = whole;
    for (unsigned n = 1 + random() % 3; n; --n)
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    damaged.resize(random() % 4 ? damaged.size() : random() % damaged.size());
    dissect_exactly(GetParam().link, damaged, random() % 3 ? damaged.size() : whole.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Packets, EverySample, testing::ValuesIn(all_samples()),
                         [](const auto& sample) { return sample.param.name; });

std::set<LinkType> sampled_links() {
  std::set<LinkType> links;
  for (const auto& sample : all_samples()) links.insert(sample.link);
  return links;
}

TEST(Dissect, RandomBytesAreSurvived) {
  std::mt19937 random(8684);
  for (const LinkType link : sampled_links()) {
    for (int round = 0; round < 3000; ++round) {
      Bytes noise(random() % 200);
      for (auto& byte : noise) byte = static_cast<std::uint8_t>(random() % 3 ? random() : 0);
      dissect_exactly(link, noise, noise.size() + random() % 100);
    }
  }
}

TEST(Dissect, SupportsExactlyTheLinksThatHaveSamples) {
  const auto links = sampled_links();
  for (unsigned link = 0; link < 65536; ++link) {
    const bool expected = links.count(static_cast<LinkType>(link)) != 0;
    ASSERT_EQ(is_supported(static_cast<LinkType>(link)), expected) << link;
    if (!expected) {
      ASSERT_EQ(status_of(static_cast<LinkType>(link), eth4), DissectStatus::unsupported_link);
    }
  }
}

TEST(Dissect, WireLengthBelowTheCapturedOneIsIgnored) {
  const auto found = dissect_exactly(1, hex(eth4), 10);
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(found.segment.payload_on_wire, 12u);
}

TEST(Dissect, LeavesTheCallersFieldsAlone) {
  const Bytes frame = hex(eth4);
  SegmentView segment;
  segment.frame = 7;
  segment.time_ns = -1;
  segment.path = 3;
  segment.locator = 99;
  ASSERT_EQ(dissect_frame(1, frame, 74, segment), DissectStatus::segment);
  EXPECT_EQ(segment.frame, 7u);
  EXPECT_EQ(segment.time_ns, -1);
  EXPECT_EQ(segment.path, 3u);
  EXPECT_EQ(segment.locator, 99u);
}

TEST(Dissect, EveryStatusHasItsOwnName) {
  std::set<std::string_view> names;
  for (const auto status :
       {DissectStatus::segment, DissectStatus::not_tcp, DissectStatus::fragment, DissectStatus::truncated,
        DissectStatus::malformed, DissectStatus::unsupported_link})
    names.insert(to_string(status));
  EXPECT_EQ(names.size(), 6u);
}

}  // namespace
}  // namespace mps::test
