// SPDX-License-Identifier: GPL-2.0-or-later
/// Formats only wiretap reads, compressed files, and our own readers against wiretap packet by packet.
#include "core/capture/wiretap_file.h"

#include <algorithm>

#include "core/capture/open_capture.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

/// Both readers must tell the same story of a file, damage included.
void expect_readers_agree(const std::string& path) {
  SCOPED_TRACE(path);
  auto ours = open_capture(path);
  auto wiretap = open_wiretap_file(path, path);
  ASSERT_EQ(ours.has_value(), wiretap.has_value());
  if (!ours) return;
  const auto left = read_all(**ours);
  const auto right = read_all(**wiretap);
  EXPECT_EQ((*ours)->errors().empty(), (*wiretap)->errors().empty());
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "packet " << i + 1);
    ASSERT_EQ(left[i].number_in_file, right[i].number_in_file);
    ASSERT_EQ(left[i].time_ns, right[i].time_ns);
    ASSERT_EQ(left[i].link, right[i].link);
    ASSERT_EQ(left[i].length_on_wire, right[i].length_on_wire);
    ASSERT_EQ(left[i].bytes, right[i].bytes);
    const CapturePath& a = (*ours)->paths()[left[i].path];
    const CapturePath& b = (*wiretap)->paths()[right[i].path];
    ASSERT_EQ(a.interface_name, b.interface_name);
    ASSERT_EQ(a.description, b.description);
    ASSERT_EQ(a.comment, b.comment);
  }
}

std::vector<std::string> captures_under(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  if (!std::filesystem::is_directory(folder)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".pcap" || extension == ".pcapng"))
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(ReadersAgree, OnTheProjectsCaptures) {
  const auto found = captures_under(MPS_SOURCE_DIR "/captures");
  ASSERT_FALSE(found.empty());
  for (const auto& path : found) expect_readers_agree(path);
}

TEST(ReadersAgree, OnSharedCaptures) {
  const char* chosen = std::getenv("MPS_SHARED_CAPTURES");
  const std::string folder = chosen != nullptr ? chosen : MPS_SOURCE_DIR "/../shared/captures";
  const auto found = captures_under(folder);
  if (found.empty()) GTEST_SKIP() << "no captures in " << folder;
  for (const auto& path : found) expect_readers_agree(path);
}

TEST(ReadersAgree, OnEveryPcapVariant) {
  const TemporaryFolder folder;
  for (const bool big : {false, true})
    for (const bool nanoseconds : {false, true})
      for (const std::uint32_t link : {0u, 1u, 9u, 101u, 104u, 105u, 108u, 113u, 127u, 228u, 229u, 276u}) {
        PcapWriter writer({big, nanoseconds, link, 65535});
        writer.packet(1'700'000'000'123'456'789, TcpFrame{.payload = text("hello")}.ip());
        writer.packet(3'000'000'000'000'000'000, Bytes(60), 1514);
        expect_readers_agree(folder.file("variant", writer.done()));
      }
}

TEST(ReadersAgree, OnEveryPcapngVariant) {
  const TemporaryFolder folder;
  for (const bool big : {false, true})
    for (const std::uint8_t resolution : {0, 3, 6, 7, 9, 0x80 | 10, 0x80 | 20, 0x80 | 32}) {
      PcapngWriter writer(big);
      writer.interface(1, 40, {{2, text("eth0")}, {3, text("card")}, {1, text("note")}, {9, {resolution}}});
      writer.interface(101, 0, {{2, text("tun0")}, {14, ByteWriter(big).u64(1000).done()}});
      writer.enhanced(0, 1'000'000, TcpFrame{}.ethernet()).enhanced(1, 2'000'000, TcpFrame{}.ip());
      writer.block(4, ByteWriter(big).u16(0).u16(0).done()).block(0x12345678, text("unknown"));
      writer.old(1, 3'000'000, TcpFrame{}.ip()).block(0x40000bad, ByteWriter(big).u32(99).done());
      writer.block(0xbad, ByteWriter(big).u32(99).u32(1).done()).block(9, text("__REALTIME_TIMESTAMP=1\n\n"));
      writer.enhanced(0, 4'000'000, TcpFrame{}.ethernet(), 9000);
      expect_readers_agree(folder.file("variant", writer.done()));
    }
}

