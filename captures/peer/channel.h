// SPDX-License-Identifier: GPL-2.0-or-later
/// One connection as the application sees it: plaintext in, plaintext out. Codes both directions, and holds
/// data back until the first of it went over the initial subflow alone (Kato et al. III.B: the first packet
/// on the trusted path).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "captures/peer/mptcp_socket.h"
#include "captures/peer/stream_coder.h"

namespace mps::peer {

/// A shell command to be run once, when so many bytes were received and the own head was acknowledged.
struct ReceiveHook {
  std::size_t bytes = 0;
  std::string command;
};

struct ChannelSettings {
  std::size_t chunk = 16384;           ///< most bytes in one write
  std::chrono::milliseconds pace{0};   ///< pause after each write
  std::chrono::milliseconds delay{0};  ///< pause before the first write
  std::size_t head = 0;    ///< first bytes that must be acknowledged before more are sent; 0: none
  std::string after_head;  ///< shell command then, e.g. one that brings the joined subflow up
  unsigned subflows = 0;   ///< joined subflows to wait for then
  std::vector<ReceiveHook> on_received;
  std::string sent_file;  ///< plaintext sent is saved there; empty: not saved
  std::string received_file;
  std::chrono::milliseconds patience{15'000};  ///< for acknowledgments and joins
};

/// send() and finish() belong to one thread, receive() to the same one or another.
class Channel {
 public:
  Channel(MptcpSocket socket, std::unique_ptr<StreamCoder> encoder, std::unique_ptr<StreamCoder> decoder,
          ChannelSettings settings);

  tl::expected<void, std::string> send(std::span<const std::uint8_t> plaintext);
  tl::expected<void, std::string> finish();
  /// Appends what arrives next; false at the end of the peer's stream.
  tl::expected<bool, std::string> receive(std::vector<std::uint8_t>& plaintext);

  std::size_t bytes_sent() const { return sent_; }
  std::size_t bytes_received() const { return received_; }

 private:
  tl::expected<void, std::string> pass_head();
  tl::expected<void, std::string> wait_for_acknowledgment();
  tl::expected<void, std::string> wait_for_subflows();
  tl::expected<void, std::string> wait_for_own_head();
  tl::expected<void, std::string> run_due_hooks();

  MptcpSocket socket_;
  std::unique_ptr<StreamCoder> encoder_;
  std::unique_ptr<StreamCoder> decoder_;
  ChannelSettings settings_;
  std::ofstream sent_copy_;
  std::ofstream received_copy_;
  std::atomic<std::size_t> sent_ = 0;
  std::atomic<std::size_t> received_ = 0;
  std::size_t next_hook_ = 0;
  std::mutex mutex_;
  std::condition_variable head_acknowledged_;
  bool head_passed_;  ///< guarded by mutex_
  std::vector<std::uint8_t> encoded_;
};

}  // namespace mps::peer
