// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/mptcp_socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
// After the C library's headers, with which it has to agree about sockaddr.
#include <linux/mptcp.h>

#include <algorithm>
#include <cstring>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif

namespace mps::peer {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint, bool as_ipv6) {
  SocketAddress result;
  if (endpoint.address.is_v4() && !as_ipv6) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data() + 12, 4);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.length = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);  // IPv4 is kept IPv4-mapped
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.length = sizeof v6;
  }
  return result;
}

Endpoint to_endpoint(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return {IpAddress::v4(octets), ntohs(v4.sin_port)};
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  Endpoint endpoint;
  std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, 16);
  endpoint.port = ntohs(v6.sin6_port);
  return endpoint;
}

tl::expected<Descriptor, std::string> open_socket(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP));
  if (!socket) return tl::unexpected(system_error("cannot open an MPTCP socket (is net.mptcp.enabled 1?)"));
  return socket;
}

}  // namespace

tl::expected<MptcpSocket, std::string> MptcpSocket::connect(const Endpoint& remote, bool family_of_ipv6) {
  SocketAddress address = to_socket_address(remote, family_of_ipv6);
  auto socket = open_socket(address.storage.ss_family);
  if (!socket) return tl::unexpected(socket.error());
  if (::connect(socket->get(), address.raw(), address.length) != 0)
    return tl::unexpected(system_error("cannot connect to " + to_string(remote)));
  return MptcpSocket(std::move(*socket));
}

tl::expected<Endpoint, std::string> MptcpSocket::local() const {
  SocketAddress address;
  if (::getsockname(socket_.get(), address.raw(), &address.length) != 0)
    return tl::unexpected(system_error("getsockname"));
  return to_endpoint(address);
}

tl::expected<Endpoint, std::string> MptcpSocket::remote() const {
  SocketAddress address;
  if (::getpeername(socket_.get(), address.raw(), &address.length) != 0)
    return tl::unexpected(system_error("getpeername"));
  return to_endpoint(address);
}

tl::expected<void, std::string> MptcpSocket::write_all(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(system_error("cannot send"));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

tl::expected<std::size_t, std::string> MptcpSocket::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return tl::unexpected(system_error("cannot receive"));
  }
}

tl::expected<void, std::string> MptcpSocket::finish_writing() {
  // The peer may have closed already; its stream is complete then, and so is ours.
  if (::shutdown(socket_.get(), SHUT_WR) != 0 && errno != ENOTCONN)
    return tl::unexpected(system_error("shutdown"));
  return {};
}

tl::expected<std::size_t, std::string> MptcpSocket::unacknowledged() const {
  int bytes = 0;
  if (::ioctl(socket_.get(), SIOCOUTQ, &bytes) != 0) return tl::unexpected(system_error("SIOCOUTQ"));
  return static_cast<std::size_t>(std::max(bytes, 0));
}

tl::expected<MptcpSocket::State, std::string> MptcpSocket::state() const {
  mptcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket_.get(), SOL_MPTCP, MPTCP_INFO, &info, &length) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOPROTOOPT) return State{0, true};
    return tl::unexpected(system_error("MPTCP_INFO"));
  }
  return State{info.mptcpi_subflows, (info.mptcpi_flags & MPTCP_INFO_FLAG_FALLBACK) != 0};
}

tl::expected<MptcpListener, std::string> MptcpListener::open(std::uint16_t port) {
  auto socket = open_socket(AF_INET6);
  if (!socket) return tl::unexpected(socket.error());
  const int off = 0;
  const int on = 1;
  if (::setsockopt(socket->get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0 ||
      ::setsockopt(socket->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return tl::unexpected(system_error("cannot prepare the listening socket"));
  SocketAddress wildcard = to_socket_address(Endpoint{IpAddress{}, port}, true);
  if (::bind(socket->get(), wildcard.raw(), wildcard.length) != 0 || ::listen(socket->get(), SOMAXCONN) != 0)
    return tl::unexpected(system_error("cannot listen on port " + std::to_string(port)));
  return MptcpListener(std::move(*socket));
}

tl::expected<MptcpSocket, std::string> MptcpListener::accept() {
  for (;;) {
    Descriptor connected(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connected) return MptcpSocket(std::move(connected));
    if (errno != EINTR && errno != ECONNABORTED) return tl::unexpected(system_error("cannot accept"));
  }
}

}  // namespace mps::peer
