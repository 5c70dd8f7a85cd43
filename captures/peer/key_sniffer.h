// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads the MPTCP keys of this host's own connections off their handshakes (RFC 6824 and RFC 8684,
/// section 3.1): the kernel tells them to no one, but an AF_PACKET socket sees MP_CAPABLE go by. Needs
/// CAP_NET_RAW.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <utility>

#include "captures/descriptor.h"
#include "core/packet/segment_view.h"
#include "core/secrets/key_log.h"

namespace mps::peer {

struct HandshakeKeys {
  KeyPair keys;
  KeyHash hash = KeyHash::sha256;  ///< of the version in MP_CAPABLE
};

/// Runs one thread from open() to destruction. wait() may be called from several threads.
class KeySniffer {
 public:
  static tl::expected<std::unique_ptr<KeySniffer>, std::string> open();
  ~KeySniffer();

  /// Keys of the connection between these endpoints, as soon as its third ACK or first data went by; each
  /// handshake is handed out once. Empty when `timeout` passes first: the handshake was plain TCP, or was not
  /// seen.
  std::optional<HandshakeKeys> wait(const Endpoint& initiator, const Endpoint& listener,
                                    std::chrono::milliseconds timeout);

 private:
  struct Handshake {
    std::optional<Key> initiator;
    std::optional<Key> listener;
    std::uint8_t version = 0;
  };

  explicit KeySniffer(Descriptor socket);
  void run(const std::stop_token& stop);
  void note(const SegmentView& segment);

  Descriptor socket_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::pair<Endpoint, Endpoint>, Handshake> handshakes_;  ///< by (initiator, listener)
  std::jthread thread_;
};

}  // namespace mps::peer
