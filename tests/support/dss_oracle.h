// SPDX-License-Identifier: GPL-2.0-or-later
/// The slow twin of core/mptcp: reassembles MPTCP streams from captured frames in the most obvious way, one
/// map entry per stream byte. It reads headers itself, so that an error in core/packet cannot hide behind it;
/// only tokens and IDSNs come from core/secrets, which is tested by published vectors. For captures of up to
/// a few MB with TCP over IPv4 or IPv6 without tunnels. Not for hostile input beyond staying inside its
/// buffers, and streams below 2 GB.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/secrets/key_log.h"

namespace mps::oracle {

/// A half-open range of stream positions; 0 is the first application byte.
using Range = std::pair<std::uint64_t, std::uint64_t>;

struct StreamByte {
  std::uint8_t value = 0;       ///< of the first copy seen
  std::uint32_t paths = 0;      ///< bit p: a copy was seen on path p
  std::set<unsigned> subflows;  ///< that carried a copy
  bool contradicted = false;    ///< a later copy had another value
};

struct Stream {
  std::map<std::uint64_t, StreamByte> bytes;  ///< by position
  std::optional<std::uint64_t> fin;           ///< length of the stream according to DATA_FIN
  std::uint64_t unmapped = 0;                 ///< payload bytes that no mapping covers
  std::uint64_t retransmitted = 0;            ///< payload bytes seen again under the same subflow numbers
  std::uint64_t checksums_good = 0;
  std::uint64_t checksums_bad = 0;  ///< only mappings whose bytes were all captured are checked

  /// Length known from DATA_FIN, or else from the last byte seen.
  std::uint64_t length() const;
  /// Bytes seen on any of `paths`, as maximal ranges.
  std::vector<Range> seen(std::uint32_t paths = ~std::uint32_t{0}) const;
  /// What is not seen of [0, length()).
  std::vector<Range> missing(std::uint32_t paths = ~std::uint32_t{0}) const;
  /// All bytes in order if none is missing.
  std::optional<std::vector<std::uint8_t>> whole() const;
};

struct Subflow {
  std::uint32_t path = 0;  ///< that its SYN was seen on
  bool opened_by_listener = false;
  bool ipv6 = false;
};

struct Connection {
  std::optional<Key> initiator_key;
  std::optional<Key> listener_key;
  KeyHash hash = KeyHash::sha256;
  std::uint8_t syn_flags = 0;  ///< of the first MP_CAPABLE
  std::vector<Subflow> subflows;
  Stream c2s;  ///< from the initiator
  Stream s2c;
};

class DssOracle {
 public:
  /// `link` is a LINKTYPE_; `path` numbers the tap, below 32. Frames of one tap come in capture order.
  void add_frame(std::uint32_t path, unsigned link, std::span<const std::uint8_t> frame);
  /// Connections whose MP_CAPABLE handshake was seen, in order. `keys` serves captures of joined subflows
  /// alone.
  std::vector<Connection> connections(const std::vector<KeyPair>& keys = {}) const;

 private:
  struct Segment {
    std::uint32_t path = 0;
    std::string source;  ///< address and port, as bytes
    std::string destination;
    bool ipv6 = false;
    std::uint32_t seq = 0;
    std::uint8_t flags = 0;
    std::vector<std::vector<std::uint8_t>> mptcp;  ///< MPTCP options, from the kind byte on
    std::vector<std::uint8_t> payload;
  };
  struct Tracked;
  std::vector<Tracked> find_subflows() const;
  std::vector<Segment> segments_;
};

/// Feeds a capture file of one link type through libpcap. Returns what went wrong, if anything did.
std::optional<std::string> add_file(DssOracle& oracle, std::uint32_t path, const std::string& file);

}  // namespace mps::oracle
