// SPDX-License-Identifier: GPL-2.0-or-later
/// Turns a capture of plain MPTCP into one of scrambled MPTCP (Kato et al. 2018, figures 9 and 10, or a
/// hardened scheme), byte for byte as if both hosts had scrambled: payloads change, and with them the
/// checksums that were right before; lengths, times, sequence numbers and everything else in the file stay.
/// Or edits a scrambled capture as an attacker on the path would, who knows the scheme and no key. Stream
/// bytes that the capture misses count as zero. Works on the file as a whole in memory. Not for compressed
/// files, nor for outer UDP checksums of tunnels.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/mptcp/sequence.h"
#include "core/secrets/key_log.h"

namespace mps {

/// Bytes to be XORed into a stream as the receiver decodes it, by changing the wire under the paper's scheme:
/// a difference at b[i] is the same difference at each of S[i] ... S[i+64].
struct StreamEdit {
  Direction direction = Direction::initiator_to_listener;
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> difference;
};

struct RecodeSettings {
  Scheme scheme = Scheme::paper;
  InitialRegister init = InitialRegister::key;
  KeyOrder order = KeyOrder::wire;
  std::optional<std::uint8_t> flag_bit = 0x10;  ///< to be set in MP_CAPABLE; none: leave the flags
  bool tag = false;  ///< DSS checksums that were right become keyed tags (core/hardened/dss_tag.h)
  std::vector<StreamEdit> edits;  ///< if any: edit the one connection of a capture, and do nothing else
};

struct RecodeReport {
  std::vector<std::uint8_t> file;       ///< the capture file as it is to be written
  std::vector<KeyPair> keys;            ///< of the connections that are scrambled now
  std::vector<std::string> left_plain;  ///< connections that could not be scrambled: which, and why
  std::uint64_t payload_bytes = 0;      ///< scrambled, or changed by edits; repetitions included
  std::set<std::uint16_t> subflows;     ///< that carried them
  std::uint64_t tcp_checksums = 0;      ///< made right again
  std::uint64_t dss_checksums = 0;
  std::vector<std::string> damage;  ///< what could not be read of the file
};

/// `key_log` serves connections whose handshake is not in the capture. The error is one line.
tl::expected<RecodeReport, std::string> recode(const std::string& capture, const KeyLog& key_log,
                                               const RecodeSettings& settings);

}  // namespace mps
