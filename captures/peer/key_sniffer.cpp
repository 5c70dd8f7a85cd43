// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/key_sniffer.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>

#include "core/packet/dissect.h"

namespace mps::peer {
namespace {

constexpr LinkType link_raw_ip = 101;
/// IPv6 header, a full TCP header, and room to spare: the payload is of no interest.
constexpr std::uint32_t header_bytes = 256;

}  // namespace

tl::expected<std::unique_ptr<KeySniffer>, std::string> KeySniffer::open() {
  Descriptor socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  if (!socket) return tl::unexpected(system_error("cannot open an AF_PACKET socket (needs CAP_NET_RAW)"));
  // Cut every packet to its headers in the kernel, so that bulk data does not crowd a handshake out of the
  // queue.
  std::array<sock_filter, 1> keep_headers{{BPF_STMT(BPF_RET | BPF_K, header_bytes)}};
  const sock_fprog program{static_cast<unsigned short>(keep_headers.size()), keep_headers.data()};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    return tl::unexpected(system_error("SO_ATTACH_FILTER"));
  const int queue = 8 << 20;  // as much of it as the host's limit grants
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue);
  const timeval tick{0, 50'000};  // how long the destructor may have to wait
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) != 0)
    return tl::unexpected(system_error("SO_RCVTIMEO"));
  return std::unique_ptr<KeySniffer>(new KeySniffer(std::move(socket)));
}

KeySniffer::KeySniffer(Descriptor socket)
    : socket_(std::move(socket)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

KeySniffer::~KeySniffer() {
  thread_.request_stop();
  thread_.join();
}

void KeySniffer::run(const std::stop_token& stop) {
  std::array<std::uint8_t, header_bytes> buffer{};
  while (!stop.stop_requested()) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) continue;  // the tick, or an interface that went down
    SegmentView segment;
    const std::span<const std::uint8_t> frame(buffer.data(), static_cast<std::size_t>(size));
    // The length on the wire is unknown here and does not matter: only the TCP options are read.
    if (dissect_frame(link_raw_ip, frame, static_cast<std::uint32_t>(size), segment) ==
        DissectStatus::segment)
      note(segment);
  }
}

void KeySniffer::note(const SegmentView& segment) {
  const std::lock_guard lock(mutex_);
  if (handshakes_.note(segment)) arrived_.notify_all();
}

std::optional<HandshakeKeys> KeySniffer::wait(const Endpoint& initiator, const Endpoint& listener,
                                              std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto complete = [&] { return handshakes_.is_complete(initiator, listener); };
  if (!arrived_.wait_until(lock, deadline, complete)) return std::nullopt;
  return handshakes_.take(initiator, listener);
}

}  // namespace mps::peer