TEST(ReadersAgree, OnSeveralSections) {
  const TemporaryFolder folder;
  PcapngWriter writer(false);
  writer.interface(1, 0, {{2, text("a0")}}).enhanced(0, 1, TcpFrame{}.ethernet());
  writer.section(true).interface(101, 0, {{2, text("b0")}}).interface(1, 0, {{2, text("b1")}});
  writer.enhanced(1, 2, TcpFrame{}.ethernet()).enhanced(0, 3, TcpFrame{}.ip());
  writer.section(false).interface(113, 0, {{2, text("c0")}}).enhanced(0, 4, TcpFrame{}.ethernet());
  expect_readers_agree(folder.file("sections", writer.done()));
}

/// Cut inside the last packet: from shorter files wiretap guesses other formats.
TEST(ReadersAgree, OnTruncatedFiles) {
  const TemporaryFolder folder;
  PcapWriter writer;
  for (std::uint32_t i = 0; i < 10; ++i) writer.packet(0, TcpFrame{.seq = i}.ethernet());
  const std::size_t last_packet = writer.done().size();
  const Bytes pcap = writer.packet(0, TcpFrame{.seq = 10}.ethernet()).done();
  for (std::size_t length = last_packet; length <= pcap.size(); ++length)
    expect_readers_agree(
        folder.file("cut", Bytes(pcap.begin(), pcap.begin() + static_cast<std::ptrdiff_t>(length))));
}

/// The same TCP segments, whatever a format keeps of times and link layers.
void expect_same_frames(PacketSource& source, const std::vector<Bytes>& frames) {
  const auto packets = read_all(source);
  EXPECT_TRUE(source.errors().empty()) << messages(source)[0];
  ASSERT_EQ(packets.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(packets[i].link, 1);
    ASSERT_GE(packets[i].bytes.size(), frames[i].size());
    EXPECT_TRUE(std::equal(frames[i].begin(), frames[i].end(), packets[i].bytes.begin())) << i;
    EXPECT_EQ(packets[i].number_in_file, i + 1);
  }
}

std::vector<Bytes> some_frames() {
  std::vector<Bytes> frames;
  for (std::uint32_t i = 0; i < 200; ++i)
    frames.push_back(
        TcpFrame{.seq = i, .payload = Bytes(20 + i * 3, static_cast<std::uint8_t>(i))}.ethernet());
  return frames;
}

Bytes pcap_of(const std::vector<Bytes>& frames) {
  PcapWriter writer;
  for (std::size_t i = 0; i < frames.size(); ++i)
    writer.packet(1'700'000'000'000'000'000 + static_cast<std::int64_t>(i) * 1'000'000, frames[i]);
  return writer.done();
}

