// SPDX-License-Identifier: GPL-2.0-or-later
/// Scripts an MPTCP connection (RFC 6824, RFC 8684) as TCP segments with real keys, tokens and HMACs, so that
/// each fact about the tracker is a short test: make the segments, put them in any order, feed them to a
/// Tracked. Not a TCP: nothing is acknowledged, timed or resent by itself.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/mptcp/tracker.h"
#include "tests/support/hex.h"

namespace mps::test {

inline constexpr Direction c2s = Direction::initiator_to_listener;
inline constexpr Direction s2c = Direction::listener_to_initiator;

/// A segment that owns its bytes.
struct Segment {
  Endpoint source, destination;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t flags = tcp_ack;
  Bytes options;
  Bytes payload;
  std::uint32_t cut = 0;  ///< payload bytes that a snaplen took off the end of `payload`
  std::uint32_t path = 0;
};
using Segments = std::vector<Segment>;
Segments operator+(Segments a, const Segments& b);

/// `count` bytes that differ from their neighbours and from other seeds' bytes.
Bytes sample(std::size_t count, std::uint32_t seed = 1);
Bytes slice(const Bytes& bytes, std::size_t from, std::size_t count);
Endpoint endpoint(unsigned host, std::uint16_t port, bool ipv6 = false);

// --- options as bytes; what is left out is not there ---
struct CapableFields {
  std::uint8_t version = 1, flags = 0x01;
  std::optional<Key> sender = {}, receiver = {};
  std::optional<std::uint16_t> data_length = {}, checksum = {};
};
Bytes mp_capable(const CapableFields& fields);
struct DssFields {
  std::optional<std::uint64_t> ack = {};
  bool ack_is_64 = false;
  bool has_mapping = true;
  std::uint64_t dsn = 0;
  bool dsn_is_64 = true;
  std::uint32_t ssn = 0;
  std::uint16_t length = 0;
  std::optional<std::uint16_t> checksum = {};
  bool fin = false;
};
Bytes dss(const DssFields& fields);
/// RFC 8684 3.3.1, the slow way; the DSN is the 64-bit one.
std::uint16_t dss_checksum(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length, const Bytes& payload);

/// One subflow as both ends know it. Index 0 is the opener, 1 the accepter.
struct Wire {
  Endpoint opener, accepter;
  bool by_listener = false;  ///< the listener of the connection opened it
  std::array<std::uint32_t, 2> isn{};
  std::array<std::uint32_t, 2> nonce{};
  std::array<std::uint32_t, 2> next_ssn{1, 1};  ///< of data not yet sent
  std::uint32_t tfo_accepted = 0;               ///< SYN payload that the SYN/ACK acknowledges
  std::uint32_t path = 0;
};

/// How data() deviates from a full 64-bit DSS on the segment.
struct How {
  bool mapped = true;
  bool dsn_is_64 = true;
  bool fin = false;
  std::optional<std::uint32_t> ssn = {};  ///< instead of the next one: a retransmission
  std::optional<std::uint64_t> map_offset =
      {};  ///< the mapping begins elsewhere in the stream than the payload
  std::optional<std::uint32_t> map_ssn = {};
  std::optional<std::uint16_t> map_length = {};  ///< payload bytes, without the DATA_FIN's one
  bool spoil_checksum = false;
};

class Script {
 public:
  explicit Script(unsigned version = 1, std::uint8_t flags = 0x01);

  unsigned version;
  std::uint8_t flags;   ///< of both sides' MP_CAPABLE
  std::uint8_t nibble;  ///< the version that MP_CAPABLE names
  bool checksums = false;
  std::array<Key, 2> keys;  ///< initiator's, listener's
  std::vector<Wire> wires;  ///< 0 is the initial subflow

  KeyHash hash() const { return version == 0 ? KeyHash::sha1 : KeyHash::sha256; }
  std::uint32_t token(bool listeners) const { return token_of(keys[listeners], hash()); }
  /// DSN of the stream's byte 0 (without TCP Fast Open).
  std::uint64_t origin(Direction d) const { return idsn_of(keys[index(d)], hash()) + 1; }
  /// Chooses keys whose hash gives an IDSN near a wrap: tries keys until `wanted` accepts origin(d).
  template <typename Wanted>
  void search_key(Direction d, Wanted wanted) {
    for (std::uint32_t n = 1; !wanted(origin(d)); ++n)
      for (int i = 0; i < 4; ++i)
        keys[index(d)][static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> 8 * i);
  }

  std::size_t add_wire(bool by_listener = false, bool ipv6 = false);

  Segment syn(std::size_t wire = 0, const Bytes& tfo = {});
  Segment syn_ack(std::size_t wire = 0);
  Segment third_ack(std::size_t wire = 0);
  Segments open(std::size_t wire = 0) { return {syn(wire), syn_ack(wire), third_ack(wire)}; }

  Segment data(std::size_t wire, Direction d, std::uint64_t offset, const Bytes& payload,
               const How& how = {});
  /// v1: the first data with both keys and an implicit mapping.
  Segment capable_data(const Bytes& payload, std::optional<std::uint16_t> mapped = {});
  Segment data_fin(std::size_t wire, Direction d, std::uint64_t length, bool dsn_is_64 = true);
  /// Nothing but `options`, from the sender of `d`.
  Segment bare(std::size_t wire, Direction d, const Bytes& options, std::uint8_t flags = tcp_ack);

 private:
  std::size_t side(std::size_t wire, Direction d) const {
    return (d == c2s) == !wires[wire].by_listener ? 0 : 1;
  }
};

/// Payload bytes by locator, as a capture file in memory.
class VectorArchive final : public PayloadArchive {
 public:
  std::uint64_t add(std::span<const std::uint8_t> bytes);
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override;
  void lose() { lost_ = true; }  ///< from now on nothing can be read
  std::size_t reads = 0;

 private:
  Bytes bytes_;
  bool lost_ = false;
};

/// A tracker, what it handed on, and the place where payload can be read again.
class Tracked : public TrackerListener {
 public:
  enum class Memory { copies, archive };
  explicit Tracked(Memory memory = Memory::archive, const TrackerOptions& options = {},
                   const KeyLog* key_log = nullptr);

  Subflow* feed_one(const Segment& segment);
  Tracked& feed(const Segment& segment) {
    feed_one(segment);
    return *this;
  }
  Tracked& feed(const Segments& segments);
  Tracked& finish();

  /// The connections that were not merged into others.
  std::vector<const Connection*> live() const;
  const Connection& only() const;  ///< fails the test unless there is exactly one
  const DataStream& stream(Direction d) const { return only().stream(d); }
  /// What was handed on, as on the wire.
  const Bytes& bytes(Direction d) const { return delivered_.at({only().id, index(d)}); }
  bool any_bytes(Direction d) const { return delivered_.contains({only().id, index(d)}); }
  std::uint64_t count(AnomalyKind kind) const { return tracker->anomalies().count(kind); }
  std::uint64_t damage() const;

  VectorArchive archive;
  std::unique_ptr<MptcpTracker> tracker;

 private:
  void on_stream(Connection&, Direction, std::uint64_t offset, std::span<const std::uint8_t>,
                 const Extent&) override;
  bool with_archive_;
  std::uint64_t frame_ = 0;
  std::map<std::pair<std::uint32_t, std::size_t>, Bytes> delivered_;
};

}  // namespace mps::test
