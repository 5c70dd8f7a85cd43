// SPDX-License-Identifier: GPL-2.0-or-later
/// From TCP segments to MPTCP connections and their two data streams (RFC 6824, RFC 8684). No input or
/// output, no clock: segments may come in any order and from any number of taps. Knows which connections are
/// scrambled and with which keys, but does not descramble: see StreamDecoder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/mptcp/anomaly.h"
#include "core/mptcp/connection.h"
#include "core/mptcp/keyed_hash.h"
#include "core/mptcp/payload_store.h"
#include "core/packet/mptcp_option.h"
#include "core/packet/segment_view.h"
#include "core/secrets/key_log.h"

namespace mps {

struct TrackerOptions {
  ScrambleRule scrambled = ScrambleRule::flag;
  SchemeFlags flags{};             ///< which bit of MP_CAPABLE says what
  std::optional<Scheme> scheme{};  ///< none: by the flag, or else the paper's
  bool tags = false;               ///< DSS checksums are keyed tags: judge them so (core/hardened/dss_tag.h)
  bool keep_extents = false;       ///< see DataStream::keep_extents
  std::uint64_t max_copied_bytes = std::uint64_t{1} << 30;  ///< of payload held by copy
  std::size_t max_connections = 1'000'000;
  std::size_t max_subflows_per_connection = 4096;  ///< forged MP_JOINs
  std::size_t max_subflows_in_all = 2'000'000;
};

/// What a consumer may want to hear while segments come in. Called from within on_segment() and finish().
class TrackerListener {
 public:
  virtual ~TrackerListener() = default;
  /// Contiguous stream bytes, in order, each once, as on the wire. Comes only once the stream's start is
  /// known and, for a scrambled connection, the keys it takes; what waited before comes then.
  virtual void on_stream(Connection&, Direction, std::uint64_t /*offset*/,
                         std::span<const std::uint8_t> /*wire*/, const Extent& /*carrier*/) {}
  /// Payload found its place in a stream (also a repetition). `offset` is meaningful while the origin is
  /// known.
  virtual void on_placed(const Subflow&, Direction, const DataStream::Accepted&, std::size_t /*length*/,
                         std::uint64_t /*frame*/) {}
  virtual void on_anomaly(const Anomaly&) {}
  /// How to tell whether this connection is scrambled: a user may choose otherwise for one port.
  virtual ScrambleRule rule_for(const Connection&, ScrambleRule configured) { return configured; }
};

/// Gives a listener the stream bytes of one direction.
class StreamForwarder final : public StreamConsumer {
 public:
  StreamForwarder(Connection& connection, Direction direction, TrackerListener* listener)
      : connection_(connection), direction_(direction), listener_(listener) {}
  void on_contiguous(std::uint64_t offset, std::span<const std::uint8_t> bytes,
                     const Extent& carrier) override {
    if (listener_) listener_->on_stream(connection_, direction_, offset, bytes, carrier);
  }

 private:
  Connection& connection_;
  Direction direction_;
  TrackerListener* listener_;
};

class MptcpTracker {
 public:
  /// `archive`, `key_log` and `listener` may be null and must outlive the tracker.
  MptcpTracker(const TrackerOptions& options, PayloadArchive* archive, const KeyLog* key_log,
               TrackerListener* listener);
  ~MptcpTracker();

  /// The subflow the segment belongs to, or null: not MPTCP.
  Subflow* on_segment(const SegmentView& segment);
  /// No more segments: settles what can be settled without them (fallbacks, guessed sequence numbers).
  void finish();
  /// After finish(): gives away the connections. The tracker must outlive them; what else it knew it forgets.
  std::vector<std::unique_ptr<Connection>> hand_over();
  /// The key log has grown: connections that wait for keys look again.
  void retry_keys();

  const std::vector<std::unique_ptr<Connection>>& connections() const {
    return connections_;
  }  ///< skip merged ones
  const AnomalyLog& anomalies() const { return anomalies_; }
  PayloadStore& store() { return store_; }
  std::uint64_t tcp_segments() const { return tcp_segments_; }
  std::uint64_t mptcp_segments() const { return mptcp_segments_; }
  /// Times a connection or subflow was met and not followed because of a limit: one may count for many
  /// packets.
  std::uint64_t refused_connections() const { return refused_connections_; }

 private:
  struct Tuple {
    Endpoint low, high;
    bool operator==(const Tuple&) const = default;
  };
  struct TupleHash {
    std::size_t operator()(const Tuple& tuple) const;
  };
  /// Who has used a pair of endpoints. Directions are told apart by the order of the endpoints, 0 is from the
  /// lower.
  struct Occupant {
    Subflow* subflow = nullptr;  ///< null: a plain TCP connection that came after an MPTCP subflow
    bool answered = false;       ///< more than its SYN was seen
    std::array<std::optional<std::uint32_t>, 2> next;  ///< sequence number expected next
  };
  struct Place {
    std::vector<Occupant>* occupants = nullptr;  ///< null: nobody
    std::size_t from = 0;                        ///< the segment's direction, as in Occupant::next
  };
  /// Payload on its way to its place.
  struct Payload {
    std::uint32_t seq;
    std::span<const std::uint8_t> bytes;
    const SegmentView* segment;  ///< null: it waited in the store, at `locator`
    std::uint64_t locator;
    std::uint32_t frame;
    std::optional<bool> new_ssn;  ///< see DataStream::Piece; none: found out
  };
  struct TokenOwner {
    Connection* connection;
    bool listeners;  ///< token of the listener's key
  };

