// SPDX-License-Identifier: GPL-2.0-or-later
/// IPv4, IPv6 and TCP headers at their edges. The ordinary cases are in packet_samples.h.
#include "tests/support/dissect_exactly.h"
#include "tests/support/packet_samples.h"

namespace mps::test {
namespace {

constexpr LinkType raw = 101;

std::string ipv4(const std::string& total_length, const std::string& fragment, const std::string& protocol) {
  return "4500" + total_length + "1c46" + fragment + "40" + protocol + "0000" + ipv4_addresses;
}

std::string ipv6_fragment(const std::string& protocol, const std::string& offset_and_more) {
  return "60000000 0030 2c 40" + ipv6_addresses + protocol + "00" + offset_and_more + "00000001";
}

TEST(NetworkLayer, OtherProtocolsAreNotTcp) {
  EXPECT_EQ(status_of(raw, ipv4("0018", "0000", "01") + "08000000"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(raw, ipv4("001c", "0000", "32") + "0000000000000000"), DissectStatus::not_tcp);  // ESP
  EXPECT_EQ(status_of(raw, "60000000 0000 3b 40" + ipv6_addresses), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(raw, "10"), DissectStatus::not_tcp);
}

TEST(NetworkLayer, VersionMustMatchTheLinkLayersWord) {
  EXPECT_EQ(status_of(228, ip6), DissectStatus::malformed);
  EXPECT_EQ(status_of(229, ip4), DissectStatus::malformed);
}

TEST(NetworkLayer, Ipv4LengthsThatContradictEachOther) {
  EXPECT_EQ(status_of(raw, "4400 003c 1c46 4000 4006 0000" + ipv4_addresses + tcp), DissectStatus::malformed);
  EXPECT_EQ(status_of(raw, "4500 0013 1c46 4000 4006 0000" + ipv4_addresses + tcp), DissectStatus::malformed);
  EXPECT_EQ(status_of(raw, ipv4("0027", "4000", "06") + tcp),
            DissectStatus::malformed);  // less than a TCP header
}

TEST(NetworkLayer, Ipv4FragmentsAreNamedByWhatTheyHold) {
  EXPECT_EQ(status_of(raw, ipv4("003c", "2000", "06") + tcp), DissectStatus::fragment);  // the first
  EXPECT_EQ(status_of(raw, ipv4("003c", "2001", "06") + tcp), DissectStatus::fragment);  // one in the middle
  EXPECT_EQ(status_of(raw, ipv4("003c", "00b9", "06") + tcp), DissectStatus::fragment);  // the last
  EXPECT_EQ(status_of(raw, ipv4("003c", "4000", "06") + tcp), DissectStatus::segment);   // "do not fragment"
  EXPECT_EQ(status_of(raw, ipv4("003c", "2000", "2f") + tcp), DissectStatus::fragment);  // GRE
  EXPECT_EQ(status_of(raw, ipv4("003c", "2000", "01") + tcp), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(raw, ipv4("001c", "2000", "11") + "0868 0868 0500 0000"),
            DissectStatus::fragment);  // GTP-U
  EXPECT_EQ(status_of(raw, ipv4("001c", "2000", "11") + "0035 0035 0500 0000"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(raw, ipv4("001c", "0001", "11") + "0868 0868 0500 0000"), DissectStatus::not_tcp);
}

TEST(NetworkLayer, Ipv6FragmentsAreNamedByWhatTheyHold) {
  EXPECT_EQ(status_of(raw, ipv6_fragment("06", "0001") + tcp), DissectStatus::fragment);
  EXPECT_EQ(status_of(raw, ipv6_fragment("06", "0008") + tcp), DissectStatus::fragment);
  EXPECT_EQ(status_of(raw, ipv6_fragment("06", "0006") + tcp), DissectStatus::segment);  // reserved bits
  EXPECT_EQ(status_of(raw, ipv6_fragment("3a", "0001") + tcp), DissectStatus::not_tcp);
}

TEST(NetworkLayer, LengthZeroTakesTheFramesLengthOnTheWire) {
  const Bytes frame = hex(ipv4("0000", "4000", "06") + tcp);
  const auto v4 = dissect_exactly(raw, frame, 70000);
  ASSERT_EQ(v4.status, DissectStatus::segment);
  EXPECT_EQ(v4.segment.payload.size(), 12u);
  EXPECT_EQ(v4.segment.payload_on_wire, 70000u - 20 - 28);

  const auto v6 = dissect_exactly(raw, hex("60000000 0000 06 40" + ipv6_addresses + tcp), 70000);
  ASSERT_EQ(v6.status, DissectStatus::segment);
  EXPECT_EQ(v6.segment.payload_on_wire, 70000u - 40 - 28);
}

TEST(NetworkLayer, JumbogramsAreLongerThan65535) {
  const auto found =
      dissect_exactly(raw, hex("60000000 0000 00 40" + ipv6_addresses + "06 00 c204 00020000" + tcp), 200000);
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(found.segment.payload_on_wire, 0x20000u - 8 - 28);
}

TEST(NetworkLayer, JumboOptionCountsOnlyWithLengthZero) {
  const auto found =
      dissect_exactly(raw, hex("60000000 0030 00 40" + ipv6_addresses + "06 00 c204 00020000" + tcp));
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(found.segment.payload_on_wire, 12u);
  EXPECT_EQ(status_of(raw, "60000000 0000 00 40" + ipv6_addresses + "06 00 c204 00000007" + tcp),
            DissectStatus::malformed);
}

/// A frame cut by a tool that recorded the cut length as the original one: the IP header still knows.
TEST(NetworkLayer, LengthBeyondTheFrameMeansMissingBytes) {
  const auto found = dissect_exactly(raw, hex(ipv4("05dc", "4000", "06") + tcp));
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(found.segment.payload.size(), 12u);
  EXPECT_EQ(found.segment.payload_on_wire, 1500u - 20 - 28);
}

TEST(NetworkLayer, TcpDataOffset) {
  const auto with_offset = [](const std::string& nibble) {
    return ipv4("003c", "4000", "06") + "1f90 c350 11223344 55667788" + nibble +
           "018 0100 0000 0000 01010101 01010101 68656c6c6f20776f726c6421";
  };
  EXPECT_EQ(status_of(raw, with_offset("4")), DissectStatus::malformed);
  EXPECT_EQ(status_of(raw, with_offset("5")), DissectStatus::segment);
  EXPECT_EQ(status_of(raw, with_offset("b")), DissectStatus::malformed);  // 44 bytes of 40

  const auto whole = dissect_exactly(raw, hex(with_offset("a")));
  ASSERT_EQ(whole.status, DissectStatus::segment);
  EXPECT_EQ(whole.segment.options.size(), 20u);
  EXPECT_TRUE(whole.segment.payload.empty());
  EXPECT_EQ(whole.segment.payload_on_wire, 0u);
}

TEST(NetworkLayer, FlagsAreTheWholeByte) {
  const auto found = dissect_exactly(
      raw, hex(ipv4("0028", "4000", "06") + "0001 0002 00000003 00000000 50c2 0000 0000 0000"));
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(found.segment.flags, 0xc2);
}

}  // namespace
}  // namespace mps::test
