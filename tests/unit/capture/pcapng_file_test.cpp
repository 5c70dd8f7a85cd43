// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/pcapng_file.h"

#include <limits>

#include "core/capture/capture_limits.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

struct Opened {
  explicit Opened(std::span<const std::uint8_t> bytes) : buffer(bytes) {
    EXPECT_TRUE(PcapngFile::recognises(buffer.span()));
    source = std::make_unique<PcapngFile>(std::make_unique<MemoryStream>(buffer.span()), "memory");
    packets = read_all(*source);
  }
  ExactBuffer buffer;
  std::unique_ptr<PcapngFile> source;
  std::vector<OwnedPacket> packets;
};

class PcapngByteOrder : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(LittleAndBig, PcapngByteOrder, testing::Bool());

TEST_P(PcapngByteOrder, InterfacesKeepTheirNamesLinksAndSnaplens) {
  PcapngWriter writer(GetParam());
  writer.interface(
      1, 96, {{2, text("wlan0")}, {3, text("WLAN")}, {1, text("the trusted path")}, {1, text("second")}});
  writer.interface(101, 0, {{2, text("lte0")}});
  writer.enhanced(1, 5, text("raw")).enhanced(0, 6, text("eth"), 1000);
  Opened opened(writer.done());
  ASSERT_EQ(opened.source->paths().size(), 2u);
  const CapturePath& wlan = opened.source->paths()[0];
  EXPECT_EQ(wlan.interface_name, "wlan0");
  EXPECT_EQ(wlan.description, "WLAN");
  EXPECT_EQ(wlan.comment, "the trusted path");
  EXPECT_EQ(wlan.link, 1);
  EXPECT_EQ(wlan.snaplen, 96u);
  EXPECT_EQ(opened.source->paths()[1].interface_name, "lte0");
  EXPECT_EQ(opened.source->paths()[1].link, 101);
  ASSERT_EQ(opened.packets.size(), 2u);
  EXPECT_EQ(opened.packets[0].path, 1u);
  EXPECT_EQ(opened.packets[0].link, 101);
  EXPECT_EQ(opened.packets[0].time_ns, 5000);
  EXPECT_EQ(opened.packets[1].path, 0u);
  EXPECT_EQ(opened.packets[1].link, 1);
  EXPECT_EQ(opened.packets[1].length_on_wire, 1000u);
  EXPECT_TRUE(opened.source->errors().empty());
  expect_rereadable(*opened.source, opened.packets);
}

TEST_P(PcapngByteOrder, AllPacketBlocks) {
  PcapngWriter writer(GetParam());
  writer.interface(1, 4)
      .enhanced(0, 0x0001'0000'0002, text("enhanced"))
      .old(0, 3, text("older"))
      .simple(text("simp"), 99);
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 3u);
  EXPECT_EQ(opened.packets[0].bytes, text("enhanced"));
  EXPECT_EQ(opened.packets[0].time_ns, 0x0001'0000'0002 * 1000);
  EXPECT_EQ(opened.packets[1].bytes, text("older"));
  EXPECT_EQ(opened.packets[1].time_ns, 3000);
  EXPECT_EQ(opened.packets[2].bytes, text("simp"))
      << "a simple packet's captured length follows from the snaplen";
  EXPECT_EQ(opened.packets[2].length_on_wire, 99u);
  expect_rereadable(*opened.source, opened.packets);
}

TEST_P(PcapngByteOrder, SectionsStartTheirInterfacesAnew) {
  PcapngWriter writer(GetParam());
  writer.interface(1).enhanced(0, 1, text("a"));
  writer.section(!GetParam())
      .interface(113)
      .interface(101)
      .enhanced(1, 2, text("b"))
      .enhanced(0, 3, text("c"));
  writer.section(GetParam())
      .interface(276)
      .enhanced(0, 4, text("d"))
      .enhanced(1, 4, text("only in the section before"));
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 4u);
  EXPECT_EQ(opened.source->paths().size(), 4u);
  EXPECT_EQ(opened.packets[0].path, 0u);
  EXPECT_EQ(opened.packets[1].path, 2u);
  EXPECT_EQ(opened.packets[2].path, 1u);
  EXPECT_EQ(opened.packets[3].path, 3u);
  EXPECT_EQ(opened.packets[3].link, 276);
  ASSERT_EQ(opened.source->errors().size(), 1u);
  EXPECT_EQ(opened.source->errors()[0].packet, 5u);
}

