// SPDX-License-Identifier: GPL-2.0-or-later
/// Writes pcap and pcapng files byte by byte, in every variant the formats allow and in wrong ones. Shares no
/// code with the readers, so that a misunderstanding of the format does not cancel out.
#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/hex.h"

namespace mps::test {

/// Appends integers in the chosen byte order.
class ByteWriter {
 public:
  explicit ByteWriter(bool big_endian) : big_endian_(big_endian) {}
  ByteWriter& u16(std::uint64_t value) { return put(value, 2); }
  ByteWriter& u32(std::uint64_t value) { return put(value, 4); }
  ByteWriter& u64(std::uint64_t value) { return put(value, 8); }
  ByteWriter& bytes(const Bytes& more) {
    out_.insert(out_.end(), more.begin(), more.end());
    return *this;
  }
  ByteWriter& pad(std::size_t alignment = 4) {
    while (out_.size() % alignment != 0) out_.push_back(0);
    return *this;
  }
  const Bytes& done() const { return out_; }

 private:
  ByteWriter& put(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      const int shift = 8 * (big_endian_ ? count - 1 - i : i);
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }
  bool big_endian_;
  Bytes out_;
};

struct PcapStyle {
  bool big_endian = false;
  bool nanoseconds = false;
  std::uint32_t link = 1;
  std::uint32_t snaplen = 262144;
};

class PcapWriter {
 public:
  explicit PcapWriter(PcapStyle style = {}) : style_(style), out_(style.big_endian) {
    out_.u32(style.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4)
        .u16(2)
        .u16(4)
        .u32(0)
        .u32(0)
        .u32(style.snaplen)
        .u32(style.link);
  }
  PcapWriter& packet(std::int64_t time_ns, const Bytes& bytes, std::uint32_t on_wire = 0) {
    const auto fraction = time_ns % 1'000'000'000;
    out_.u32(static_cast<std::uint64_t>(time_ns / 1'000'000'000));
    out_.u32(static_cast<std::uint64_t>(style_.nanoseconds ? fraction : fraction / 1000));
    out_.u32(bytes.size()).u32(on_wire != 0 ? on_wire : bytes.size()).bytes(bytes);
    return *this;
  }
  /// A record header that need not be true, and nothing after it.
  PcapWriter& record_header(std::uint32_t length) {
    out_.u32(1).u32(1).u32(length).u32(length);
    return *this;
  }
  const Bytes& done() const { return out_.done(); }

 private:
  PcapStyle style_;
  ByteWriter out_;
};

/// Options of a block: code and value.
using PcapngOptions = std::vector<std::pair<std::uint16_t, Bytes>>;

class PcapngWriter {
 public:
  explicit PcapngWriter(bool big_endian = false) { section(big_endian); }

  PcapngWriter& section(bool big_endian) {
    big_endian_ = big_endian;
    return block(0x0a0d0d0a,
                 ByteWriter(big_endian).u32(0x1a2b3c4d).u16(1).u16(0).u64(~std::uint64_t{0}).done());
  }
  PcapngWriter& interface(std::uint16_t link, std::uint32_t snaplen = 0, const PcapngOptions& options = {}) {
    ByteWriter body(big_endian_);
    body.u16(link).u16(0).u32(snaplen);
    for (const auto& [code, value] : options) body.u16(code).u16(value.size()).bytes(value).pad();
    if (!options.empty()) body.u16(0).u16(0);
    return block(1, body.done());
  }
  PcapngWriter& enhanced(std::uint32_t interface, std::uint64_t units, const Bytes& bytes,
                         std::uint32_t on_wire = 0) {
    ByteWriter body(big_endian_);
    body.u32(interface)
        .u32(units >> 32)
        .u32(units)
        .u32(bytes.size())
        .u32(on_wire != 0 ? on_wire : bytes.size());
    return block(6, body.bytes(bytes).pad().done());
  }
  PcapngWriter& old(std::uint16_t interface, std::uint64_t units, const Bytes& bytes) {
    ByteWriter body(big_endian_);
    body.u16(interface).u16(0).u32(units >> 32).u32(units).u32(bytes.size()).u32(bytes.size());
    return block(2, body.bytes(bytes).pad().done());
  }
  /// `on_wire` bytes were on the wire; `bytes` are what the interface's snaplen left.
  PcapngWriter& simple(const Bytes& bytes, std::uint32_t on_wire) {
    return block(3, ByteWriter(big_endian_).u32(on_wire).bytes(bytes).pad().done());
  }
  PcapngWriter& block(std::uint32_t type, const Bytes& body) {
    const std::size_t length = 12 + (body.size() + 3) / 4 * 4;
    return raw(ByteWriter(big_endian_).u32(type).u32(length).bytes(body).pad().u32(length).done());
  }
  PcapngWriter& raw(const Bytes& bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  bool big_endian() const { return big_endian_; }
  const Bytes& done() const { return out_; }

 private:
  bool big_endian_ = false;
  Bytes out_;
};

/// A TCP segment in an Ethernet frame (or bare, link type 101), with whatever fields a test wants to tell
/// apart.
struct TcpFrame {
  std::uint16_t ip_id = 1;
  std::uint8_t ttl = 64;
  std::uint16_t ip_checksum = 0;
  std::uint16_t source_port = 1234;
  std::uint32_t seq = 1000;
  std::uint16_t tcp_checksum = 0;
  Bytes payload = {};

  Bytes ip() const {
    ByteWriter out(true);
    out.u16(0x4500).u16(40 + payload.size()).u16(ip_id).u16(0x4000).u16(ttl << 8 | 6).u16(ip_checksum);
    out.u32(0x0a000001).u32(0x0a000002);
    out.u16(source_port).u16(80).u32(seq).u32(1).u16(0x5010).u16(512).u16(tcp_checksum).u16(0);
    return out.bytes(payload).done();
  }
  Bytes ethernet() const {
    return ByteWriter(true).bytes(hex("020000000001 020000000002 0800")).bytes(ip()).done();
  }
};

inline void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace mps::test
