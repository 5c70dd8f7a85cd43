// SPDX-License-Identifier: GPL-2.0-or-later
/// What an analysis found, as plain values: the one source of everything that the command line prints and the
/// window shows. Numbers are bytes unless they say otherwise; offsets count from the first byte of
/// application data.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/capture/packet_source.h"
#include "core/mptcp/anomaly.h"
#include "core/mptcp/connection.h"
#include "core/mptcp/data_stream.h"

namespace mps {

/// How far one direction could be put together and decoded. Exact only: inference has a report of its own.
enum class StreamState : std::uint8_t {
  empty,     ///< no byte was sent, as far as the capture shows
  complete,  ///< every byte up to the DATA_FIN
  open_end,  ///< every byte from the first to the last one seen, no DATA_FIN in the capture
  partial,   ///< some bytes recovered, others not
  nothing,   ///< bytes were captured and not one of them can be decoded exactly
};
const char* to_string(StreamState state);

/// Whether the bytes of a connection are scrambled, and how that is known.
enum class Scrambling : std::uint8_t {
  plain,
  by_flag,      ///< the flag bit in MP_CAPABLE
  assumed,      ///< told by the user
  by_key_log,   ///< its keys are in the log of a scrambling endpoint
  not_visible,  ///< the handshake is not in the capture and nobody told
};
const char* to_string(Scrambling scrambling);

struct SubflowShare {
  std::uint64_t first_bytes = 0;    ///< stream bytes this subflow brought first
  std::uint64_t payload_bytes = 0;  ///< with repetitions
  std::uint64_t segments = 0;
  std::uint64_t cut_bytes = 0;
  std::uint64_t checksums_right = 0;
  std::uint64_t checksums_wrong = 0;
  std::uint64_t checksums_not_judged = 0;  ///< payload incomplete, given up, or tags without keys
  bool isn_guessed = false;
};

struct SubflowReport {
  std::uint16_t index = 0;
  Endpoint initiator;
  Endpoint listener;
  bool initial = false;
  bool opened_by_listener = false;
  bool backup = false;
  bool reset = false;
  bool syn_seen = false;
  std::uint64_t first_frame = 0;
  std::uint32_t path = 0;  ///< index into SessionReport::paths
  std::string path_name;
  Trust trust = Trust::unknown;
  std::optional<std::uint32_t> token;
  Subflow::Hmac opener_hmac = Subflow::Hmac::not_checked;
  Subflow::Hmac accepter_hmac = Subflow::Hmac::not_checked;
  std::array<SubflowShare, 2> share;  ///< by Direction
};

struct GapReport {
  StreamRange range;
  std::uint64_t dsn = 0;  ///< of range.from
  std::vector<GapReason> reasons;
};

struct StreamReport {
  Direction direction{};
  StreamState state = StreamState::empty;
  bool start_known = false;             ///< else offsets count from the lowest byte captured
  std::uint64_t first_dsn = 0;          ///< of offset 0
  std::optional<std::uint64_t> length;  ///< by DATA_FIN
  std::uint64_t end_seen = 0;
  std::uint64_t captured = 0;
  std::uint64_t contiguous = 0;               ///< captured without a gap from the start
  std::uint64_t recovered = 0;                ///< known exactly
  std::vector<StreamRange> recovered_ranges;  ///< the first max_listed
  bool recovered_ranges_cut = false;
  std::vector<GapReport> gaps;  ///< the first max_listed
  std::uint64_t gap_count = 0;
  std::uint64_t gap_bytes = 0;
  std::optional<std::string> sha256;  ///< of the plaintext, where all of it is known
  bool hash_skipped = false;          ///< longer than the limit for hashing
  std::optional<KeyOrder> key_order;  ///< used; found out, if that was asked for
  DataStream::Counters counters;
  std::uint64_t checks_passed = 0;  ///< equations of the exact engine beyond the first gap that only confirm
  std::uint64_t checks_failed = 0;
};

struct ConnectionReport {
  std::uint32_t number = 0;  ///< as shown to people: 0, 1, 2 ...
  std::uint32_t id = 0;      ///< Connection::id, as in anomalies
  std::optional<std::uint8_t> version;
  Scrambling scrambling = Scrambling::plain;
  Scheme scheme = Scheme::paper;    ///< of a scrambled connection
  std::optional<Scheme> announced;  ///< by its flag; the user may have chosen another
  std::array<std::optional<Key>, 2> keys;
  std::array<KeySource, 2> key_source{};
  std::array<std::optional<std::uint8_t>, 2> capable_flags;
  std::optional<std::uint32_t> orphan_token;
  bool handshake_seen = false;
  bool fallback = false;
  bool infinite_mapping = false;
  bool fastclose = false;
  std::uint64_t addresses_announced = 0;
  std::uint64_t addresses_removed = 0;
  std::vector<SubflowReport> subflows;
  std::array<StreamReport, 2> streams;  ///< by Direction
};

struct SessionReport {
  std::vector<CapturePath> paths;
  std::deque<ConnectionReport> connections;  ///< a vector would hold them twice while it grows
  std::vector<CaptureError> errors;
  SourceProgress source;
  std::uint64_t tcp_segments = 0;
  std::uint64_t mptcp_segments = 0;
  std::array<std::uint64_t, 6> dissect{};  ///< packets by DissectStatus
  AnomalyLog anomalies;
  std::uint64_t refused_connections = 0;
  bool interrupted = false;

  static constexpr std::size_t max_listed = 4096;
};

}  // namespace mps
