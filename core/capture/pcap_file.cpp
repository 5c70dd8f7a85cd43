// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/pcap_file.h"

#include <fmt/format.h>

#include "core/capture/capture_limits.h"

namespace mps {
namespace {

constexpr std::uint32_t magic_microseconds = 0xa1b2c3d4;
constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr std::size_t record_header_bytes = 16;

struct Magic {
  FileByteOrder order;
  bool nanoseconds = false;
  bool known = false;
};

Magic read_magic(const std::uint8_t* bytes) {
  for (const bool swapped : {false, true}) {
    const FileByteOrder order{swapped};
    const std::uint32_t magic = order.u32(bytes);
    if (magic == magic_microseconds || magic == magic_nanoseconds)
      return {order, magic == magic_nanoseconds, true};
  }
  return {};
}

/// The upper bits of the field tell the length of the frame check sequence.
LinkType link_of(std::uint32_t field) {
  const std::uint32_t link = field & 0x03ffffff;
  return link < unknown_link ? static_cast<LinkType>(link) : unknown_link;
}

/// A record of another layout shows itself in the next one's header, which is then read from a wrong place:
/// what is taken for the fraction of a second or for the length is something else.
bool has_plain_records(const Magic& magic, std::uint32_t snaplen, std::span<const std::uint8_t> records) {
  constexpr int records_to_try = 4;
  const std::uint32_t units_per_second = magic.nanoseconds ? 1'000'000'000 : 1'000'000;
  for (int i = 0; i < records_to_try && records.size() >= record_header_bytes; ++i) {
    if (magic.order.u32(&records[4]) >= units_per_second) return false;
    const std::uint32_t length = magic.order.u32(&records[8]);
    if (length > longest_packet(snaplen)) return false;
    if (length > records.size() - record_header_bytes) return true;
    records = records.subspan(record_header_bytes + length);
  }
  return true;
}

}  // namespace

bool PcapFile::has_magic(std::span<const std::uint8_t, 4> start) {
  return read_magic(start.data()).known;
}

bool PcapFile::recognises(std::span<const std::uint8_t> start) {
  if (start.size() < header_bytes) return false;
  const Magic magic = read_magic(start.data());
  if (!magic.known || magic.order.u16(&start[4]) != 2 || magic.order.u16(&start[6]) != 4) return false;
  return has_plain_records(magic, magic.order.u32(&start[16]), start.subspan(header_bytes));
}

PcapFile::PcapFile(std::unique_ptr<ByteStream> stream, std::string name)
    : stream_(std::move(stream)), rereadable_(stream_->is_rereadable()), errors_(name) {
  const auto header = stream_->peek(header_bytes);
  if (header.size() < header_bytes) {  // gone since recognises() saw it
    stop_at_end(true);
    return;
  }
  const Magic magic = read_magic(header.data());
  order_ = magic.order;
  ns_per_unit_ = magic.nanoseconds ? 1 : 1000;
  CapturePath path;
  path.file = std::move(name);
  path.snaplen = order_.u32(&header[16]);
  path.link = link_of(order_.u32(&header[20]));
  longest_record_ = longest_packet(path.snaplen);
  paths_.push_back(std::move(path));
  stream_->skip(header_bytes);
}

bool PcapFile::next(Packet& packet) {
  if (ended_) return false;
  const auto header = stream_->peek(record_header_bytes);
  if (header.size() < record_header_bytes) return stop_at_end(!header.empty());
  const std::uint32_t seconds = order_.u32(&header[0]);
  const std::uint32_t fraction = order_.u32(&header[4]);
  const std::uint32_t length = order_.u32(&header[8]);
  const std::uint32_t length_on_wire = order_.u32(&header[12]);
  if (length > longest_record_)
    return stop_at_damage(
        fmt::format("a captured length of {} bytes cannot be right; nothing after it can be read", length));

  const auto record = stream_->peek(record_header_bytes + length);
  if (record.size() < record_header_bytes + length) return stop_at_end(true);
  packet.number = packet.number_in_file = ++packets_;
  packet.time_ns = std::int64_t{seconds} * 1'000'000'000 + std::int64_t{fraction} * ns_per_unit_;
  packet.path = 0;
  packet.link = paths_[0].link;
  packet.length_on_wire = length_on_wire;
  packet.bytes = record.subspan(record_header_bytes, length);
  const std::uint64_t locator = stream_->position() + record_header_bytes;
  packet.locator =
      rereadable_ && locator + length < (std::uint64_t{1} << locator_bits) ? locator : no_locator;
  stream_->skip(record_header_bytes + length);
  return true;
}

bool PcapFile::stop_at_damage(std::string reason) {
  ended_ = true;
  errors_.add(packets_ + 1, std::move(reason), *stream_);
  return false;
}

/// The input has no more bytes: the proper end, or the middle of a packet, or the user's interruption.
bool PcapFile::stop_at_end(bool packet_begun) {
  if (stream_->interrupted()) {
    ended_ = true;
    return false;
  }
  if (!stream_->error().empty()) return stop_at_damage(stream_->error());
  if (packet_begun) return stop_at_damage("the file ends inside this packet");
  ended_ = true;
  return false;
}

SourceProgress PcapFile::progress() const {
  return {stream_->position(), stream_->size(), packets_, 0};
}

bool PcapFile::read(std::uint64_t locator, std::span<std::uint8_t> out) {
  return stream_->read_at(locator, out);
}

}  // namespace mps
