// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/pcap_file.h"

#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

std::unique_ptr<PcapFile> open_memory(const ExactBuffer& buffer) {
  EXPECT_TRUE(PcapFile::recognises(buffer.span()));
  return std::make_unique<PcapFile>(std::make_unique<MemoryStream>(buffer.span()), "memory");
}

class PcapVariants : public testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  PcapStyle style() const { return {std::get<0>(GetParam()), std::get<1>(GetParam()), 1, 262144}; }
};

TEST_P(PcapVariants, AllFieldsArrive) {
  const ExactBuffer file(PcapWriter(style())
                             .packet(1'700'000'000'123'456'789, text("first"))
                             .packet(4'294'967'295'000'001'000, text("cut"), 1514)
                             .packet(0, {})
                             .done());
  const auto source = open_memory(file);
  const auto packets = read_all(*source);
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].time_ns, style().nanoseconds ? 1'700'000'000'123'456'789 : 1'700'000'000'123'456'000);
  EXPECT_EQ(packets[0].bytes, text("first"));
  EXPECT_EQ(packets[0].length_on_wire, 5u);
  EXPECT_EQ(packets[1].time_ns, 4'294'967'295'000'001'000) << "seconds are unsigned: they last until 2106";
  EXPECT_EQ(packets[1].bytes, text("cut"));
  EXPECT_EQ(packets[1].length_on_wire, 1514u);
  EXPECT_TRUE(packets[2].bytes.empty());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].number, i + 1);
    EXPECT_EQ(packets[i].number_in_file, i + 1);
    EXPECT_EQ(packets[i].link, 1);
    EXPECT_EQ(packets[i].path, 0u);
  }
  ASSERT_EQ(source->paths().size(), 1u);
  EXPECT_EQ(source->paths()[0].snaplen, 262144u);
  EXPECT_EQ(source->paths()[0].file, "memory");
  EXPECT_TRUE(source->errors().empty());
  EXPECT_EQ(source->progress().bytes_read, source->progress().bytes_total);
  expect_rereadable(*source, packets);
}

INSTANTIATE_TEST_SUITE_P(ByteOrderAndPrecision, PcapVariants,
                         testing::Combine(testing::Bool(), testing::Bool()));

TEST(PcapFile, FrameCheckBitsAreNotPartOfTheLinkType) {
  const ExactBuffer file(PcapWriter({false, false, 0x24000071, 65535}).done());
  EXPECT_EQ(open_memory(file)->paths()[0].link, 113);
}

TEST(PcapFile, LinkTypesBeyondSixteenBitsAreUnknown) {
  const ExactBuffer file(PcapWriter({false, false, 0x00010001, 65535}).done());
  EXPECT_EQ(open_memory(file)->paths()[0].link, unknown_link);
}

TEST(PcapFile, TruncationAtEveryByteKeepsWhatStandsBefore) {
  const Bytes whole =
      PcapWriter().packet(0, text("one")).packet(0, text("second")).packet(0, text("3")).done();
  const std::size_t ends[] = {24, 24 + 16 + 3, 24 + 16 + 3 + 16 + 6, whole.size()};
  for (std::size_t length = 24; length <= whole.size(); ++length) {
    const ExactBuffer cut{std::span(whole).first(length)};
    const auto source = open_memory(cut);
    const auto packets = read_all(*source);
    std::size_t complete = 0;
    while (complete + 1 < std::size(ends) && ends[complete + 1] <= length) ++complete;
    ASSERT_EQ(packets.size(), complete) << length;
    if (length == ends[complete]) {
      EXPECT_TRUE(source->errors().empty()) << length;
    } else {
      ASSERT_EQ(source->errors().size(), 1u) << length;
      EXPECT_EQ(source->errors()[0].packet, complete + 1);
      EXPECT_NE(source->errors()[0].reason.find("ends inside"), std::string::npos);
    }
    Packet packet;
    EXPECT_FALSE(source->next(packet)) << "the end stays the end";
  }
}

TEST(PcapFile, ImpossibleLengthsAreDamage) {
  for (const std::uint32_t length : {(1u << 20) + 1, 0x7fffffffu, 0xffffffffu}) {
    PcapWriter writer;
    for (int i = 0; i < 10; ++i) writer.packet(0, text("good"));
    const ExactBuffer file(writer.record_header(length).done());
    const auto source = open_memory(file);
    EXPECT_EQ(read_all(*source).size(), 10u);
    ASSERT_EQ(source->errors().size(), 1u);
    EXPECT_EQ(messages(*source)[0].substr(0, 19), "memory: packet 11: ");
  }
}

TEST(PcapFile, LongPacketsAreBelievedWhenTheSnaplenSaysSo) {
  const Bytes large((2u << 20) + 1, 0x55);
  const ExactBuffer declared(PcapWriter({false, false, 1, 4u << 20}).packet(0, large).done());
  EXPECT_EQ(read_all(*open_memory(declared)).size(), 1u);
  EXPECT_FALSE(PcapFile::recognises(PcapWriter().packet(0, large).done()));
}

TEST(PcapFile, RefusesWhatIsNotPlainPcap) {
  const Bytes good = PcapWriter().packet(0, text("x")).done();
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return bytes;
  };
  EXPECT_TRUE(PcapFile::recognises(good));
  EXPECT_FALSE(PcapFile::recognises(std::span(good).first(23)));
  EXPECT_FALSE(PcapFile::recognises(changed(0, 0x34))) << "a modified format's magic";
  EXPECT_FALSE(PcapFile::recognises(changed(6, 3))) << "older versions swap the two lengths";
  EXPECT_FALSE(PcapFile::recognises(changed(30, 0xff))) << "more than a million microseconds";
}

}  // namespace
}  // namespace mps
