// SPDX-License-Identifier: GPL-2.0-or-later
/// Which bytes of a stream go over which path: made by a simulated scheduler (Kato et al. 2018, III.B: "the
/// first packet via a trusted path, after that the native scheduler"), or the segment map of a real capture.
///
/// A simulation of who carries what, not of congestion control: times serve to order segments only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/interval.h"
#include "core/leak/observer.h"

namespace mps::lab {

/// Paths as bits; path k of a replayed capture is its subflow k.
using PathMask = SubflowMask;

/// One segment on one path. A byte may be sent several times: retransmission, reinjection, redundancy.
struct Sending {
  Interval where;  ///< of the stream
  std::uint16_t path = 0;
  friend bool operator==(const Sending&, const Sending&) = default;
};

struct Schedule {
  std::string description;  ///< for reports
  std::uint16_t paths = 0;
  PathMask trusted = 0;              ///< paths that nobody taps, as the endpoints believe
  std::uint16_t handshake_path = 0;  ///< the first subflow: MP_CAPABLE with both keys
  std::uint64_t length = 0;          ///< stream bytes
  std::vector<Sending> sendings;     ///< in the order of time

  PathMask all() const { return (PathMask{1} << paths) - 1; }
  PathMask untrusted() const { return all() & ~trusted; }
  /// The lowest trusted path, or path 0 without one.
  std::uint16_t trusted_path() const;
  /// Bytes sent more often than once.
  std::uint64_t repeated_bytes() const;
  /// The stream cut where segments begin, each byte once, in stream order, with the path that brought it
  /// first.
  std::vector<Sending> segments() const;
};

constexpr std::uint16_t max_lab_paths = 16;

struct SchedulerOptions {
  enum class Kind : std::uint8_t {
    min_rtt,      ///< Linux' default: the path with the lowest RTT whose window has room
    round_robin,  ///< `burst` segments on each path in turn
    weighted,     ///< `weights[k]` segments on path k in turn, times `burst`
    redundant,    ///< every segment on every path
  };
  Kind kind = Kind::min_rtt;
  std::uint16_t paths = 2;  ///< 1..16
  PathMask trusted = 1;     ///< path 0
  std::uint16_t handshake_path = 0;
  bool first_trusted = true;         ///< the stream's first segment on a trusted path, alone
  std::uint32_t segment_min = 1400;  ///< bytes; sizes are uniform between the two
  std::uint32_t segment_max = 1400;
  std::uint32_t burst = 1;
  std::vector<std::uint32_t> weights;  ///< one for each path, at least 1; empty: 1 each
  std::vector<double> rtt_ms;          ///< one for each path; empty: 50 on path 0, 20 on the others
  std::uint32_t window = 10;           ///< segments in flight on a path, min_rtt only
  double loss = 0;       ///< chance of a segment to be lost, below 0.9; the tap sits before the loss
  bool reinject = true;  ///< what was lost is sent on another path, too; else on the same one only
  std::uint64_t seed = 1;
};

/// "minrtt", "roundrobin", "weighted", "redundant".
const char* to_string(SchedulerOptions::Kind kind);

/// Options from words: "minrtt",
/// "roundrobin,burst=2,segment=536:1400,paths=3,trusted=0+1,handshake=1,loss=0.01,
/// reinject=no,weights=3:1,rtt=50:20,window=10,first=native,seed=7". The error is one line.
tl::expected<SchedulerOptions, std::string> parse_scheduler(const std::string& text);

/// Every byte of the stream is sent at least once; the result depends on the arguments alone.
/// The error names the option that is out of its range.
tl::expected<Schedule, std::string> make_schedule(const SchedulerOptions& options, std::uint64_t length);

/// The subflows of a captured connection, and how they are labelled. Labels may name one side only: then the
/// other paths are the other side. Without any, the handshake's path counts as trusted.
struct CapturedPaths {
  std::size_t count = 0;
  PathMask trusted = 0;
  PathMask untrusted = 0;
  std::uint16_t handshake_path = 0;
};

/// The schedule that a capture shows: `carried` is what each packet brought, in the order of capture, of a
/// stream of `length` bytes. What lies behind its end is left out. The error, one line, says what is missing.
tl::expected<Schedule, std::string> captured_schedule(std::span<const SeenExtent> carried,
                                                      const CapturedPaths& paths, std::uint64_t length);

/// The same schedule for a stream that a scheme made longer: what is added goes with the last segment.
Schedule stretched(Schedule schedule, std::uint64_t length);

}  // namespace mps::lab
