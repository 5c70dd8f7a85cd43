// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/open_capture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "core/capture/mapped_file.h"
#include "core/capture/pcap_file.h"
#include "core/capture/pcapng_file.h"
#include "core/packet/mptcp_option.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

Bytes small_pcap() {
  return PcapWriter().packet(1000, TcpFrame{.seq = 1}.ethernet()).packet(2000, text("x")).done();
}
Bytes small_pcapng() {
  return PcapngWriter()
      .interface(1, 0, {{2, text("eth0")}})
      .enhanced(0, 1, TcpFrame{.seq = 9}.ethernet())
      .done();
}

std::string refusal(const std::string& path) {
  const auto opened = open_capture(path);
  return opened ? "opened" : opened.error().message();
}

/// Standard input for the length of a test.
class StandardInput {
 public:
  explicit StandardInput(int fd) : saved_(dup(STDIN_FILENO)) {
    dup2(fd, STDIN_FILENO);
    close(fd);
  }
  ~StandardInput() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  int saved_;
};

/// A pipe that a thread fills.
class FilledPipe {
 public:
  explicit FilledPipe(Bytes bytes) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    reader = ends[0];
    writer_ = std::thread([bytes = std::move(bytes), fd = ends[1]] {
      std::size_t done = 0;
      while (done < bytes.size()) {
        const ssize_t wrote = write(fd, &bytes[done], std::min<std::size_t>(bytes.size() - done, 100));
        if (wrote <= 0) break;
        done += static_cast<std::size_t>(wrote);
      }
      close(fd);
    });
  }
  ~FilledPipe() { writer_.join(); }
  FilledPipe(const FilledPipe&) = delete;
  FilledPipe& operator=(const FilledPipe&) = delete;
  int reader;

 private:
  std::thread writer_;
};

Bytes contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST(OpenCapture, NamesLie) {
  const TemporaryFolder folder;
  auto pcapng = open_capture(folder.file("misnamed.pcap", small_pcapng()));
  ASSERT_TRUE(pcapng);
  EXPECT_EQ(read_all(**pcapng).size(), 1u);
  EXPECT_EQ((*pcapng)->paths()[0].interface_name, "eth0");
  auto pcap = open_capture(folder.file("misnamed.txt.gz", small_pcap()));
  ASSERT_TRUE(pcap);
  EXPECT_EQ(read_all(**pcap).size(), 2u);
}

TEST(OpenCapture, RefusesInOneLine) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal(folder.file("missing")), folder.file("missing") + ": No such file or directory");
  EXPECT_EQ(refusal(folder.file("empty", {})), folder.file("empty") + ": is empty");
  EXPECT_EQ(refusal("/"), "/: is a directory");
  const std::string noise = folder.file("noise", Bytes(100, 0xe5));
  EXPECT_EQ(refusal(noise).rfind(noise + ": ", 0), 0u);
  EXPECT_EQ(refusal(noise).find('\n'), std::string::npos);
}

TEST(OpenCapture, AnUnreadableFileIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder.file("secret", small_pcap());
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  const uid_t self = geteuid();
  ASSERT_EQ(seteuid(self == 0 ? 65534 : self), 0);  // root may read everything
  const std::string refused = refusal(path);
  ASSERT_EQ(seteuid(self), 0);
  EXPECT_EQ(refused, path + ": Permission denied");
}

