// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/anomaly.h"

#include <numeric>

#include "core/hardened/scheme.h"

namespace mps {
namespace {

struct Words {
  std::string_view name;
  std::string_view explanation;
  bool damage;
};

constexpr std::array<Words, anomaly_kinds> words{{
    {"damaged-options", "TCP or MPTCP options contradict themselves", true},
    {"conflicting-mapping", "two mappings place the same subflow byte differently; the first counts", true},
    {"implausible-dsn", "data sequence number far outside any window; ignored", true},
    {"overlap-differs", "the same stream bytes arrived with different values; the first copy counts", true},
    {"dss-checksum-wrong", "DSS checksum does not match the payload", true},
    {"key-mismatch", "two MP_CAPABLE options of one handshake carry different keys", true},
    {"join-hmac-wrong", "MP_JOIN HMAC does not match the keys", true},
    {"join-unknown-token", "the handshake of this token's connection is not in the capture", false},
    {"infinite-mapping", "infinite mapping: the connection fell back to one TCP subflow", false},
    {"fallback", "MPTCP was offered but the connection fell back to plain TCP", false},
    {"mp-fail", "MP_FAIL: the peer saw a wrong checksum", false},
    {"fastclose", "MP_FASTCLOSE: the connection was aborted", false},
    {"subflow-reset", "subflow was reset", false},
    {"payload-cut", "payload was cut by the snapshot length", true},
    {"unmapped-payload", "payload that no mapping places in the stream", true},
    {"isn-guessed",
     "the capture began after this subflow's SYN; initial sequence number taken from a mapping", false},
    {"isn-unknown",
     "the capture began after this subflow's SYN and no mapping tells its initial sequence number", true},
    {"limit-reached", "a memory limit was reached: bytes were not kept and the stream is incomplete", true},
    {"data-after-fin", "stream bytes beyond the DATA_FIN", true},
    {"version-contradiction", "MP_CAPABLE names one MPTCP version and behaves as the other", false},
    {"unreadable-capture", "bytes of the capture could not be read again", true},
    {"scheme-unavailable", why_unavailable, true},
    {"window-probe", "a byte that was acknowledged before, sent to ask for the window: its value is not used",
     false},
}};

const Words& words_of(AnomalyKind kind) {
  return words[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view to_string(AnomalyKind kind) {
  return words_of(kind).name;
}
std::string_view explanation(AnomalyKind kind) {
  return words_of(kind).explanation;
}
bool is_damage(AnomalyKind kind) {
  return words_of(kind).damage;
}

std::uint64_t AnomalyLog::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace mps
