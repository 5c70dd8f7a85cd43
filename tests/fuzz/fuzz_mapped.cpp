// SPDX-License-Identifier: GPL-2.0-or-later
/// Differential: a capture read through windows of a mapping against the same file read by copying; and a
/// file that is cut while it is read.
/// Input: flags (bit 0: cut; bits 1 and 2: the size of the windows; bit 3: payloads are not used), packets
/// before the cut (1 byte), where the file is cut and where in it the capture begins (2 + 2 bytes, little
/// endian: so that captures of any size cross the pages' ends anywhere), then the capture.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/capture/mapped_file.h"
#include "core/capture/pcap_file.h"
#include "core/capture/pcapng_file.h"
#include "tests/fuzz/require.h"

namespace {

using mps::test::require;
using Bytes = std::vector<std::uint8_t>;

struct Case {
  bool is_cut;
  bool payload_used;
  std::size_t window;
  std::size_t packets_before;
  std::size_t begin;
  std::size_t cut;
};

/// The file that all runs share: one of memory.
class File {
 public:
  File() : fd_(memfd_create("capture", MFD_CLOEXEC)), path_(fmt::format("/proc/self/fd/{}", fd_)) {
    require(fd_ >= 0);
  }
  void hold(std::span<const std::uint8_t> capture, std::size_t begin) {
    cut(0);
    const auto size = static_cast<ssize_t>(capture.size());
    require(pwrite(fd_, capture.data(), capture.size(), static_cast<off_t>(begin)) == size);
  }
  void cut(std::size_t size) { require(ftruncate(fd_, static_cast<off_t>(size)) == 0); }
  int open_at(std::size_t begin) const {
    const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    require(fd >= 0 && lseek(fd, static_cast<off_t>(begin), SEEK_SET) == static_cast<off_t>(begin));
    return fd;
  }

 private:
  int fd_;
  std::string path_;
};

struct ReadPacket {
  mps::Packet packet;  ///< its bytes are no longer there
  Bytes bytes;
  bool operator==(const ReadPacket& other) const {
    const mps::Packet &a = packet, &b = other.packet;
    return a.number == b.number && a.number_in_file == b.number_in_file && a.time_ns == b.time_ns &&
           a.path == b.path && a.link == b.link && a.length_on_wire == b.length_on_wire &&
           a.locator == b.locator && bytes == other.bytes;
  }
};

/// All that a source has to tell.
struct Reading {
  std::vector<ReadPacket> packets;
  std::vector<std::string> errors;
  std::vector<std::string> paths;
  bool operator==(const Reading&) const = default;

  void take(const mps::Packet& packet) {
    packets.push_back({packet, {packet.bytes.begin(), packet.bytes.end()}});
  }
  void end(const mps::PacketSource& source) {
    for (const auto& error : source.errors()) errors.push_back(error.message());
    for (const auto& path : source.paths())
      paths.push_back(fmt::format("{} {} {} {} {}", path.interface_name, path.description, path.comment,
                                  path.link, path.snaplen));
  }
};

template <typename Reader>
Reading read_copied(const File& file, const Case& c) {
  constexpr std::size_t small_ring = 4096;
  Reader source(std::make_unique<mps::FileStream>(file.open_at(c.begin), small_ring), "capture");
  Reading reading;
  for (mps::Packet packet; source.next(packet);) reading.take(packet);
  reading.end(source);
  return reading;
}

template <typename Reader>
std::unique_ptr<Reader> open_mapped(const File& file, const Case& c) {
  auto stream = mps::MappedFile::open(file.open_at(c.begin), c.window);
  require(stream != nullptr);
  auto source = std::make_unique<Reader>(std::move(stream), "capture");
  source->expect_payload_use(c.payload_used);
  return source;
}

template <typename Reader>
void must_read_the_same(const File& file, const Case& c, const Reading& copied) {
  const auto source = open_mapped<Reader>(file, c);
  Reading reading;
  Bytes again;
  for (mps::Packet packet; source->next(packet);) {
    reading.take(packet);
    again.resize(packet.bytes.size());
    require(source->read(packet.locator, again) && again == reading.packets.back().bytes);
    const auto at_hand = source->at_hand(packet.locator, again.size());
    require(at_hand.data() == packet.bytes.data() || again.empty());
  }
  reading.end(*source);
  require(reading == copied);
}

template <typename Reader>
void must_tell_the_cut(File& file, const Case& c, const Reading& whole) {
  const auto source = open_mapped<Reader>(file, c);
  Reading reading;
  mps::Packet packet;
  bool is_more = true;
  while (is_more && reading.packets.size() < c.packets_before) {
    is_more = source->next(packet);
    if (is_more) reading.take(packet);
  }
  file.cut(c.cut);
  if (is_more && !reading.packets.empty())  // its bytes may still be looked at
    require(std::count(packet.bytes.begin(), packet.bytes.end(), 1) >= 0);
  while (is_more && source->next(packet)) {
    reading.take(packet);
    Bytes again(packet.bytes.size());
    if (source->read(packet.locator, again)) require(packet.locator + again.size() <= c.cut || again.empty());
  }
  reading.end(*source);

  const bool is_told = std::any_of(reading.errors.begin(), reading.errors.end(), [](const auto& error) {
    return error.find("became shorter") != std::string::npos;
  });
  if (!is_told) {
    require(reading == whole || reading == read_copied<Reader>(file, c));
    return;
  }
  for (std::size_t i = 0; i < std::min(reading.packets.size(), whole.packets.size()); ++i) {
    const ReadPacket& expected = whole.packets[i];
    if (i < c.packets_before || expected.packet.locator + expected.bytes.size() <= c.cut)
      require(reading.packets[i] == expected);
  }
}

template <typename Reader>
void compare(std::span<const std::uint8_t> capture, const Case& c) {
  static File file;
  file.hold(capture, c.begin);
  const Reading copied = read_copied<Reader>(file, c);
  must_read_the_same<Reader>(file, c, copied);
  if (c.is_cut) must_tell_the_cut<Reader>(file, c, copied);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t head = 6;
  constexpr std::size_t windows[] = {4096, 8192, 16384, mps::MappedFile::default_window};
  constexpr std::size_t latest_begin = 8192;
  if (size < head) return 0;
  const std::span<const std::uint8_t> capture(data + head, size - head);
  Case c;
  c.is_cut = data[0] & 1;
  c.window = windows[data[0] >> 1 & 3];
  c.payload_used = !(data[0] & 8);
  c.packets_before = data[1];
  c.begin = (data[4] | data[5] << 8) % latest_begin;
  c.cut = (data[2] | data[3] << 8) % (c.begin + capture.size() + 1);
  if (mps::PcapFile::recognises(capture)) compare<mps::PcapFile>(capture, c);
  if (mps::PcapngFile::recognises(capture)) compare<mps::PcapngFile>(capture, c);
  return 0;
}