TEST(OpenCapture, AHeaderCutShortIsRefused) {
  const TemporaryFolder folder;
  for (const Bytes& whole : {small_pcap(), small_pcapng()})
    for (std::size_t length = 1; length < 12; ++length) {
      const std::string path =
          folder.file("cut", Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
      EXPECT_EQ(refusal(path).rfind(path + ": ", 0), 0u) << length;
    }
}

TEST(OpenCapture, StandardInputFromAPipe) {
  for (const Bytes& bytes : {small_pcap(), small_pcapng()}) {
    FilledPipe pipe(bytes);
    const StandardInput input(pipe.reader);
    auto source = open_capture("-");
    ASSERT_TRUE(source) << source.error().message();
    const auto packets = read_all(**source);
    ASSERT_FALSE(packets.empty());
    EXPECT_EQ(packets[0].locator, no_locator);
    EXPECT_EQ((*source)->paths()[0].file, "-");
    EXPECT_EQ((*source)->progress().bytes_total, 0u);
    EXPECT_TRUE((*source)->errors().empty());
  }
}

TEST(OpenCapture, StandardInputFromAFileKeepsLocators) {
  const TemporaryFolder folder;
  const StandardInput input(open(folder.file("a", small_pcap()).c_str(), O_RDONLY));
  auto source = open_capture("-");
  ASSERT_TRUE(source);
  const auto packets = read_all(**source);
  expect_rereadable(**source, packets);
}

TEST(OpenCapture, ACompressedPipeIsStoredFirst) {
  ASSERT_TRUE(has_program("gzip")) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  ASSERT_TRUE(run("gzip -k " + folder.file("a.pcap", small_pcap())));
  FilledPipe pipe(contents(folder.file("a.pcap.gz")));
  const StandardInput input(pipe.reader);
  auto source = open_capture("-");
  ASSERT_TRUE(source) << source.error().message();
  EXPECT_EQ(read_all(**source).size(), 2u);
  EXPECT_EQ((*source)->paths()[0].file, "-");
}

TEST(OpenCapture, ANamedPipe) {
  const TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::thread writer([&] { write_file(fifo, small_pcap()); });
  auto source = open_capture(fifo);
  writer.join();
  ASSERT_TRUE(source);
  EXPECT_EQ(read_all(**source).size(), 2u);
}

TEST(OpenCapture, InterruptEndsTheWaitForPackets) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Bytes header = PcapWriter().packet(0, text("only")).done();
  ASSERT_EQ(write(ends[1], header.data(), header.size()), static_cast<ssize_t>(header.size()));
  const StandardInput input(ends[0]);
  auto source = open_capture("-");
  ASSERT_TRUE(source);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    (*source)->interrupt();
  });
  EXPECT_EQ(read_all(**source).size(), 1u);
  EXPECT_TRUE((*source)->errors().empty()) << "an interruption is no damage";
  other.join();
  close(ends[1]);
}

TEST(OpenCapture, AFileThatGrowsWhileReadIsReadOn) {
  const TemporaryFolder folder;
  const std::string path = folder.file("growing", small_pcap());
  auto source = open_capture(path);
  ASSERT_TRUE(source);
  Packet packet;
  ASSERT_TRUE((*source)->next(packet));
  Bytes more(PcapWriter().packet(3000, text("more")).done());
  more.erase(more.begin(), more.begin() + 24);
  std::ofstream(path, std::ios::app | std::ios::binary)
      .write(reinterpret_cast<const char*>(more.data()), static_cast<std::streamsize>(more.size()));
  EXPECT_EQ(read_all(**source).size(), 2u);
  EXPECT_TRUE((*source)->errors().empty());
}

TEST(OpenCapture, AFileThatShrinksWhileReadEndsWithDamage) {
  const TemporaryFolder folder;
  PcapWriter writer;
  for (int i = 0; i < 3000; ++i) writer.packet(i, Bytes(1000));
  const std::string path = folder.file("shrinking", writer.done());
  auto source = open_capture(path);
  ASSERT_TRUE(source);
  Packet packet;
  ASSERT_TRUE((*source)->next(packet));
  const std::uint64_t locator = packet.locator;
  ASSERT_EQ(truncate(path.c_str(), 1'000'000), 0);
  EXPECT_LT(read_all(**source).size(), 1100u);
  EXPECT_EQ((*source)->errors().size(), 1u);
  ASSERT_EQ(truncate(path.c_str(), 100), 0);
  Bytes again(1000);
  EXPECT_FALSE((*source)->read(locator, again));
}

constexpr const char* loss =
    "became shorter or unreadable while it was read: zeros were taken for what is missing";

