// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/plain_tcp.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace mps {
namespace {

constexpr std::size_t max_payload = 65000;
constexpr std::uint32_t initial_seq = 0;  // the SYN's; stream offset n has sequence number n + 1

void put16(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

std::uint32_t sum16(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 ? 0 : 8);
  return sum;
}
std::uint16_t fold(std::uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::uint8_t> tcp_packet(const Endpoint& from, const Endpoint& to, std::uint32_t seq,
                                     std::uint32_t ack, std::uint8_t flags,
                                     std::span<const std::uint8_t> payload) {
  // The two addresses may be of different families only in a capture nobody can make; IPv6 holds both.
  const bool v4 = from.address.is_v4() && to.address.is_v4();
  const std::size_t skip = v4 ? 12 : 0;
  const std::span<const std::uint8_t> source = std::span(from.address.bytes).subspan(skip);
  const std::span<const std::uint8_t> destination = std::span(to.address.bytes).subspan(skip);
  const auto tcp_length = static_cast<std::uint32_t>(20 + payload.size());
  std::vector<std::uint8_t> packet;
  packet.reserve(40 + tcp_length);
  if (v4) {
    packet = {0x45, 0};
    put16(packet, 20 + tcp_length);
    put32(packet, 0x00004000);  // no id, don't fragment
    packet.insert(packet.end(), {64, 6, 0, 0});
  } else {
    put32(packet, 0x60000000);
    put16(packet, tcp_length);
    packet.insert(packet.end(), {6, 64});
  }
  packet.insert(packet.end(), source.begin(), source.end());
  packet.insert(packet.end(), destination.begin(), destination.end());
  if (v4) {
    const std::uint16_t checksum = fold(sum16(packet));
    packet[10] = static_cast<std::uint8_t>(checksum >> 8);
    packet[11] = static_cast<std::uint8_t>(checksum);
  }
  const std::size_t tcp = packet.size();
  put16(packet, from.port);
  put16(packet, to.port);
  put32(packet, seq);
  put32(packet, ack);
  packet.insert(packet.end(), {0x50, flags, 0xff, 0xff, 0, 0, 0, 0});
  packet.insert(packet.end(), payload.begin(), payload.end());
  const std::uint16_t checksum =
      fold(sum16(source) + sum16(destination) + 6 + tcp_length + sum16(std::span(packet).subspan(tcp)));
  packet[tcp + 16] = static_cast<std::uint8_t>(checksum >> 8);
  packet[tcp + 17] = static_cast<std::uint8_t>(checksum);
  return packet;
}

/// What the user reads about the file names it as the user did.
std::string renamed(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

}  // namespace

tl::expected<std::unique_ptr<PlainTcpWriter>, std::string> PlainTcpWriter::create(const std::string& path) {
  const std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  auto out = CaptureWriter::create(temporary);
  if (!out) return tl::unexpected(renamed(out.error(), temporary, path));
  return std::unique_ptr<PlainTcpWriter>(new PlainTcpWriter(std::move(*out), path, temporary));
}

PlainTcpWriter::~PlainTcpWriter() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void PlainTcpWriter::segment(const Flow& flow, Direction direction, std::uint64_t offset, std::uint8_t flags,
                             std::span<const std::uint8_t> payload) {
  if (!error_.empty()) return;
  const std::uint64_t other = flow.next[index(opposite(direction))];
  const bool syn = flags & tcp_syn;
  const auto seq = static_cast<std::uint32_t>(syn ? initial_seq : offset + 1);
  const auto ack = flags & tcp_ack ? static_cast<std::uint32_t>(other + 1) : 0;
  const auto packet = tcp_packet(flow.sender[index(direction)], flow.sender[index(opposite(direction))], seq,
                                 ack, flags, payload);
  if (auto written = out_->write(session_ ? session_->now_ns() : 0, packet); !written)
    error_ = written.error();
}

PlainTcpWriter::Flow& PlainTcpWriter::flow_of(const Connection& connection) {
  auto [found, fresh] = flows_.try_emplace(connection.id);
  Flow& flow = found->second;
  if (!fresh) return flow;
  const Subflow& first = *connection.subflows.front();
  flow.sender = {first.initiator(), first.listener()};
  segment(flow, Direction::initiator_to_listener, 0, tcp_syn, {});
  segment(flow, Direction::listener_to_initiator, 0, tcp_syn | tcp_ack, {});
  segment(flow, Direction::initiator_to_listener, 0, tcp_ack, {});
  return flow;
}

void PlainTcpWriter::on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                                  std::span<const std::uint8_t> bytes) {
  Flow& flow = flow_of(connection);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(max_payload, bytes.size()));
    segment(flow, direction, offset, tcp_ack | tcp_psh, part);
    offset += part.size();
    flow.next[index(direction)] = offset;
    bytes = bytes.subspan(part.size());
  }
}

tl::expected<void, std::string> PlainTcpWriter::finish(const SessionReport& report) {
  for (const auto& connection : report.connections) {
    const auto flow = flows_.find(connection.id);
    if (flow == flows_.end()) continue;
    for (const auto& stream : connection.streams)
      if (stream.length) segment(flow->second, stream.direction, *stream.length, tcp_fin | tcp_ack, {});
  }
  if (auto closed = out_->close(); !closed && error_.empty()) error_ = closed.error();
  if (!error_.empty()) return tl::unexpected(renamed(error_, temporary_, path_));
  if (::rename(temporary_.c_str(), path_.c_str()))
    return tl::unexpected(fmt::format("{}: {}", path_, std::strerror(errno)));
  temporary_.clear();
  return {};
}

}  // namespace mps
