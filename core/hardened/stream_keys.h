// SPDX-License-Identifier: GPL-2.0-or-later
/// Both MPTCP keys and a direction, and how the hardened codecs make their own secrets of them
/// (docs/hardened.md, "Keys"). Hashing is libgcrypt's BLAKE2s-256 (RFC 7693).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/secrets/key_log.h"

namespace mps {

using Secret = std::array<std::uint8_t, 32>;

/// One direction of one connection.
struct StreamKeys {
  KeyPair keys;
  bool listener_sends = false;  ///< the direction: whose bytes are coded
};

/// BLAKE2s-256, without a key.
Secret blake2s(std::span<const std::uint8_t> message);

/// BLAKE2s-256 of 32 bytes: `label` padded with zeros to 15 bytes, a byte for the direction (0: the initiator
/// sends, 1: the listener), the initiator's key, the listener's key. Precondition: label of at most 15 bytes.
Secret derive(std::string_view label, const StreamKeys& stream);

}  // namespace mps