TEST(PcapngFile, OtherBlocksAreSkipped) {
  PcapngWriter writer;
  writer.interface(1);
  for (const std::uint32_t type : {4u, 5u, 10u, 0x12345678u}) writer.block(type, text("whatever"));
  writer.block(0x777, Bytes(3u << 20)).enhanced(0, 1, text("after"));
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 1u);
  EXPECT_EQ(opened.packets[0].number_in_file, 1u);
  EXPECT_TRUE(opened.source->errors().empty());
}

TEST(PcapngFile, AnUndescribedInterfaceCostsOnePacketOnly) {
  PcapngWriter writer;
  writer.interface(1).enhanced(0, 1, text("a")).enhanced(7, 2, text("b")).enhanced(0, 3, text("c"));
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 2u);
  EXPECT_EQ(opened.packets[1].number, 2u);
  EXPECT_EQ(opened.packets[1].number_in_file, 3u) << "Wireshark's numbers count the damaged packet";
  ASSERT_EQ(opened.source->errors().size(), 1u);
  EXPECT_EQ(messages(*opened.source)[0],
            "memory: packet 2: interface 7 is not described (the section has 1 interfaces)");
}

TEST(PcapngFile, ACapturedLengthBeyondItsBlockCostsOnePacketOnly) {
  PcapngWriter writer;
  writer.interface(1);
  writer.block(6, ByteWriter(false).u32(0).u32(0).u32(0).u32(1000).u32(1000).bytes(text("few")).done());
  writer.block(6, text("too short")).block(3, {}).enhanced(0, 3, text("c"));
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 1u);
  EXPECT_EQ(opened.packets[0].number_in_file, 4u);
  EXPECT_EQ(opened.source->errors().size(), 3u);
}

TEST(PcapngFile, ImpossibleBlockLengthsEndTheFile) {
  for (const std::uint32_t length : {0u, 4u, 11u, 13u, 0x7ffffffcu, 0xffffffffu}) {
    for (const std::uint32_t type : {1u, 6u, 0x777u, 0x0a0d0d0au}) {
      PcapngWriter writer;
      writer.interface(1).enhanced(0, 1, text("a"));
      writer.raw(ByteWriter(false).u32(type).u32(length).u32(0x1a2b3c4d).u32(0).done());
      Opened opened(writer.done());
      EXPECT_EQ(opened.packets.size(), 1u);
      ASSERT_EQ(opened.source->errors().size(), 1u) << type << " " << length;
      EXPECT_EQ(opened.source->errors()[0].packet, 2u);
    }
  }
}

TEST(PcapngFile, BothLengthsOfABlockMustAgree) {
  for (const std::uint32_t type : {6u, 0x777u}) {
    PcapngWriter writer;
    writer.interface(1)
        .raw(ByteWriter(false).u32(type).u32(16).u32(0).u32(20).done())
        .enhanced(0, 1, text("lost"));
    Opened opened(writer.done());
    EXPECT_TRUE(opened.packets.empty());
    EXPECT_EQ(opened.source->errors().size(), 1u);
  }
}

/// What follows the first packet, and what is said of it.
void expect_end(const Bytes& after, const std::string& reason) {
  SCOPED_TRACE(reason);
  PcapngWriter writer;
  writer.interface(1).enhanced(0, 1, text("a")).raw(after);
  Opened opened(writer.done());
  EXPECT_EQ(opened.packets.size(), 1u);
  EXPECT_EQ(messages(*opened.source), std::vector<std::string>{"memory: packet 2: " + reason});
}

TEST(PcapngFile, DescriptionsThatCannotBeReadEndTheFile) {
  const auto section = [](std::uint32_t length, std::uint32_t order_mark, std::uint16_t version) {
    ByteWriter out(false);
    out.u32(0x0a0d0d0a).u32(length).u32(order_mark);
    if (length == 28) out.u16(version).u16(3).u64(~std::uint64_t{0});
    return out.u32(length).done();
  };
  expect_end(section(28, 0x1a2b3c4e, 1),
             "a section header has no byte order mark; nothing after it can be read");
  expect_end(section(28, 0x1a2b3c4d, 2), "pcapng version 2.3 is not known");
  expect_end(section(16, 0x1a2b3c4d, 1), "a section header of 16 bytes is too short");
  expect_end(ByteWriter(false).u32(1).u32(16).u16(1).u16(0).u32(16).done(),
             "an interface description of 16 bytes is too short");
  const Bytes whole = section(28, 0x1a2b3c4d, 1);
  for (std::ptrdiff_t length = 1; length < 28; ++length)
    expect_end(Bytes(whole.begin(), whole.begin() + length), "the file ends inside a block");
}