  // tracker.cpp: segments, subflows, payload
  Place find_occupants(const SegmentView& segment);
  Subflow* find_subflow(const SegmentView& segment);
  void occupy(const SegmentView& segment, Subflow* subflow);
  Subflow* open_subflow(const SegmentView& segment, Connection& connection);
  Connection* new_connection();
  std::size_t subflow_limit() const { return std::min(options_.max_subflows_per_connection, max_subflows); }
  void refuse_subflow(Connection& connection, std::uint64_t frame, std::size_t count);
  void on_payload(Subflow& subflow, bool from_opener, const SegmentView& segment, std::uint32_t seq);
  void place(Subflow& subflow, bool from_opener, const Payload& payload);
  void wait_for_mapping(Subflow& subflow, bool from_opener, Ssn ssn, const SubflowDirection::Unmapped& piece);
  void retry(Subflow& subflow, bool from_opener, const SubflowDirection::Unmapped& piece);
  void stop_waiting(Subflow& subflow, bool from_opener);
  void retry_unmapped(Subflow& subflow, bool from_opener, Ssn from, std::uint64_t length);
  void set_isn(Subflow& subflow, bool from_opener, std::uint32_t isn, bool guessed);
  void report(AnomalyKind kind, std::uint64_t frame, const Subflow& subflow, std::uint64_t value = 0,
              std::uint64_t count = 0);

  // tracker_handshake.cpp: keys, tokens, joins, orphans
  Subflow* find_by_syn(const SegmentView& segment, bool capable, bool join);
  bool turn_around(Subflow& subflow);
  void adopt_third_ack(Subflow& subflow, const SegmentView& segment, const MptcpOptions& options);
  void on_syn_payload(Subflow& subflow, const SegmentView& segment);
  void settle_fast_open(Subflow& subflow, std::uint32_t accepted);
  void place_fast_open(Subflow& subflow);
  Subflow* on_syn(const SegmentView& segment, const MptcpOptions& options);
  Subflow* on_syn_ack(const SegmentView& segment, const MptcpOptions& options, Subflow* subflow);
  Subflow* open_late(const SegmentView& segment, const MptcpOptions& options);
  void on_capable(Subflow& subflow, bool from_opener, const MpCapable& option, const SegmentView& segment);
  void join_by_token(Subflow& subflow, std::uint32_t token);
  void set_key(Connection& connection, bool listeners, const Key& key, KeySource source, std::uint64_t frame);
  void keys_changed(Connection& connection);
  DssChecksums& checksums_of(SubflowDirection& sent);
  void judge(const DssChecksumResult& result, Subflow& subflow, bool from_opener, std::uint64_t frame);
  void decide_scrambled(Connection& connection);
  std::optional<Scheme> announced_scheme(const Connection& connection) const;
  bool named_by_key_log(const Connection& connection) const;
  void check_join_hmacs(Connection& connection);
  void merge(Connection& orphan, Connection& into, bool swapped);
  void look_up_key_log(Connection& connection);

  // tracker_dss.cpp: mappings, data level signals
  void on_dss(Subflow& subflow, bool from_opener, const Dss& dss, const SegmentView& segment);
  void on_data_ack(Subflow& subflow, bool from_opener, std::uint64_t number, bool is_64);
  void add_mapping(Subflow& subflow, bool from_opener, std::uint32_t ssn, Dsn dsn, std::uint64_t length,
                   std::uint64_t frame);
  void set_origin(Connection& connection, Direction direction, Dsn first_byte);
  void rebase(Connection& connection, Direction direction, std::uint64_t shift, std::size_t first = 0);
  void settle_hash(Connection& connection, Direction direction, std::uint64_t dsn, bool is_64);
  void try_release(Connection& connection);
  void guess_isn(Subflow& subflow, bool from_opener, const DssMapping& mapping, std::uint16_t payload_length,
                 const SegmentView& segment);
  void on_other_option(Subflow& subflow, bool from_opener, const MptcpOption& option,
                       const SegmentView& segment);
  void finish_fallback(Connection& connection);

  TrackerOptions options_;
  PayloadStore store_;
  const KeyLog* key_log_;
  TrackerListener* listener_;
  AnomalyLog anomalies_;
  KeptPayload kept_payload_;  ///< outlives the subflows, which give back what they took
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<StreamForwarder> forwarders_;                                ///< streams point to them
  std::unordered_map<Tuple, std::vector<Occupant>, TupleHash> by_tuple_;  ///< newest last
  std::unordered_map<std::uint32_t, TokenOwner, KeyedHash> by_token_;
  std::unordered_map<std::uint32_t, Connection*, KeyedHash> orphans_;  ///< by the token in their MP_JOIN
  struct RecentTuple {
    Tuple tuple;
    std::vector<Occupant>* occupants = nullptr;  ///< in by_tuple_, which forgets nothing
  };
  std::array<RecentTuple, 64> recent_tuples_;  ///< neighbours in a capture belong to few subflows
  MptcpOptions parsed_;
  std::uint64_t tcp_segments_ = 0;
  std::uint64_t mptcp_segments_ = 0;
  std::uint64_t refused_connections_ = 0;
  std::size_t subflows_in_all_ = 0;
};

}  // namespace mps
