// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads the MPTCP keys of this host's own connections off their handshakes (RFC 6824 and RFC 8684,
/// section 3.1): the kernel tells them to no one, but an AF_PACKET socket sees MP_CAPABLE go by. Needs
/// CAP_NET_RAW.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tl/expected.hpp>

#include "captures/descriptor.h"
#include "captures/peer/handshake_table.h"
#include "core/packet/segment_view.h"
#include "core/secrets/key_log.h"

namespace mps::peer {

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
  explicit KeySniffer(Descriptor socket);
  void run(const std::stop_token& stop);
  void note(const SegmentView& segment);

  Descriptor socket_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  HandshakeTable handshakes_;  ///< guarded by mutex_
  std::jthread thread_;
};

}  // namespace mps::peer
