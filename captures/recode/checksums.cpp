// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/recode/checksums.h"

namespace mps {
namespace {

constexpr std::size_t tcp_checksum_offset = 16;
constexpr std::uint64_t tcp_protocol = 6;

OnesComplementSum tcp_sum(const IpAddress& source, const IpAddress& destination,
                          std::span<const std::uint8_t> segment) {
  // One pseudo-header for both families: the ::ffff prefix of a mapped IPv4 address adds 0xffff, which is
  // zero here.
  OnesComplementSum sum;
  sum.add(source.bytes).add(destination.bytes).add(segment.size()).add(tcp_protocol).add(segment);
  return sum;
}

}  // namespace

OnesComplementSum& OnesComplementSum::add(std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum_ += i % 2 == 0 ? std::uint64_t{bytes[i]} << 8 : std::uint64_t{bytes[i]};
  return *this;
}

OnesComplementSum& OnesComplementSum::add(std::uint64_t number) {
  for (; number != 0; number >>= 16) sum_ += number & 0xffff;
  return *this;
}

std::uint16_t OnesComplementSum::folded() const {
  std::uint64_t sum = sum_;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

bool tcp_checksum_verifies(const IpAddress& source, const IpAddress& destination,
                           std::span<const std::uint8_t> segment) {
  return tcp_sum(source, destination, segment).folded() == 0xffff;
}

void set_tcp_checksum(const IpAddress& source, const IpAddress& destination,
                      std::span<std::uint8_t> segment) {
  segment[tcp_checksum_offset] = segment[tcp_checksum_offset + 1] = 0;
  const auto checksum = static_cast<std::uint16_t>(~tcp_sum(source, destination, segment).folded());
  segment[tcp_checksum_offset] = static_cast<std::uint8_t>(checksum >> 8);
  segment[tcp_checksum_offset + 1] = static_cast<std::uint8_t>(checksum);
}

std::uint16_t dss_checksum(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length,
                           std::span<const std::uint8_t> data) {
  OnesComplementSum sum;
  return static_cast<std::uint16_t>(~sum.add(dsn).add(ssn).add(length).add(data).folded());
}

}  // namespace mps