/// Large enough to be mapped, where mapping pays.
TEST(OpenCapture, ALargeFileThatShrinksWhileReadEndsWithDamage) {
  const TemporaryFolder folder;
  PcapWriter writer;
  for (int i = 0; i < 40'000; ++i) writer.packet(i, Bytes(1000));
  const std::string path = folder.file("shrinking", writer.done());
  auto source = open_capture(path);
  ASSERT_TRUE(source);
  Packet packet;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE((*source)->next(packet));
  ASSERT_EQ(truncate(path.c_str(), 1'000'000), 0);
  EXPECT_LT(read_all(**source).size(), 5000u);
  ASSERT_EQ((*source)->errors().size(), 1u);
}

TEST(OpenCapture, ALargeFileWithHolesIsReadWithoutFillingThem) {
  const TemporaryFolder folder;
  Bytes capture = PcapWriter().packet(0, Bytes(1000)).packet(1, Bytes(1000)).done();
  const std::string path = folder.file("sparse", capture);
  ASSERT_EQ(truncate(path.c_str(), 64 << 20), 0);
  auto source = open_capture(path);
  ASSERT_TRUE(source);
  Packet packet;
  ASSERT_TRUE((*source)->next(packet));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(capture.size())), 0);
  EXPECT_LT(read_all(**source).size(), 200'000u);
  for (const CaptureError& error : (*source)->errors()) EXPECT_NE(error.reason, loss) << "copied, not mapped";
}

/// Both readers on a mapped file: what is told is the loss, not the damage that zeros look like, and once.
template <typename Reader>
void expect_loss_told(const Bytes& capture, off_t shorter, int packets_before) {
  const TemporaryFolder folder;
  const std::string path = folder.file("shrinking", capture);
  Reader reader(MappedFile::open(open(path.c_str(), O_RDONLY | O_CLOEXEC)), "shrinking");
  Packet packet;
  for (int i = 0; i < packets_before; ++i) ASSERT_TRUE(reader.next(packet)) << i;
  EXPECT_TRUE(reader.errors().empty());
  ASSERT_EQ(truncate(path.c_str(), shorter), 0);
  while (reader.next(packet)) {
  }
  ASSERT_EQ(reader.errors().size(), 1u);
  EXPECT_EQ(reader.errors()[0].reason, loss);
}

TEST(OpenCapture, ALossIsToldAsOne) {
  PcapWriter writer;
  for (int i = 0; i < 100; ++i) writer.packet(i, Bytes(1000));
  const Bytes pcap = writer.done();
  const auto size = static_cast<off_t>(pcap.size());
  for (const off_t shorter : {off_t{0}, off_t{10}, size / 2, size - 10, size - 2000})
    for (const int before : {0, 1, 60, 100}) {
      SCOPED_TRACE(testing::Message() << before << " packets read, then cut to " << shorter);
      if (before > 0 || shorter > 100) expect_loss_told<PcapFile>(pcap, shorter, before);
    }
  const Bytes pcapng = small_pcapng();
  for (const off_t shorter : {off_t{10}, static_cast<off_t>(pcapng.size()) - 10})
    expect_loss_told<PcapngFile>(pcapng, shorter, 1);
}

