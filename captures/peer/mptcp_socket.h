// SPDX-License-Identifier: GPL-2.0-or-later
/// A connected IPPROTO_MPTCP stream socket of Linux, and a listener that makes them. Blocking; not for
/// several threads, except that one may read while another writes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "captures/descriptor.h"
#include "core/packet/ip_address.h"

namespace mps::peer {

class MptcpSocket {
 public:
  explicit MptcpSocket(Descriptor connected) : socket_(std::move(connected)) {}
  /// `family_of_ipv6`: reach an IPv4 address through an IPv6 socket, so that the connection may take IPv6
  /// subflows.
  static tl::expected<MptcpSocket, std::string> connect(const Endpoint& remote, bool family_of_ipv6);

  /// Endpoints of the initial subflow.
  tl::expected<Endpoint, std::string> local() const;
  tl::expected<Endpoint, std::string> remote() const;

  tl::expected<void, std::string> write_all(std::span<const std::uint8_t> bytes);
  /// 0 at the end of the peer's stream.
  tl::expected<std::size_t, std::string> read_some(std::span<std::uint8_t> into);
  /// DATA_FIN: no more bytes will be written.
  tl::expected<void, std::string> finish_writing();

  /// Bytes written that the peer has not acknowledged at the data level.
  tl::expected<std::size_t, std::string> unacknowledged() const;
  struct State {
    unsigned joined_subflows = 0;  ///< beyond the initial one
    bool fell_back = false;        ///< it is plain TCP now
  };
  tl::expected<State, std::string> state() const;

 private:
  Descriptor socket_;
};

/// Listens on the IPv6 wildcard address for both families: connections that a listener bound to one address
/// takes would refuse subflows to the host's other addresses.
class MptcpListener {
 public:
  static tl::expected<MptcpListener, std::string> open(std::uint16_t port);
  tl::expected<MptcpSocket, std::string> accept();

 private:
  explicit MptcpListener(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

}  // namespace mps::peer
