// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet/ip_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mps {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_mapped_bits = 8 * v4_mapped_prefix.size();

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), bytes.begin());
}

bool IpNetwork::contains(const IpAddress& candidate) const {
  // "::/0" is every IPv6 address; the IPv4 ones are inside it only because of how they are kept here.
  if (candidate.is_v4() && prefix_length < v4_mapped_bits) return false;
  const unsigned whole = prefix_length / 8;
  const unsigned bits = prefix_length % 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, candidate.bytes.begin()))
    return false;
  return bits == 0 || (address.bytes[whole] ^ candidate.bytes[whole]) >> (8 - bits) == 0;
}

std::string to_string(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN];
  if (address.is_v4())
    inet_ntop(AF_INET, address.bytes.data() + v4_mapped_prefix.size(), text, sizeof(text));
  else
    inet_ntop(AF_INET6, address.bytes.data(), text, sizeof(text));
  return text;
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.address.is_v4()) return fmt::format("{}:{}", to_string(endpoint.address), endpoint.port);
  return fmt::format("[{}]:{}", to_string(endpoint.address), endpoint.port);
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> v4;
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return IpAddress::v4(v4);
  std::array<std::uint8_t, 16> v6;
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return IpAddress::v6(v6);
  return std::nullopt;
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork network{*address, 128};
  if (slash == std::string_view::npos) return network;
  // A dotted quad counts its prefix within 32 bits, "::ffff:10.0.0.0" within 128.
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::string_view digits = text.substr(slash + 1);
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc{} || end != digits.data() + digits.size() || prefix > (dotted ? 32u : 128u))
    return std::nullopt;
  network.prefix_length = dotted ? v4_mapped_bits + prefix : prefix;
  return network;
}

}  // namespace mps
