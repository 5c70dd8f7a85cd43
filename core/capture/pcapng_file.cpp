// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/pcapng_file.h"

#include <fmt/format.h>

#include <limits>
#include <string_view>

#include "core/capture/capture_limits.h"

namespace mps {
namespace {

__extension__ typedef unsigned __int128 Wide;

enum BlockType : std::uint32_t {
  section_header = 0x0a0d0d0a,  // reads the same in both byte orders
  interface_description = 1,
  old_packet = 2,
  simple_packet = 3,
  enhanced_packet = 6,
  // Not packets, but Wireshark gives them a number in its list.
  journal_export = 9,
  custom = 0xbad,
  custom_not_to_copy = 0x40000bad,
  sysdig_event = 0x204,
  sysdig_event_flags = 0x208,
  sysdig_event_v2 = 0x216,
  sysdig_event_v2_flags = 0x217,
  sysdig_event_v2_large = 0x221,
  sysdig_event_v2_flags_large = 0x222,
};

constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint32_t block_header_bytes = 8;
constexpr std::uint32_t block_overhead = 12;  // type, length, length again
constexpr std::uint32_t longest_description = 16u << 20;
constexpr std::uint32_t longest_packet_options = 16u << 20;

constexpr std::uint32_t packet_fields_bytes = 20;  // of an enhanced and of an old packet block alike
constexpr std::uint32_t simple_fields_bytes = 4;
constexpr std::uint32_t interface_fields_bytes = 8;

enum InterfaceOption : std::uint16_t {
  opt_end = 0,
  opt_comment = 1,
  if_name = 2,
  if_description = 3,
  if_tsresol = 9,
  if_tsoffset = 14
};

bool is_numbered_by_wireshark(std::uint32_t type) {
  switch (type) {
    case journal_export:
    case custom:
    case custom_not_to_copy:
    case sysdig_event:
    case sysdig_event_flags:
    case sysdig_event_v2:
    case sysdig_event_v2_flags:
    case sysdig_event_v2_large:
    case sysdig_event_v2_flags_large:
      return true;
    default:
      return false;
  }
}

constexpr std::uint64_t power_of_ten(unsigned exponent) {
  std::uint64_t value = 1;
  while (exponent-- > 0) value *= 10;
  return value;
}

std::string text_of(std::span<const std::uint8_t> value) {
  std::string_view text(reinterpret_cast<const char*>(value.data()), std::min(value.size(), longest_text));
  return std::string(text.substr(0, text.find('\0')));  // some writers count a terminating zero
}

}  // namespace

void PcapngClock::set_resolution(std::uint8_t if_tsresol) {
  const unsigned exponent = if_tsresol & 0x7f;
  multiplier = divisor = 1;
  shift = 0;
  if (if_tsresol & 0x80) {
    multiplier = 1'000'000'000;
    shift = exponent;
  } else if (exponent <= 9) {
    multiplier = power_of_ten(9 - exponent);
  } else {
    // 10^19 is the largest power in 64 bits; a finer clock has counted less than a nanosecond in its 64 bits.
    if (exponent - 9 > 19)
      multiplier = 0;
    else
      divisor = power_of_ten(exponent - 9);
  }
}

void PcapngClock::set_offset(std::int64_t seconds) {
  if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &offset_ns))
    offset_ns =
        seconds < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

std::int64_t PcapngClock::to_ns(std::uint64_t units) const {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  Wide scaled = Wide{units} * multiplier;
  if (divisor != 1) scaled /= divisor;
  scaled >>= shift;
  std::int64_t ns = scaled > static_cast<Wide>(largest) ? largest : static_cast<std::int64_t>(scaled);
  if (__builtin_add_overflow(ns, offset_ns, &ns)) ns = largest;  // ns is not negative: only upwards
  return ns;
}

bool PcapngFile::has_magic(std::span<const std::uint8_t, 4> start) {
  return FileByteOrder{}.u32(start.data()) == section_header;
}

bool PcapngFile::recognises(std::span<const std::uint8_t> start) {
  if (start.size() < start_bytes) return false;
  const FileByteOrder native{};
  const std::uint32_t order_magic = native.u32(&start[8]);
  return native.u32(start.data()) == section_header &&
         (order_magic == byte_order_magic || order_magic == __builtin_bswap32(byte_order_magic));
}

