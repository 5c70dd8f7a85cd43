// SPDX-License-Identifier: GPL-2.0-or-later
/// What was wrong or worth a look in a capture: counted always, listed up to a limit, never silent.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mps {

enum class AnomalyKind : std::uint8_t {
  damaged_options,      ///< TCP option list or MPTCP option that contradicts itself
  conflicting_mapping,  ///< two DSS options place the same subflow byte differently
  implausible_dsn,      ///< farther from the stream than any window allows; ignored
  overlap_differs,      ///< the same stream byte arrived with two values; the first copy counts
  dss_checksum_wrong,   ///< RFC 8684 3.3.1
  key_mismatch,         ///< two MP_CAPABLE of one handshake carry different keys
  join_hmac_wrong,      ///< RFC 8684 3.2
  join_unknown_token,   ///< the handshake of this token's connection is not in the capture
  infinite_mapping,     ///< RFC 8684 3.7: fallback to TCP on this subflow
  fallback,             ///< MPTCP was offered and not carried through
  mp_fail,
  fastclose,
  subflow_reset,     ///< MP_TCPRST or a plain RST
  payload_cut,       ///< snaplen: payload bytes on the wire that are not in the file
  unmapped_payload,  ///< subflow bytes that no DSS places in the stream
  isn_guessed,       ///< capture began after the SYN; taken from a mapping that covers one segment
  isn_unknown,
  limit_reached,          ///< a memory limit: bytes were not kept, the stream is incomplete
  data_after_fin,         ///< stream bytes beyond the DATA_FIN
  version_contradiction,  ///< MP_CAPABLE says one version and behaves as the other
  unreadable_capture,     ///< bytes held by reference could not be read again
  scheme_unavailable,     ///< libgcrypt refuses the hardened scheme's primitives
  window_probe,           ///< see DataStream::is_window_probe()
};
inline constexpr std::size_t anomaly_kinds = static_cast<std::size_t>(AnomalyKind::window_probe) + 1;

std::string_view to_string(AnomalyKind kind);    ///< "dss-checksum-wrong": for fields and JSON
std::string_view explanation(AnomalyKind kind);  ///< one clause for people
/// False for what is part of normal life (resets, fastclose, retransmitted handshakes): listed, but no
/// damage.
bool is_damage(AnomalyKind kind);

struct Anomaly {
  AnomalyKind kind;
  std::uint64_t frame = 0;       ///< 0: found at the end
  std::uint32_t connection = 0;  ///< Connection::id
  std::uint16_t subflow = 0;
  std::uint64_t value = 0;  ///< by kind: a stream offset, a token, a number of bytes
  std::uint64_t count = 0;  ///< bytes concerned, where that makes sense
};

class AnomalyLog {
 public:
  void add(const Anomaly& anomaly) {
    ++counts_[static_cast<std::size_t>(anomaly.kind)];
    if (list_.size() < max_listed) list_.push_back(anomaly);
  }
  std::uint64_t count(AnomalyKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t total() const;
  const std::vector<Anomaly>& list() const { return list_; }  ///< the first 1000

 private:
  static constexpr std::size_t max_listed = 1000;
  std::array<std::uint64_t, anomaly_kinds> counts_{};
  std::vector<Anomaly> list_;
};

}  // namespace mps
