// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/packet_filter.h"

#include "core/capture/pcapng_file.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

/// Ethernet, raw IP and Ethernet packets in turn, on two interfaces.
Bytes mixed_capture() {
  PcapngWriter writer;
  writer.interface(1).interface(101);
  writer.enhanced(0, 1, TcpFrame{.source_port = 1111}.ethernet());
  writer.enhanced(1, 2, TcpFrame{.source_port = 1111}.ip());
  writer.enhanced(1, 3, TcpFrame{.source_port = 2222}.ip());
  writer.enhanced(0, 4, TcpFrame{.source_port = 2222}.ethernet());
  return writer.done();
}

struct Filtered {
  explicit Filtered(const std::string& expression)
      : bytes(mixed_capture()),
        source(std::make_unique<PcapngFile>(std::make_unique<MemoryStream>(bytes), "memory"),
               PacketFilter(expression)) {
    packets = read_all(source);
  }
  Bytes bytes;
  FilteredSource source;
  std::vector<OwnedPacket> packets;
};

TEST(FilteredSource, WorksOnEveryLinkTypeOfTheFile) {
  Filtered filtered("tcp src port 2222");
  ASSERT_EQ(filtered.packets.size(), 2u);
  EXPECT_EQ(filtered.packets[0].number, 1u);
  EXPECT_EQ(filtered.packets[0].number_in_file, 3u);
  EXPECT_EQ(filtered.packets[1].number_in_file, 4u);
  EXPECT_EQ(filtered.source.progress().packets, 2u);
  EXPECT_TRUE(filtered.source.errors().empty());
  expect_rereadable(filtered.source, filtered.packets);
}

TEST(FilteredSource, SaysOnceWhereTheExpressionMakesNoSense) {
  Filtered filtered("ether src 02:00:00:00:00:02");
  EXPECT_EQ(filtered.packets.size(), 2u) << "the Ethernet packets";
  ASSERT_EQ(filtered.source.errors().size(), 1u);
  EXPECT_NE(messages(filtered.source)[0].find("does not work on link type 101"), std::string::npos);
}

TEST(PacketFilter, AWrongExpressionIsRefused) {
  for (const char* wrong : {"tcp prot 80", "(((", "port 99999", "host 1.2.3.4.5.6"}) {
    const auto checked = PacketFilter(wrong).check();
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().message().rfind(std::string("filter '") + wrong + "': ", 0), 0u)
        << checked.error().message();
  }
}

TEST(PacketFilter, AnExpressionForSomeLinkTypesOnlyIsAccepted) {
  EXPECT_TRUE(PacketFilter("wlan type data").check());
  EXPECT_TRUE(PacketFilter("tcp").check());
  EXPECT_TRUE(PacketFilter("ether host 02:00:00:00:00:02").check());
}

}  // namespace
}  // namespace mps
