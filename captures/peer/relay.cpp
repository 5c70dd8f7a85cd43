// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/relay.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <span>
#include <thread>

namespace mps::peer {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

tl::expected<Descriptor, std::string> open_socket() {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return tl::unexpected(system_error("cannot open a TCP socket"));
  return socket;
}

tl::expected<void, std::string> write_all(const Descriptor& local, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(local.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(system_error("cannot send to the local program"));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

tl::expected<void, std::string> from_channel(Channel& channel, const Descriptor& local) {
  for (std::vector<std::uint8_t> bytes;; bytes.clear()) {
    const auto more = channel.receive(bytes);
    if (!more) {
      ::shutdown(local.get(), SHUT_RDWR);  // the program waits for what will not come, and to_channel for it
      return tl::unexpected(more.error());
    }
    if (!*more) break;
    if (auto done = write_all(local, bytes); !done) return done;
  }
  ::shutdown(local.get(), SHUT_WR);
  return {};
}

tl::expected<void, std::string> to_channel(Channel& channel, const Descriptor& local) {
  std::array<std::uint8_t, 16384> bytes;
  for (;;) {
    const ssize_t size = ::recv(local.get(), bytes.data(), bytes.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    // A program that closes with bytes unread resets the connection: an end like any other.
    if (size < 0 && errno != ECONNRESET) return tl::unexpected(system_error("cannot read the local program"));
    if (size <= 0) return {};
    if (auto done = channel.send(std::span(bytes).first(static_cast<std::size_t>(size))); !done) return done;
  }
}

}  // namespace

tl::expected<LocalListener, std::string> LocalListener::open(std::uint16_t port) {
  auto socket = open_socket();
  if (!socket) return tl::unexpected(socket.error());
  const int on = 1;
  ::setsockopt(socket->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::bind(socket->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket->get(), 1) != 0)
    return tl::unexpected(system_error("cannot listen on local port " + std::to_string(port)));
  return LocalListener(std::move(*socket));
}

tl::expected<Descriptor, std::string> LocalListener::accept() {
  for (;;) {
    Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) return connection;
    if (errno != EINTR) return tl::unexpected(system_error("cannot accept a local connection"));
  }
}

tl::expected<Descriptor, std::string> connect_local(std::uint16_t port) {
  auto socket = open_socket();
  if (!socket) return socket;
  const sockaddr_in address = loopback(port);
  if (::connect(socket->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return tl::unexpected(system_error("cannot connect to local port " + std::to_string(port)));
  return socket;
}

tl::expected<void, std::string> relay(Channel& channel, const Descriptor& local) {
  tl::expected<void, std::string> received;
  std::jthread reader([&] { received = from_channel(channel, local); });
  const auto sent = to_channel(channel, local);
  const auto finished = channel.finish();  // in any case: the peer's end is what ends the reader
  reader.join();
  if (!sent) return sent;
  if (!finished) return finished;
  return received;
}

}  // namespace mps::peer