class OtherFormats : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Editcap, OtherFormats,
                         testing::Values("pcap", "nsecpcap", "pcapng", "modpcap", "nokiapcap", "rh6_1pcap",
                                         "suse6_3pcap", "snoop", "netmon1", "netmon2", "ngsniffer",
                                         "ngwsniffer_1_1", "ngwsniffer_2_0", "5views", "lanalyzer",
                                         "commview-ncf", "visual", "k12text"),
                         [](const auto& format) {
                           std::string name = format.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(OtherFormats, GiveTheSameFrames) {
  ASSERT_TRUE(has_program("editcap")) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  const auto frames = some_frames();
  const std::string source = folder.file("source", pcap_of(frames));
  ASSERT_TRUE(run("editcap -F " + std::string(GetParam()) + " " + source + " " + folder.file("converted")));
  auto opened = open_capture(folder.file("converted"));
  ASSERT_TRUE(opened) << opened.error().message();
  expect_same_frames(**opened, frames);
}

/// Endace's format says only in each record what it holds.
TEST(Erf, RecordsOfEthernetAndIp) {
  const TemporaryFolder folder;
  Bytes file;
  const auto record = [&](std::uint8_t type, const Bytes& content, std::size_t on_wire) {
    const Bytes time = ByteWriter(false).u32(0).u32(1'700'000'000).done();
    file.insert(file.end(), time.begin(), time.end());
    const Bytes rest = ByteWriter(true)
                           .u16(type << 8 | 4)
                           .u16(16 + content.size())
                           .u16(0)
                           .u16(on_wire)
                           .bytes(content)
                           .done();
    file.insert(file.end(), rest.begin(), rest.end());
  };
  const auto frames = some_frames();
  for (const Bytes& frame : frames) record(2, ByteWriter(true).u16(0).bytes(frame).done(), frame.size());
  record(22, TcpFrame{}.ip(), TcpFrame{}.ip().size());
  auto opened = open_capture(folder.file("records", file));
  ASSERT_TRUE(opened) << opened.error().message();
  const auto packets = read_all(**opened);
  EXPECT_TRUE((*opened)->errors().empty());
  ASSERT_EQ(packets.size(), frames.size() + 1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(packets[i].link, 1);
    EXPECT_EQ(packets[i].bytes, frames[i]);
  }
  EXPECT_EQ(packets.back().link, 101);
  EXPECT_EQ(packets.back().bytes, TcpFrame{}.ip());
}

class Compressed : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Programs, Compressed, testing::Values("gzip", "zstd", "lz4"));

TEST_P(Compressed, GivesTheSameFrames) {
  ASSERT_TRUE(has_program(GetParam())) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  const auto frames = some_frames();
  const std::string plain = folder.file("plain", pcap_of(frames));
  const std::string packed = folder.file("packed.pcap");
  ASSERT_TRUE(run(std::string("sh -c '") + GetParam() + " -c " + plain + " > " + packed + "'"));
  auto opened = open_capture(packed);
  ASSERT_TRUE(opened) << opened.error().message();
  expect_same_frames(**opened, frames);
  EXPECT_EQ((*opened)->progress().bytes_total, std::filesystem::file_size(packed));
}

TEST_P(Compressed, DamageIsReportedAfterWhatCouldBeRead) {
  ASSERT_TRUE(has_program(GetParam())) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  std::vector<Bytes> frames;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    Bytes payload(1000);
    for (std::size_t k = 0; k < payload.size(); ++k)
      payload[k] = static_cast<std::uint8_t>((i * 7919 + k * k * 31) >> 3);
    frames.push_back(TcpFrame{.seq = i, .payload = payload}.ethernet());
  }
  const std::string packed = folder.file("packed");
  ASSERT_TRUE(run(std::string("sh -c '") + GetParam() + " -c " + folder.file("plain", pcap_of(frames)) +
                  " > " + packed + "'"));
  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) * 3 / 4);
  auto opened = open_capture(packed);
  ASSERT_TRUE(opened);
  const auto packets = read_all(**opened);
  EXPECT_LT(packets.size(), frames.size());
  ASSERT_EQ((*opened)->errors().size(), 1u);
  EXPECT_EQ((*opened)->errors()[0].packet, packets.size() + 1);
  EXPECT_FALSE((*opened)->errors()[0].reason.empty());
}

TEST(CompressedPcapng, InterfacesOfCompressedPcapngAreKept) {
  ASSERT_TRUE(has_program("gzip")) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  PcapngWriter writer;
  writer.interface(1, 0, {{2, text("wlan0")}, {1, text("trusted")}}).interface(101, 0, {{2, text("lte0")}});
  writer.enhanced(1, 1, TcpFrame{}.ip()).enhanced(0, 2, TcpFrame{}.ethernet());
  writer.section(true).interface(113, 0, {{2, text("later")}}).enhanced(0, 3, TcpFrame{}.ethernet());
  ASSERT_TRUE(run("gzip " + folder.file("a", writer.done())));
  auto opened = open_capture(folder.file("a.gz"));
  ASSERT_TRUE(opened);
  const auto packets = read_all(**opened);
  ASSERT_EQ(packets.size(), 3u);
  const auto path = [&](std::size_t i) { return (*opened)->paths()[packets[i].path]; };
  EXPECT_EQ(path(0).interface_name, "lte0");
  EXPECT_EQ(packets[0].link, 101);
  EXPECT_EQ(path(1).interface_name, "wlan0");
  EXPECT_EQ(path(1).comment, "trusted");
  EXPECT_EQ(path(2).interface_name, "later");
  EXPECT_EQ(packets[2].link, 113);
  EXPECT_EQ(packets[2].locator, no_locator);
}

}  // namespace
}  // namespace mps
