// SPDX-License-Identifier: GPL-2.0-or-later
/// Tunnels that hold nothing to show, and nesting without end. What works is in packet_samples.h.
#include "tests/support/dissect_exactly.h"
#include "tests/support/packet_samples.h"

namespace mps::test {
namespace {

constexpr LinkType raw = 101;

std::string length_field(std::size_t value) {
  const Bytes bytes{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  return to_hex(bytes);
}

std::string wrapped(unsigned times) {
  std::string packet = ip4;
  for (unsigned i = 1; i <= times; ++i) packet = outer4(length_field(60 + 20 * i), "04") + packet;
  return packet;
}

TEST(Tunnel, NestingIsBounded) {
  EXPECT_EQ(status_of(raw, wrapped(8)), DissectStatus::segment);
  EXPECT_EQ(status_of(raw, wrapped(9)), DissectStatus::malformed);
  EXPECT_EQ(status_of(raw, wrapped(3000)), DissectStatus::malformed);
}

TEST(Tunnel, EthernetInGreInIpWithoutEndEnds) {
  std::string packet;
  for (int i = 0; i < 1000; ++i) packet += outer4("0000", "2f") + "0000 6558" + macs + "0800";
  EXPECT_EQ(status_of(raw, packet), DissectStatus::malformed);
}

TEST(Tunnel, OtherUdpIsNotTcp) {
  EXPECT_EQ(status_of(raw, outer4("0024", "11") + "d431 0035 0010 0000 0000000000000000"),
            DissectStatus::not_tcp);
}

/// Port numbers prove nothing: what does not look like the tunnel is some other protocol.
TEST(Tunnel, UdpThatOnlyBorrowsThePort) {
  const std::string datagram = "0024", ports_gtp = "0868 0868 0010 0000";
  EXPECT_EQ(status_of(raw, outer4(datagram, "11") + ports_gtp + "32020008 00000001"),
            DissectStatus::not_tcp);  // echo
  EXPECT_EQ(status_of(raw, outer4(datagram, "11") + ports_gtp + "50ff0000 00000001"),
            DissectStatus::not_tcp);  // version 2
  EXPECT_EQ(status_of(raw, outer4(datagram, "11") + "c000 12b5 0010 0000 0000000000000000"),
            DissectStatus::not_tcp);
  EXPECT_EQ(status_of(raw, outer4(datagram, "11") + "c000 17c1 0010 0000 4000000000000000"),
            DissectStatus::not_tcp);
}

TEST(Tunnel, LengthsThatContradictEachOther) {
  EXPECT_EQ(status_of(raw, outer4("0060", "11") + "0868 0868 0007 0000 30ff003c 00000001" + ip4),
            DissectStatus::malformed);
  // A GTP-U extension header of length 0 would never end.
  EXPECT_EQ(
      status_of(raw, outer4("0068", "11") + "0868 0868 0054 0000 34ff0044 00000001 00000085 00000000" + ip4),
      DissectStatus::malformed);
}

TEST(Tunnel, GreThatIsNotSupported) {
  EXPECT_EQ(status_of(raw, outer4("0058", "2f") + "4000 0800 00000000" + ip4),
            DissectStatus::not_tcp);                                                            // routing
  EXPECT_EQ(status_of(raw, outer4("0054", "2f") + "0002 0800" + ip4), DissectStatus::not_tcp);  // version 2
  EXPECT_EQ(status_of(raw, outer4("0054", "2f") + "0000 0806" + ip4), DissectStatus::not_tcp);
}

TEST(Tunnel, InnerAddressesWin) {
  const auto found = dissect_exactly(raw, hex(outer4("0050", "04") + ip4));
  ASSERT_EQ(found.status, DissectStatus::segment);
  EXPECT_EQ(to_string(found.segment.source), "10.0.1.1:8080");
}

}  // namespace
}  // namespace mps::test
