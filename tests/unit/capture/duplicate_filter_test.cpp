// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/duplicate_filter.h"

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

Packet packet_of(const Bytes& bytes, LinkType link = 1) {
  Packet packet;
  packet.link = link;
  packet.bytes = bytes;
  packet.length_on_wire = static_cast<std::uint32_t>(bytes.size());
  return packet;
}

/// What the second tap's copy looks like beside the first's, and whether it counts as the same packet.
bool same(const TcpFrame& first, const TcpFrame& second) {
  DuplicateFilter filter;
  const Bytes a = first.ethernet();
  const Bytes b = second.ethernet();
  EXPECT_FALSE(filter.is_duplicate(packet_of(a), 0));
  return filter.is_duplicate(packet_of(b), 1);
}

TEST(DuplicateFilter, WhatARouterOrACardChangesDoesNotCount) {
  const TcpFrame frame{.ip_id = 7, .payload = text("payload")};
  TcpFrame other = frame;
  EXPECT_TRUE(same(frame, other));
  other.ttl = 61;
  other.ip_checksum = 0xbeef;
  other.tcp_checksum = 0xdead;
  EXPECT_TRUE(same(frame, other));
}

TEST(DuplicateFilter, EverythingElseCounts) {
  const TcpFrame frame{.ip_id = 7, .payload = text("payload")};
  TcpFrame other = frame;
  other.ip_id = 8;
  EXPECT_FALSE(same(frame, other)) << "a retransmission";
  other = frame;
  other.seq++;
  EXPECT_FALSE(same(frame, other));
  other = frame;
  other.source_port++;
  EXPECT_FALSE(same(frame, other));
  other = frame;
  other.payload.back() ^= 1;
  EXPECT_FALSE(same(frame, other));
  other = frame;
  other.payload.pop_back();
  EXPECT_FALSE(same(frame, other));
}

TEST(DuplicateFilter, TheLinkLayerDoesNotCount) {
  const TcpFrame frame{.payload = text("payload")};
  const Bytes ethernet = frame.ethernet();
  const Bytes raw = frame.ip();
  DuplicateFilter filter;
  EXPECT_FALSE(filter.is_duplicate(packet_of(ethernet), 0));
  EXPECT_TRUE(filter.is_duplicate(packet_of(raw, 101), 1));
}

TEST(DuplicateFilter, IPv6IsCompared) {
  const auto ipv6 = [](std::uint8_t hop_limit, std::uint8_t last) {
    Bytes bytes =
        hex("60000000 0017 06 40 fd000000000000000000000000000001 fd000000000000000000000000000002"
            "04d2 0050 00000001 00000002 5010 0200 0000 0000 616263");
    bytes[7] = hop_limit;
    bytes.back() = last;
    return bytes;
  };
  DuplicateFilter filter;
  const Bytes first = ipv6(64, 'c');
  const Bytes copy = ipv6(60, 'c');
  const Bytes other = ipv6(60, 'd');
  EXPECT_FALSE(filter.is_duplicate(packet_of(first, 101), 0));
  EXPECT_TRUE(filter.is_duplicate(packet_of(copy, 101), 1));
  EXPECT_FALSE(filter.is_duplicate(packet_of(other, 101), 1));
}

TEST(DuplicateFilter, WhatIsNotTcpPasses) {
  DuplicateFilter filter;
  const Bytes arp = hex("ffffffffffff 020000000001 0806 0001");
  for (const std::size_t file : {0u, 1u, 1u}) EXPECT_FALSE(filter.is_duplicate(packet_of(arp), file));
}

TEST(DuplicateFilter, WhatDoesNotStandDirectlyBehindItsIPv4HeaderPasses) {
  const Bytes behind_authentication = hex(
      "45000048 0001 4000 40 33 0000 0a000001 0a000002 06040000 00000001 00000001 000000000000000000000000"
      "04d2 0050 00000001 00000002 5010 0200 0000 0000 61626364");
  DuplicateFilter filter;
  SegmentView segment;
  ASSERT_EQ(dissect_frame(101, behind_authentication, 72, segment), DissectStatus::segment);
  for (const std::size_t file : {0u, 1u})
    EXPECT_FALSE(filter.is_duplicate(packet_of(behind_authentication, 101), file));
}

TEST(DuplicateFilter, OneFilesOwnCopiesAllPass) {
  DuplicateFilter filter;
  const Bytes bytes = TcpFrame{.payload = text("again")}.ethernet();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(filter.is_duplicate(packet_of(bytes), 0));
}

/// The slow twin: without a window, with as many files as there are.
class Twin {
 public:
  bool is_duplicate(const Bytes& bytes, std::size_t file) {
    auto& seen = seen_[bytes];
    const int most =
        seen.empty() ? 0 : std::max_element(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
                             return a.second < b.second;
                           })->second;
    return ++seen[file] <= most;
  }

 private:
  std::map<Bytes, std::map<std::size_t, int>> seen_;
};

TEST(DuplicateFilter, AgreesWithTheTwinInAnyOrder) {
  std::mt19937 random(20);
  for (int round = 0; round < 50; ++round) {
    DuplicateFilter filter;  // its window is so much wider than the packets are many that none falls out
    Twin twin;
    for (int i = 0; i < 1000; ++i) {
      const Bytes bytes = TcpFrame{.seq = static_cast<std::uint32_t>(random() % 200)}.ethernet();
      const std::size_t file = random() % 3;
      ASSERT_EQ(filter.is_duplicate(packet_of(bytes), file), twin.is_duplicate(bytes, file));
    }
  }
}

TEST(DuplicateFilter, OutsideTheWindowCopiesPass) {
  DuplicateFilter filter(6);
  const auto bytes = [](std::uint32_t seq) { return TcpFrame{.seq = seq}.ethernet(); };
  for (std::uint32_t i = 0; i < 10'000; ++i) EXPECT_FALSE(filter.is_duplicate(packet_of(bytes(i)), 0));
  EXPECT_FALSE(filter.is_duplicate(packet_of(bytes(1)), 1));
  EXPECT_TRUE(filter.is_duplicate(packet_of(bytes(9'999)), 1));
}

}  // namespace
}  // namespace mps
