// SPDX-License-Identifier: GPL-2.0-or-later
/// An MPTCP connection and its subflows as the tracker knows them. Filled by MptcpTracker, read by everybody.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/mptcp/data_stream.h"
#include "core/mptcp/dss_checksum.h"
#include "core/mptcp/extent.h"
#include "core/mptcp/mapping_table.h"
#include "core/mptcp/sequence.h"
#include "core/packet/ip_address.h"
#include "core/secrets/keys.h"

namespace mps {

enum class KeySource : std::uint8_t { unknown, handshake, key_log };

/// Bytes that one endpoint of a subflow sent.
struct SubflowDirection {
  std::optional<std::uint32_t> isn;
  bool isn_guessed = false;
  Ssn seen_to{1};                   ///< one past the highest subflow byte seen
  std::uint64_t payload_bytes = 0;  ///< captured, repetitions included
  std::uint64_t segments = 0;       ///< with payload
  std::uint64_t cut_bytes = 0;      ///< on the wire but cut by the snaplen
  std::uint64_t fresh_bytes = 0;    ///< stream bytes that this subflow was the first to bring
  std::uint64_t checksums_right = 0;
  std::uint64_t checksums_wrong = 0;
  std::uint64_t tags_not_judged = 0;  ///< payload complete, but no keys, or libgcrypt refuses the hash
  MappingTable mappings;

  struct Unmapped {
    std::uint32_t seq;  ///< as on the wire: the ISN may not be known
    std::uint32_t length;
    std::uint64_t locator;
    std::uint32_t frame;
    bool new_ssn;  ///< see DataStream::Piece
  };
  struct RelativeMapping {
    std::uint32_t ssn;
    Dsn dsn;
    std::uint64_t length;
  };
  /// What waits for something.
  struct Waiting {
    std::vector<Unmapped> before_isn;                 ///< payload while the ISN is unknown
    std::multimap<std::uint64_t, Unmapped> unmapped;  ///< payload without mapping, by SSN
    std::uint32_t longest_unmapped = 0;               ///< bytes; no piece in `unmapped` is longer
    std::uint64_t looks = 0;                          ///< at pieces in `unmapped`, by mappings
    std::vector<RelativeMapping> mappings;            ///< said before the ISN was known
    std::optional<std::uint32_t> isn_candidate;       ///< from a mapping as long as its segment's payload

    std::size_t pieces() const { return before_isn.size() + unmapped.size(); }
  };
  std::unique_ptr<Waiting> waiting;         ///< null on a healthy subflow: there may be millions
  std::unique_ptr<DssChecksums> checksums;  ///< only if the peer sends any

  Waiting& wait() {
    if (!waiting) waiting = std::make_unique<Waiting>();
    return *waiting;
  }
  std::uint64_t checksums_not_judged() const {
    return tags_not_judged + (checksums ? checksums->not_judged() : 0);
  }
};

class Connection;

/// One TCP connection of an MPTCP connection. Direction 0 is from the opener, who sent the SYN.
struct Subflow {
  Connection* connection = nullptr;
  std::uint16_t index = 0;  ///< in Connection::subflows
  Endpoint opener;
  Endpoint accepter;
  bool opener_is_initiator = true;  ///< false if the listener of the connection opened this one
  bool syn_seen = false;
  bool initial = false;  ///< the one with MP_CAPABLE
  bool backup = false;
  bool reset = false;
  std::uint32_t path = 0;  ///< where its first packet was captured
  std::uint64_t first_frame = 0;
  std::int64_t first_time_ns = 0;
  std::uint32_t tfo_bytes = 0;     ///< payload of the SYN (TCP Fast Open)
  std::uint32_t tfo_accepted = 0;  ///< of them, as the SYN/ACK says; SSN 1 comes behind these
  bool tfo_settled = false;        ///< tfo_accepted is known
  std::unique_ptr<SubflowDirection::Unmapped> tfo_payload;  ///< held until its place in the stream is known
  std::uint8_t address_id = 0;
  // MP_JOIN (RFC 8684 3.2)
  std::optional<std::uint32_t> token;  ///< of the host that received the SYN
  std::optional<std::uint32_t> opener_nonce;
  std::optional<std::uint32_t> accepter_nonce;
  std::optional<std::array<std::uint8_t, 8>> accepter_hmac;
  std::optional<std::array<std::uint8_t, 20>> opener_hmac;
  enum class Hmac : std::uint8_t { not_checked, right, wrong };
  std::array<Hmac, 2> hmac_checked{};    ///< opener's, accepter's
  std::array<SubflowDirection, 2> sent;  ///< by the opener, by the accepter

