// SPDX-License-Identifier: GPL-2.0-or-later
/// IP addresses of either family in one value: IPv4 is kept as the IPv4-mapped IPv6 address (RFC
/// 4291, 2.5.5.2), since the subflows of one MPTCP connection may mix both.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mps {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static IpAddress v4(std::span<const std::uint8_t, 4> octets) {
    IpAddress address;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::copy(octets.begin(), octets.end(), address.bytes.begin() + 12);
    return address;
  }
  static IpAddress v6(std::span<const std::uint8_t, 16> octets) {
    IpAddress address;
    std::copy(octets.begin(), octets.end(), address.bytes.begin());
    return address;
  }
  bool is_v4() const;
  auto operator<=>(const IpAddress&) const = default;
  /// Asked of every segment: two words, where the default is a call of memcmp().
  bool operator==(const IpAddress& other) const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(bytes) ==
           std::bit_cast<std::array<std::uint64_t, 2>>(other.bytes);
  }
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

/// A set of addresses: "10.0.1.0/24", "2001:db8::/32", or a single address. The paper tells trusted from
/// untrusted paths by interface address (III.B).
struct IpNetwork {
  IpAddress address;
  unsigned prefix_length = 128;  ///< of the 128-bit form: IPv4 /24 is 120 here
  bool contains(const IpAddress& candidate) const;
};

std::string to_string(const IpAddress& address);
std::string to_string(const Endpoint& endpoint);  ///< "10.0.1.1:80", "[2001:db8::1]:80"
std::optional<IpAddress> parse_ip_address(std::string_view text);
std::optional<IpNetwork> parse_ip_network(std::string_view text);

}  // namespace mps