TEST(PcapngFile, TruncationAtEveryByteKeepsWhatStandsBefore) {
  PcapngWriter writer;
  writer.interface(1, 0, {{2, text("eth0")}});
  std::vector<std::size_t> block_ends = {28, writer.done().size()};
  std::vector<std::size_t> packet_ends;
  for (int i = 0; i < 3; ++i) {
    writer.enhanced(0, 1, text("packet"));
    packet_ends.push_back(writer.done().size());
    writer.block(0x777, text("skip me"));
    block_ends.push_back(packet_ends.back());
    block_ends.push_back(writer.done().size());
  }
  const Bytes whole = writer.done();
  for (std::size_t length = PcapngFile::start_bytes; length <= whole.size(); ++length) {
    Opened cut{std::span(whole).first(length)};
    const auto complete =
        std::count_if(packet_ends.begin(), packet_ends.end(), [&](auto end) { return end <= length; });
    ASSERT_EQ(cut.packets.size(), static_cast<std::size_t>(complete)) << length;
    const bool at_block_end = std::count(block_ends.begin(), block_ends.end(), length) > 0;
    EXPECT_EQ(cut.source->errors().empty(), at_block_end) << length;
  }
}

TEST(PcapngFile, ErrorsAreBoundedAndCounted) {
  PcapngWriter writer;
  for (int i = 0; i < 1000; ++i) writer.enhanced(3, 1, {});
  Opened opened(writer.done());
  ASSERT_EQ(opened.source->errors().size(), ErrorList::limit + 1);
  EXPECT_EQ(messages(*opened.source).back(), "memory: 900 more damaged packets, the last is packet 1000");
}

TEST(PcapngFile, InterfacesAreBounded) {
  PcapngWriter writer;
  for (std::size_t i = 0; i <= most_interfaces; ++i) writer.interface(1);
  Opened opened(writer.done());
  EXPECT_EQ(opened.source->paths().size(), most_interfaces);
  EXPECT_EQ(opened.source->errors().size(), 1u);
}

TEST(PcapngFile, DamagedInterfaceOptionsDoNotMatter) {
  PcapngWriter writer;
  writer.block(
      1, ByteWriter(false).u16(1).u16(0).u32(0).u16(2).u16(4).bytes(text("eth0")).u16(3).u16(60000).done());
  writer.enhanced(0, 1, text("a"));
  Opened opened(writer.done());
  EXPECT_EQ(opened.packets.size(), 1u);
  EXPECT_EQ(opened.source->paths()[0].interface_name, "eth0");
}

TEST(PcapngFile, ClocksOfInterfaces) {
  PcapngWriter writer;
  const auto offset = ByteWriter(false).u64(1'700'000'000).done();
  const auto before_epoch = ByteWriter(false).u64(static_cast<std::uint64_t>(-10)).done();
  writer.interface(1, 0, {{9, {9}}}).interface(1, 0, {{9, {0x8a}}}).interface(1, 0, {{9, {6}}, {14, offset}});
  writer.interface(1, 0, {{9, {12}}}).interface(1, 0, {{14, before_epoch}});
  writer.enhanced(0, 1'700'000'000'123'456'789, {}).enhanced(1, 1536, {}).enhanced(2, 7, {});
  writer.enhanced(3, 5'999, {}).enhanced(4, 1, {});
  Opened opened(writer.done());
  ASSERT_EQ(opened.packets.size(), 5u);
  EXPECT_EQ(opened.packets[0].time_ns, 1'700'000'000'123'456'789);
  EXPECT_EQ(opened.packets[1].time_ns, 1'500'000'000) << "a resolution of 2^-10";
  EXPECT_EQ(opened.packets[2].time_ns, 1'700'000'000'000'007'000);
  EXPECT_EQ(opened.packets[3].time_ns, 5) << "picoseconds";
  EXPECT_EQ(opened.packets[4].time_ns, -9'999'999'000);
}

TEST(PcapngClock, NoResolutionOverflows) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (unsigned resolution = 0; resolution < 256; ++resolution) {
    PcapngClock clock;
    clock.set_resolution(static_cast<std::uint8_t>(resolution));
    EXPECT_GE(clock.to_ns(most), 0) << resolution;
    clock.set_offset(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(clock.to_ns(most), std::numeric_limits<std::int64_t>::max()) << resolution;
    clock.set_offset(std::numeric_limits<std::int64_t>::min());
    EXPECT_LE(clock.to_ns(most), 0) << resolution;
  }
}

}  // namespace
}  // namespace mps
