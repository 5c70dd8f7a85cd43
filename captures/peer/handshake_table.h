// SPDX-License-Identifier: GPL-2.0-or-later
/// The MPTCP keys of handshakes that go by (RFC 6824 and RFC 8684, section 3.1), each to be handed out once,
/// also where one pair of ports serves several connections.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/packet/segment_view.h"
#include "core/secrets/key_log.h"

namespace mps::peer {

struct HandshakeKeys {
  KeyPair keys;
  KeyHash hash = KeyHash::sha256;  ///< of the version in MP_CAPABLE
};

class HandshakeTable {
 public:
  /// True if the segment told a key.
  bool note(const SegmentView& segment);
  bool is_complete(const Endpoint& initiator, const Endpoint& listener) const;
  /// Precondition: is_complete().
  HandshakeKeys take(const Endpoint& initiator, const Endpoint& listener);

 private:
  struct Handshake {
    std::optional<Key> initiator;
    std::optional<Key> listener;
    std::uint8_t version = 0;
    bool taken = false;  ///< what still repeats its keys is no new handshake
  };
  std::map<std::pair<Endpoint, Endpoint>, Handshake> handshakes_;  ///< by (initiator, listener)
};

}  // namespace mps::peer
