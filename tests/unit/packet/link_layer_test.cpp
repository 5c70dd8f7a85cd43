// SPDX-License-Identifier: GPL-2.0-or-later
/// Link layers that hold no TCP segment to show. What does hold one is in packet_samples.h.
#include "tests/support/dissect_exactly.h"
#include "tests/support/packet_samples.h"

namespace mps::test {
namespace {

const std::string wlan_addresses = "020000000001 020000000002 020000000003";

TEST(LinkLayer, OtherEtherTypesAreNotTcp) {
  EXPECT_EQ(status_of(1, macs + "0806 0001080006040001"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(1, macs + "8863 11 09 0000 0000"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(1, macs + "8864 11 a7 0001 0000"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(1, macs + "0026 424203 0000000000"), DissectStatus::not_tcp);         // spanning tree
  EXPECT_EQ(status_of(1, macs + "0044 aaaa03 00000c 2000" + ip4), DissectStatus::not_tcp);  // Cisco's OUI
}

TEST(LinkLayer, PppoeOfAnotherVersionIsMalformed) {
  EXPECT_EQ(status_of(1, macs + "8864 21 00 0001 003e 0021" + ip4), DissectStatus::malformed);
}

TEST(LinkLayer, LengthFieldOf802_3CutsWhatFollows) {
  EXPECT_EQ(status_of(1, macs + "0002" + llc_snap4), DissectStatus::malformed);
}

TEST(LinkLayer, TagsMayNestAsDeepAsTheFrameIsLong) {
  std::string tags;
  for (int i = 0; i < 300; ++i) tags += "8100 0001";
  EXPECT_EQ(status_of(1, macs + tags + "0800" + ip4), DissectStatus::segment);
  EXPECT_EQ(status_of(1, macs + tags), DissectStatus::malformed);
}

TEST(LinkLayer, UnknownPppProtocolAndAddressFamily) {
  EXPECT_EQ(status_of(9, "ff03 c021 01010004"), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(0, "07000000" + ip4), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(108, "00000010" + ip4), DissectStatus::not_tcp);
}

TEST(LinkLayer, CookedNetlinkIsNotTcp) {
  EXPECT_EQ(status_of(113, "0004 0338 0000 0000000000000000 0800" + ip4), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(276, "0800 0000 00000001 0338 04 00 0000000000000000" + ip4), DissectStatus::not_tcp);
  EXPECT_EQ(status_of(113, "0000 0001 0006 0200000000010000 0001" + ip4), DissectStatus::not_tcp);
}

TEST(LinkLayer, WlanFramesWithoutReadableData) {
  const std::string body = wlan_addresses + "1000" + llc_snap4;
  EXPECT_EQ(status_of(105, "8000 0000" + body), DissectStatus::not_tcp);        // beacon
  EXPECT_EQ(status_of(105, "4801 0000" + body), DissectStatus::not_tcp);        // null function
  EXPECT_EQ(status_of(105, "0841 0000" + body), DissectStatus::not_tcp);        // protected
  EXPECT_EQ(status_of(105, "b400 0000 020000000001"), DissectStatus::not_tcp);  // RTS
}

TEST(LinkLayer, WlanFragmentsAndAggregatesAreNamed) {
  EXPECT_EQ(status_of(105, "0805 0000" + wlan_addresses + "1000" + llc_snap4), DissectStatus::fragment);
  EXPECT_EQ(status_of(105, "0801 0000" + wlan_addresses + "1100" + llc_snap4), DissectStatus::fragment);
  EXPECT_EQ(status_of(105, "8801 0000" + wlan_addresses + "1000 8000" + llc_snap4), DissectStatus::fragment);
}

TEST(LinkLayer, RadiotapThatContradictsItself) {
  const std::string wlan = "0801 0000" + wlan_addresses + "1000" + llc_snap4;
  EXPECT_EQ(status_of(127, "0100 0800 00000000" + wlan), DissectStatus::malformed);  // version
  EXPECT_EQ(status_of(127, "0000 0700 00000000" + wlan),
            DissectStatus::malformed);  // shorter than its header
  EXPECT_EQ(status_of(127, "0000 0800 02000000" + wlan), DissectStatus::malformed);  // flags beyond its end
  EXPECT_EQ(status_of(127, "0000 0900 02000000 40" + wlan), DissectStatus::malformed);  // bad frame checksum
  EXPECT_EQ(status_of(127, "0000 0900 02000000 10" + wlan), DissectStatus::segment);
}

TEST(LinkLayer, EndlessLabelsAndPseudowiresEnd) {
  std::string labels, wires;
  for (int i = 0; i < 300; ++i) labels += "00064040";
  for (int i = 0; i < 300; ++i) wires += "00065140 00000000" + macs + "8847";
  EXPECT_EQ(status_of(1, macs + "8847" + labels), DissectStatus::malformed);
  EXPECT_EQ(status_of(1, macs + "8847" + wires), DissectStatus::malformed);
}

}  // namespace
}  // namespace mps::test
