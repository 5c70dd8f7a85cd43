// SPDX-License-Identifier: GPL-2.0-or-later
/// Lets ordinary programs talk over a Channel: their bytes come from, and go to, a TCP connection of this
/// host.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "captures/descriptor.h"
#include "captures/peer/channel.h"

namespace mps::peer {

/// Where a program connects to: a port of 127.0.0.1. Waiting begins with open().
class LocalListener {
 public:
  static tl::expected<LocalListener, std::string> open(std::uint16_t port);
  tl::expected<Descriptor, std::string> accept();

 private:
  explicit LocalListener(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

/// To a program that listens on a port of 127.0.0.1.
tl::expected<Descriptor, std::string> connect_local(std::uint16_t port);

/// Carries both directions until both have ended.
tl::expected<void, std::string> relay(Channel& channel, const Descriptor& local);

}  // namespace mps::peer