  Direction stream_direction(bool from_opener) const {
    return from_opener == opener_is_initiator ? Direction::initiator_to_listener
                                              : Direction::listener_to_initiator;
  }
  const SubflowDirection& carrying(Direction d) const { return sent[stream_direction(true) == d ? 0 : 1]; }
  const Endpoint& initiator() const { return opener_is_initiator ? opener : accepter; }
  const Endpoint& listener() const { return opener_is_initiator ? accepter : opener; }
};

/// How it is decided that a connection is scrambled (--scrambled).
enum class ScrambleRule : std::uint8_t { flag, assume, never };

class Connection {
 public:
  std::uint32_t id = 0;  ///< in order of appearance; orphans that were merged leave a hole
  std::vector<std::unique_ptr<Subflow>> subflows;
  std::array<std::optional<Key>, 2> keys;  ///< initiator's, listener's
  std::array<KeySource, 2> key_source{};
  std::optional<std::uint8_t> version;  ///< as the handshake behaved
  KeyHash hash = KeyHash::sha256;
  std::optional<std::uint8_t> capable_flags[2];  ///< of MP_CAPABLE from the initiator, from the listener
  std::optional<std::uint32_t> orphan_token;     ///< known by an MP_JOIN only
  bool merged = false;                           ///< turned out to be part of another connection: ignore
  bool fallback = false;                         ///< plain TCP after all
  bool infinite_mapping = false;
  bool fastclose = false;
  bool scrambled = false;             ///< as decided by the rule; settled when settled is true
  std::optional<Scheme> announced;    ///< by its flag in MP_CAPABLE, under the rule "flag"
  Scheme scheme = Scheme::paper;      ///< of a scrambled connection
  bool scheme_refused = false;        ///< is_available(scheme) is false: it was reported
  std::array<DataStream, 2> streams;  ///< by Direction
  std::uint64_t addresses_announced = 0;
  std::uint64_t addresses_removed = 0;
  std::uint64_t mp_prio = 0;
  std::uint64_t refused_subflows = 0;  ///< beyond TrackerOptions::max_subflows_per_connection

  bool is_orphan() const { return !keys[0] && !keys[1] && !has_initial_subflow(); }
  bool has_initial_subflow() const;
  DataStream& stream(Direction d) { return streams[mps::index(d)]; }
  const DataStream& stream(Direction d) const { return streams[mps::index(d)]; }
  const std::optional<Key>& sender_key(Direction d) const { return keys[mps::index(d)]; }
  /// Every key that decoding takes: the sender's, and for a hardened scheme the other one as well.
  bool has_keys_for(Direction d) const {
    return is_hardened(scheme) ? keys[0] && keys[1] : sender_key(d).has_value();
  }
  bool can_decode(Direction d) const { return is_available(scheme) && has_keys_for(d); }
};

/// Why bytes of a gap are missing, as far as the capture itself tells.
struct GapReason {
  enum class Kind : std::uint8_t {
    announced,  ///< a mapping on `subflow` announces them: its packets are missing or cut
    elsewhere,  ///< `subflow` goes on beyond the gap without a hole in its own numbering: sent on another
                ///< path
    unknown,    ///< neither
  };
  Kind kind = Kind::unknown;
  std::uint16_t subflow = 0;
  StreamRange range;
};

/// Explains the gaps of one direction; looks at the mappings once.
class GapExplainer {
 public:
  GapExplainer(const Connection& connection, Direction direction);
  /// Splits `gap` (offsets as in the DataStream) by reason.
  std::vector<GapReason> explain(StreamRange gap) const;

 private:
  struct Placed {
    StreamRange range;
    std::uint16_t subflow;
    bool follows_on;             ///< its SSN continues the subflow's mapping before it
    std::uint64_t previous_end;  ///< stream offset where that one ended; 0 for the first of a subflow
  };
  struct Announced {
    StreamRange range;
    std::uint16_t subflow;
  };
  std::vector<Placed> placed_;        ///< by offset
  std::vector<Announced> announced_;  ///< by offset, disjoint: of mappings that overlap the first counts
};

}  // namespace mps
