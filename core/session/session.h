// SPDX-License-Identifier: GPL-2.0-or-later
/// One analysis from packets to recovered streams: reads a source, tracks connections, decodes what is
/// contiguous as it comes, and settles at the end what follows from the bytes behind gaps. The command line
/// and the window share it; neither analyses anything itself.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/capture/packet_source.h"
#include "core/mptcp/stream_decoder.h"
#include "core/mptcp/tracker.h"
#include "core/secrets/key_log.h"
#include "core/session/report.h"

namespace mps {

/// Receives original bytes that are known exactly: per stream in ascending order, each once, with holes.
class RecoverySink {
 public:
  virtual ~RecoverySink() = default;
  virtual void on_recovered(const Connection&, Direction, std::uint64_t offset,
                            std::span<const std::uint8_t>) = 0;
};

/// Who is trusted, by the interface addresses of the paper (III.B), by subflow number or by the capture
/// file's label.
struct TrustRules {
  struct Rule {
    Trust trust = Trust::unknown;
    std::optional<IpNetwork> network;
    std::optional<std::uint16_t> subflow;
    std::string interface_name;
  };
  std::vector<Rule> rules;  ///< the first that fits counts
  Trust judge(const Subflow& subflow, const CapturePath* path) const;
};

struct SessionOptions {
  TrackerOptions tracker;
  RegisterChoice initial_register;
  TrustRules trust;
  std::uint64_t hash_limit = std::uint64_t{64} << 20;  ///< longer streams get no SHA-256
  std::uint64_t max_packets = 0;                       ///< 0: all
};

class Session {
 public:
  /// `source`, `key_log` and `sink` must outlive the session; the last two may be null. Without a sink, bytes
  /// that no hash needs either are counted and not decoded: the report is the same.
  Session(PacketSource& source, const SessionOptions& options, const KeyLog* key_log, RecoverySink* sink);
  ~Session();

  /// Reads up to `packets` more packets; false when there are no more.
  bool step(std::uint64_t packets);
  /// Settles everything. `interrupted` labels the report as partial. Call once.
  SessionReport finish(bool interrupted = false);

  /// Time stamp of the packet read last.
  std::int64_t now_ns() const { return now_ns_; }
  const MptcpTracker& tracker() const;
  PayloadStore& store();
  /// Connections in the order of SessionReport::connections, for whoever looks at their extents after
  /// finish(): empty without TrackerOptions::keep_extents.
  const std::vector<const Connection*>& connections() const { return live_; }

 private:
  class Pipelines;
  void settle(const Connection& connection, Direction direction, StreamReport& report);
  StreamReport report_stream(const Connection& connection, Direction direction);
  ConnectionReport report_connection(const Connection& connection, std::uint32_t number);

  PacketSource& source_;
  SessionOptions options_;
  RecoverySink* sink_;
  std::unique_ptr<Pipelines> pipelines_;
  std::unique_ptr<MptcpTracker> tracker_;
  std::vector<std::unique_ptr<Connection>> kept_;  ///< the tracker's, after finish()
  std::vector<const Connection*> live_;
  std::vector<Anomaly> unreadable_;  ///< found while settling
  std::array<std::uint64_t, 6> dissect_{};
  std::uint64_t packets_ = 0;
  std::int64_t now_ns_ = 0;
};

}  // namespace mps
