// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/duplicate_filter.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

namespace mps {
namespace {

constexpr std::size_t tcp_fixed_bytes = 20;
constexpr std::size_t secret_bytes = 192;

struct Headers {
  std::span<const std::uint8_t> ip;
  std::span<const std::uint8_t> tcp;
};

bool holds(std::span<const std::uint8_t> outer, const std::uint8_t* begin, const std::uint8_t* end) {
  return begin >= outer.data() && end <= outer.data() + outer.size() && begin <= end;
}

/// The IPv4 header that ends where TCP begins: its own length and addresses confirm it.
std::optional<std::span<const std::uint8_t>> ipv4_header_before(std::span<const std::uint8_t> before_tcp,
                                                                const SegmentView& segment) {
  for (std::size_t words = 5; words <= 15 && words * 4 <= before_tcp.size(); ++words) {
    const auto header = before_tcp.last(words * 4);
    if (header[0] != (0x40 | words)) continue;
    const auto source = segment.source.address.bytes.data() + 12;
    const auto destination = segment.destination.address.bytes.data() + 12;
    if (std::equal(source, source + 4, &header[12]) && std::equal(destination, destination + 4, &header[16]))
      return header;
  }
  return std::nullopt;
}

/// The dissector hands over the TCP options and payload as parts of the frame; the headers lie before them.
std::optional<Headers> headers_of(std::span<const std::uint8_t> frame, const SegmentView& segment) {
  if (!holds(frame, segment.payload.data(), segment.payload.data() + segment.payload.size()))
    return std::nullopt;
  const auto payload_at = static_cast<std::size_t>(segment.payload.data() - frame.data());
  const std::size_t tcp_bytes = tcp_fixed_bytes + segment.options.size();
  if (payload_at < tcp_bytes) return std::nullopt;
  const auto tcp = frame.subspan(payload_at - tcp_bytes, tcp_bytes);
  const auto before_tcp = frame.first(payload_at - tcp_bytes);
  if (segment.source.address.is_v4()) {
    const auto ip = ipv4_header_before(before_tcp, segment);
    if (!ip) return std::nullopt;
    return Headers{*ip, tcp};
  }
  // IPv6 has no identification; extension headers say nothing that the TCP header does not.
  return Headers{{}, tcp};
}

}  // namespace

DuplicateFilter::DuplicateFilter(unsigned window_bits)
    : sets_(std::max<std::size_t>(1, (std::size_t{1} << window_bits) / ways)),
      next_victim_(sets_.size()),
      secret_(secret_bytes) {
  static_assert(secret_bytes >= XXH3_SECRET_SIZE_MIN);
  std::random_device random;
  for (auto& byte : secret_) byte = static_cast<std::uint8_t>(random());
}

bool DuplicateFilter::fingerprint(const Packet& packet, std::uint64_t& out) const {
  SegmentView segment;
  if (dissect_frame(packet.link, packet.bytes, packet.length_on_wire, segment) != DissectStatus::segment)
    return false;
  const auto headers = headers_of(packet.bytes, segment);
  if (!headers) return false;

  // Addresses stand first for both families; then the headers with the changeable fields as zeros.
  std::array<std::uint8_t, 2 * 16 + 60 + 60 + 2 * 8> text{};
  auto* const end_of_addresses = std::copy(
      segment.destination.address.bytes.begin(), segment.destination.address.bytes.end(),
      std::copy(segment.source.address.bytes.begin(), segment.source.address.bytes.end(), text.begin()));
  auto* ip = end_of_addresses;
  auto* tcp = std::copy(headers->ip.begin(), headers->ip.end(), ip);
  if (!headers->ip.empty()) ip[8] = ip[10] = ip[11] = 0;  // TTL, checksum
  auto* end = std::copy(headers->tcp.begin(), headers->tcp.end(), tcp);
  tcp[16] = tcp[17] = 0;  // checksum
  const std::uint64_t payload =
      XXH3_64bits_withSecret(segment.payload.data(), segment.payload.size(), secret_.data(), secret_.size());
  const std::uint64_t payload_bytes = segment.payload.size();
  std::memcpy(end, &payload, sizeof payload);
  std::memcpy(end + sizeof payload, &payload_bytes, sizeof payload_bytes);
  end += sizeof payload + sizeof payload_bytes;
  out = XXH3_64bits_withSecret(text.data(), static_cast<std::size_t>(end - text.data()), secret_.data(),
                               secret_.size());
  return true;
}

DuplicateFilter::Entry& DuplicateFilter::entry_for(std::uint64_t fingerprint) {
  const std::size_t index = static_cast<std::size_t>(fingerprint % sets_.size());
  Set& set = sets_[index];
  for (Entry& entry : set.entries)
    if (entry.delivered != 0 && entry.fingerprint == fingerprint) return entry;
  Entry& oldest = set.entries[next_victim_[index]++ % ways];
  oldest = Entry{};
  oldest.fingerprint = fingerprint;
  return oldest;
}

bool DuplicateFilter::is_duplicate(const Packet& packet, std::size_t file) {
  std::uint64_t print = 0;
  if (file > std::numeric_limits<std::uint8_t>::max() || !fingerprint(packet, print)) return false;
  Entry& entry = entry_for(print);
  for (std::size_t i = 0; i < files_per_entry; ++i) {
    if (entry.times[i] != 0 && entry.file[i] != file) continue;
    entry.file[i] = static_cast<std::uint8_t>(file);
    if (entry.times[i] == std::numeric_limits<std::uint8_t>::max()) return false;
    if (++entry.times[i] <= entry.delivered) return true;
    entry.delivered = entry.times[i];
    return false;
  }
  return false;
}

}  // namespace mps