PcapngFile::PcapngFile(std::unique_ptr<ByteStream> stream, std::string name)
    : stream_(std::move(stream)),
      rereadable_(stream_->is_rereadable()),
      name_(std::move(name)),
      errors_(name_) {}

bool PcapngFile::next(Packet& packet) {
  while (!ended_) {
    const auto block = read_block_header();
    if (!block) return false;
    switch (block->type) {
      case section_header:
        if (!read_section(*block)) return false;
        break;
      case interface_description:
        if (!read_interface(*block)) return false;
        break;
      case enhanced_packet:
      case old_packet:
      case simple_packet:
        if (read_packet(*block, packet)) return true;
        break;
      default:
        if (is_numbered_by_wireshark(block->type)) ++numbered_;
        if (!skip_block(*block)) return false;
    }
  }
  return false;
}

/// Type and length of the block ahead, which stays unread. A section header sets the byte order on the way,
/// because its own length is already written in it.
std::optional<PcapngFile::Block> PcapngFile::read_block_header() {
  const auto start = stream_->peek(block_header_bytes);
  if (start.size() < block_header_bytes) {
    stop_at_end(!start.empty());
    return std::nullopt;
  }
  Block block{order_.u32(start.data()), 0};
  if (block.type == section_header) {
    const auto with_magic = stream_->peek(start_bytes);
    if (with_magic.size() < start_bytes) {
      stop_at_end(true);
      return std::nullopt;
    }
    const std::uint32_t magic = FileByteOrder{}.u32(&with_magic[8]);
    if (magic != byte_order_magic && magic != __builtin_bswap32(byte_order_magic)) {
      stop("a section header has no byte order mark; nothing after it can be read");
      return std::nullopt;
    }
    order_.swapped = magic != byte_order_magic;
    block.length = order_.u32(&with_magic[4]);
  } else {
    block.length = order_.u32(&start[4]);
  }
  if (block.length < block_overhead || block.length % 4 != 0) {
    stop(fmt::format("a block length of {} bytes cannot be right; nothing after it can be read",
                     block.length));
    return std::nullopt;
  }
  return block;
}

/// The block's body, moved past; its second length field must agree with the first.
std::optional<std::span<const std::uint8_t>> PcapngFile::take_whole(const Block& block,
                                                                    std::uint32_t longest) {
  if (block.length > longest) {
    stop(fmt::format("a block length of {} bytes cannot be right; nothing after it can be read",
                     block.length));
    return std::nullopt;
  }
  const auto bytes = stream_->peek(block.length);
  if (bytes.size() < block.length) {
    stop_at_end(true);
    return std::nullopt;
  }
  const std::uint32_t length_again = order_.u32(&bytes[block.length - 4]);
  if (length_again != block.length) {
    stop(fmt::format("a block's two lengths differ ({} and {}); nothing after it can be read", block.length,
                     length_again));
    return std::nullopt;
  }
  stream_->skip(block.length);
  return bytes.subspan(block_header_bytes, block.length - block_overhead);
}

/// Skipped blocks need not fit into memory.
bool PcapngFile::skip_block(const Block& block) {
  if (!stream_->skip_unseen(block.length - 4)) return stop_at_end(true);
  const auto tail = stream_->peek(4);
  if (tail.size() < 4) return stop_at_end(true);
  const std::uint32_t length_again = order_.u32(tail.data());
  if (length_again != block.length)
    return stop(fmt::format("a block's two lengths differ ({} and {}); nothing after it can be read",
                            block.length, length_again));
  stream_->skip(4);
  return true;
}

bool PcapngFile::read_section(const Block& block) {
  constexpr std::uint32_t section_fields_bytes = 16;
  if (block.length < block_overhead + section_fields_bytes)
    return stop(fmt::format("a section header of {} bytes is too short", block.length));
  const auto body = take_whole(block, longest_description);
  if (!body) return false;
  if (const std::uint16_t major = order_.u16(&(*body)[4]); major != 1)
    return stop(fmt::format("pcapng version {}.{} is not known", major, order_.u16(&(*body)[6])));
  interfaces_.clear();
  return true;
}

bool PcapngFile::read_interface(const Block& block) {
  const auto body = take_whole(block, longest_description);
  if (!body) return false;
  if (body->size() < interface_fields_bytes)
    return stop(fmt::format("an interface description of {} bytes is too short", block.length));
  if (paths_.size() == most_interfaces) return stop(fmt::format("more than {} interfaces", most_interfaces));
  CapturePath path;
  Interface interface {};
  path.file = name_;
  path.link = interface.link = order_.u16(body->data());
  path.snaplen = interface.snaplen = order_.u32(&(*body)[4]);
  read_interface_options(body->subspan(interface_fields_bytes), path, interface.clock);
  interface.path = static_cast<std::uint32_t>(paths_.size());
  paths_.push_back(std::move(path));
  interfaces_.push_back(interface);
  return true;
}

