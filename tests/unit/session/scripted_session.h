// SPDX-License-Identifier: GPL-2.0-or-later
/// A session over scripted segments: what it reports, and what it hands out.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/mptcp/stream_decoder.h"
#include "core/session/session.h"
#include "tests/support/segment_program.h"

namespace mps::test {

constexpr std::uint8_t flagged = 0x11;  ///< MP_CAPABLE's flags of endpoints that scramble

/// Segments as packets of raw IP in memory.
class ScriptSource final : public PacketSource {
 public:
  explicit ScriptSource(const Segments& segments) {
    for (std::uint32_t path = 0; path < 4; ++path) {
      paths_.push_back({});
      paths_.back().file = "memory";
      paths_.back().interface_name = "path" + std::to_string(path);
      paths_.back().link = 101;
    }
    for (const Segment& segment : segments) add(segment);
  }
  bool next(Packet& packet) override {
    if (at_ == packets_.size()) return false;
    packet = packets_[at_++];
    packet.bytes = std::span(bytes_).subspan(packet.locator, packet.length_on_wire);
    packet.number = at_;
    return true;
  }
  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_; }
  SourceProgress progress() const override { return {bytes_.size(), bytes_.size(), at_, 0}; }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    if (lost || locator + out.size() > bytes_.size()) return false;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(locator), out.size(), out.begin());
    return true;
  }
  void expect_payload_use(bool used) override { payload_used = used; }
  bool lost = false;
  std::optional<bool> payload_used;

 private:
  void put(std::uint64_t value, unsigned size) {
    while (size-- > 0) bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * size));
  }
  void add(const Segment& s) {
    Packet packet;
    packet.locator = bytes_.size();
    packet.path = s.path;
    packet.link = 101;
    const std::size_t padded = (s.options.size() + 3) / 4 * 4;
    const std::size_t tcp = 20 + padded + s.payload.size();
    const bool v4 = s.source.address.is_v4();
    if (v4) {
      put(0x4500, 2);
      put(20 + tcp, 2);
      put(0x0000400040060000, 8);
    } else {
      put(0x60000000, 4);
      put(tcp, 2);
      put(0x0640, 2);
    }
    for (const auto& end : {s.source, s.destination})
      bytes_.insert(bytes_.end(), end.address.bytes.begin() + (v4 ? 12 : 0), end.address.bytes.end());
    put(s.source.port, 2);
    put(s.destination.port, 2);
    put(s.seq, 4);
    put(s.ack, 4);
    put((5 + padded / 4) << 4, 1);
    put(s.flags, 1);
    put(0x0100'0000'0000, 6);
    bytes_.insert(bytes_.end(), s.options.begin(), s.options.end());
    bytes_.insert(bytes_.end(), padded - s.options.size(), 0);
    bytes_.insert(bytes_.end(), s.payload.begin(), s.payload.end());
    packet.length_on_wire = static_cast<std::uint32_t>(bytes_.size() - packet.locator);
    packets_.push_back(packet);
  }
  Bytes bytes_;
  std::vector<Packet> packets_;
  std::size_t at_ = 0;
  std::vector<CapturePath> paths_;
  std::vector<CaptureError> errors_;
};

class Sink final : public RecoverySink {
 public:
  void on_recovered(const Connection&, Direction d, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override {
    auto& stream = streams[index(d)];
    EXPECT_TRUE(stream.empty() || stream.rbegin()->first < offset);
    for (const std::uint8_t byte : bytes) stream.emplace_hint(stream.end(), offset++, byte);
  }
  std::array<std::map<std::uint64_t, std::uint8_t>, 2> streams;
};

struct Analysis {
  explicit Analysis(const Segments& segments, const SessionOptions& options = {}, const KeyLog* log = nullptr,
                    bool lose = false)
      : source(segments), session(source, options, log, &sink) {
    while (session.step(3)) {
    }
    source.lost = lose;
    report = session.finish();
  }
  const ConnectionReport& connection() const { return report.connections.at(0); }
  const StreamReport& stream(Direction d) const { return connection().streams[index(d)]; }
  /// Every recovered byte is `plain`'s, and the report counts them.
  void expect_right(Direction d, const Bytes& plain) const {
    for (const auto& [offset, byte] : sink.streams[index(d)]) ASSERT_EQ(byte, plain.at(offset)) << offset;
    EXPECT_EQ(stream(d).recovered, sink.streams[index(d)].size());
    std::uint64_t listed = 0;
    for (const StreamRange& range : stream(d).recovered_ranges) listed += range.size();
    EXPECT_EQ(listed, stream(d).recovered);
  }
  Sink sink;
  ScriptSource source;
  Session session;
  SessionReport report;
};

inline Bytes scrambled(const Script& script, Direction d, Bytes bytes) {
  Connection connection;
  connection.hash = script.hash();
  connection.keys = {script.keys[0], script.keys[1]};
  mps_state state = initial_state(connection, d, InitialRegister::key, KeyOrder::wire);
  mps_scramble(&state, bytes.data(), bytes.data(), bytes.size());
  return bytes;
}

inline std::string hash_of(const Bytes& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace mps::test