/// Somebody writes anything to a mapped file while it is read. What is read is anybody's guess; that no
/// length is believed that was not the one checked is seen by AddressSanitizer.
template <typename Reader>
void expect_harmless_writer(const Bytes& capture) {
  const TemporaryFolder folder;
  const std::string path = folder.file("written", capture);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    std::mt19937 random(3);
    while (!done.load(std::memory_order_relaxed)) {
      const std::size_t at = PcapFile::header_bytes + random() % (capture.size() - PcapFile::header_bytes);
      const auto other = static_cast<std::uint8_t>(random());
      ASSERT_EQ(pwrite(fd, &other, 1, static_cast<off_t>(at)), 1);
      ASSERT_EQ(pwrite(fd, &capture[at], 1, static_cast<off_t>(at)), 1);  // so that some of it stays whole
    }
    close(fd);
  });
  std::size_t mptcp = 0;
  for (int round = 0; round < 300; ++round) {
    Reader reader(MappedFile::open(open(path.c_str(), O_RDONLY | O_CLOEXEC)), "written");
    Packet packet;
    while (reader.next(packet)) {
      SegmentView segment;
      MptcpOptions options;
      if (dissect_frame(packet.link, packet.bytes, packet.length_on_wire, segment) != DissectStatus::segment)
        continue;
      ASSERT_LE(segment.payload.data() + segment.payload.size(), packet.bytes.data() + packet.bytes.size());
      if (has_mptcp_option(segment.options)) mptcp += parse_mptcp_options(segment.options, options);
    }
  }
  done.store(true, std::memory_order_relaxed);
  writer.join();
  EXPECT_GT(mptcp, 0u);
}

TEST(OpenCapture, AWriterInPlaceDoesNoHarm) {
  const Bytes options = hex("1e0c 0081 0102030405060708  1e14 2005 01020304 05060708 090a0b0c 000d 0e0f");
  PcapWriter pcap;
  PcapngWriter pcapng;
  pcapng.interface(1, 0, {{2, text("eth0")}, {9, {6}}});
  for (std::uint32_t i = 0; i < 30; ++i) {
    Bytes frame = TcpFrame{.seq = i}.ethernet();
    constexpr std::size_t ip = 14, tcp = 34;
    frame[ip + 3] = static_cast<std::uint8_t>(40 + options.size() + 9);
    frame[tcp + 12] = static_cast<std::uint8_t>((20 + options.size()) / 4 << 4);
    frame.insert(frame.end(), options.begin(), options.end());
    frame.insert(frame.end(), 9, 'x');
    pcap.packet(i, frame);
    pcapng.enhanced(0, i, frame);
  }
  expect_harmless_writer<PcapFile>(pcap.done());
  expect_harmless_writer<PcapngFile>(pcapng.done());
}

TEST(OpenCapture, AFilterAppliesToFiles) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a", small_pcap());
  auto source = open_capture(path, {.filter = "tcp"});
  ASSERT_TRUE(source);
  EXPECT_EQ(read_all(**source).size(), 1u);
  const auto wrong = open_capture(path, {.filter = "tcp port"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message().rfind("filter 'tcp port': ", 0), 0u);
}

TEST(OpenCaptures, AFileThatDoesNotOpenIsNamedAndTheOthersAreRead) {
  const TemporaryFolder folder;
  auto source = open_captures({{folder.file("missing"), Trust::unknown},
                               {folder.file("a", small_pcap()), Trust::trusted},
                               {folder.file("b", small_pcapng()), Trust::untrusted}});
  ASSERT_TRUE(source);
  const auto packets = read_all(**source);
  EXPECT_EQ(packets.size(), 3u);
  EXPECT_EQ(messages(**source),
            std::vector<std::string>{folder.file("missing") + ": No such file or directory"});
  EXPECT_EQ((*source)->paths()[0].trust, Trust::trusted);
  EXPECT_EQ((*source)->paths()[1].trust, Trust::untrusted);
}

TEST(OpenCaptures, NoFileAtAllIsAnError) {
  const TemporaryFolder folder;
  const auto source = open_captures({{folder.file("x"), Trust::unknown}, {folder.file("y"), Trust::unknown}});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().size(), 2u);
}

TEST(OpenCaptures, OneFileBehavesAsOpenedAlone) {
  const TemporaryFolder folder;
  auto source = open_captures({{folder.file("a", small_pcap()), Trust::trusted}}, {.filter = "tcp"});
  ASSERT_TRUE(source);
  const auto packets = read_all(**source);
  EXPECT_EQ(packets.size(), 1u);
  EXPECT_EQ((*source)->paths()[0].trust, Trust::trusted);
  expect_rereadable(**source, packets);
}

}  // namespace
}  // namespace mps