/// A damaged option list ends quietly: the packets do not depend on names.
void PcapngFile::read_interface_options(std::span<const std::uint8_t> options, CapturePath& path,
                                        PcapngClock& clock) {
  while (options.size() >= 4) {
    const std::uint16_t code = order_.u16(&options[0]);
    const std::size_t length = order_.u16(&options[2]);
    options = options.subspan(4);
    if (code == opt_end || length > options.size()) return;
    const auto value = options.first(length);
    if (code == if_name) path.interface_name = text_of(value);
    if (code == if_description) path.description = text_of(value);
    if (code == opt_comment && path.comment.empty()) path.comment = text_of(value);
    if (code == if_tsresol && length == 1) clock.set_resolution(value[0]);
    if (code == if_tsoffset && length == 8)
      clock.set_offset(static_cast<std::int64_t>(order_.u64(value.data())));
    options = options.subspan(std::min(options.size(), (length + 3) / 4 * 4));
  }
}

bool PcapngFile::read_packet(const Block& block, Packet& packet) {
  const std::uint64_t block_offset = stream_->position();
  const auto body = take_whole(block, longest_packet_ever + longest_packet_options);
  if (!body) return false;
  ++numbered_;
  const std::uint32_t fields = block.type == simple_packet ? simple_fields_bytes : packet_fields_bytes;
  if (body->size() < fields) {
    errors_.add(numbered_, fmt::format("a packet block of {} bytes is too short", block.length));
    return false;
  }
  std::uint32_t interface = 0;
  std::uint32_t length = 0;
  std::uint32_t length_on_wire = 0;
  std::optional<std::uint64_t> units;
  if (block.type == simple_packet) {
    length_on_wire = order_.u32(body->data());
    length = length_on_wire;
    if (!interfaces_.empty() && interfaces_[0].snaplen != 0)
      length = std::min(length, interfaces_[0].snaplen);
  } else {
    interface = block.type == enhanced_packet ? order_.u32(body->data()) : order_.u16(body->data());
    units = std::uint64_t{order_.u32(&(*body)[4])} << 32 | order_.u32(&(*body)[8]);
    length = order_.u32(&(*body)[12]);
    length_on_wire = order_.u32(&(*body)[16]);
  }
  if (length > body->size() - fields) {
    errors_.add(numbered_, fmt::format("a captured length of {} bytes does not fit its block of {} bytes",
                                       length, block.length));
    return false;
  }
  return deliver(interface, units, length_on_wire, body->subspan(fields, length),
                 block_offset + block_header_bytes + fields, packet);
}

bool PcapngFile::deliver(std::uint32_t interface, std::optional<std::uint64_t> units,
                         std::uint32_t length_on_wire, std::span<const std::uint8_t> bytes,
                         std::uint64_t offset, Packet& packet) {
  if (interface >= interfaces_.size()) {
    errors_.add(numbered_, fmt::format("interface {} is not described (the section has {} interfaces)",
                                       interface, interfaces_.size()));
    return false;
  }
  const Interface& from = interfaces_[interface];
  packet.number = ++delivered_;
  packet.number_in_file = numbered_;
  packet.time_ns = units ? from.clock.to_ns(*units) : 0;  // simple packets carry no time
  packet.path = from.path;
  packet.link = from.link;
  packet.length_on_wire = length_on_wire;
  packet.bytes = bytes;
  packet.locator =
      rereadable_ && offset + bytes.size() < (std::uint64_t{1} << locator_bits) ? offset : no_locator;
  return true;
}

bool PcapngFile::stop(std::string reason) {
  errors_.add(numbered_ + 1, std::move(reason), *stream_);
  ended_ = true;
  return false;
}

/// The input has no more bytes: the proper end, the middle of a block, or the user's
/// interruption.
bool PcapngFile::stop_at_end(bool block_begun) {
  ended_ = true;
  if (stream_->interrupted()) return false;
  if (!stream_->error().empty()) return stop(stream_->error());
  if (block_begun) return stop("the file ends inside a block");
  return false;
}

}  // namespace mps
