// SPDX-License-Identifier: GPL-2.0-or-later
/// Turns a capture of plain MPTCP into one of scrambled MPTCP (Kato et al. 2018, figures 9 and 10), byte for
/// byte as if both hosts had scrambled: payloads change, and with them the checksums that were right before;
/// lengths, times, sequence numbers and everything else in the file stay. Stream bytes that the capture
/// misses count as zero. Works on the file as a whole in memory. Not for compressed files, nor for outer UDP
/// checksums of tunnels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/secrets/key_log.h"

namespace mps {

struct RecodeSettings {
  InitialRegister init = InitialRegister::key;
  KeyOrder order = KeyOrder::wire;
  std::optional<std::uint8_t> flag_bit = 0x10;  ///< to be set in MP_CAPABLE; none: leave the flags
};

struct RecodeReport {
  std::vector<std::uint8_t> file;       ///< the capture file as it is to be written
  std::vector<KeyPair> keys;            ///< of the connections that are scrambled now
  std::vector<std::string> left_plain;  ///< connections that could not be scrambled: which, and why
  std::uint64_t payload_bytes = 0;      ///< scrambled, repetitions included
  std::uint64_t tcp_checksums = 0;      ///< made right again
  std::uint64_t dss_checksums = 0;
  std::vector<std::string> damage;  ///< what could not be read of the file
};

/// `key_log` serves connections whose handshake is not in the capture. The error is one line.
tl::expected<RecodeReport, std::string> recode(const std::string& capture, const KeyLog& key_log,
                                               const RecodeSettings& settings);

}  // namespace mps
