// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet/ip_address.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace mps::test {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = parse_ip_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

bool covers(std::string_view network, std::string_view candidate) {
  const auto parsed = parse_ip_network(network);
  EXPECT_TRUE(parsed) << network;
  return parsed && parsed->contains(address(candidate));
}

TEST(IpAddress, KeepsIpv4AsMapped) {
  const std::array<std::uint8_t, 4> octets{10, 0, 1, 2};
  const IpAddress v4 = IpAddress::v4(octets);
  EXPECT_TRUE(v4.is_v4());
  EXPECT_EQ(to_hex(v4.bytes), "00000000000000000000ffff0a000102");
  EXPECT_EQ(v4, address("10.0.1.2"));
  EXPECT_EQ(v4, address("::ffff:10.0.1.2"));
  EXPECT_EQ(to_string(v4), "10.0.1.2");
}

TEST(IpAddress, Ipv6RoundTrip) {
  const Bytes bytes = hex("20010db8000000000000000000000042");
  const IpAddress v6 = IpAddress::v6(std::span<const std::uint8_t, 16>(bytes.data(), 16));
  EXPECT_FALSE(v6.is_v4());
  EXPECT_EQ(to_string(v6), "2001:db8::42");
  EXPECT_EQ(address("2001:DB8:0::42"), v6);
  EXPECT_EQ(to_string(IpAddress{}), "::");
}

TEST(IpAddress, Endpoints) {
  EXPECT_EQ(to_string(Endpoint{address("10.0.1.1"), 80}), "10.0.1.1:80");
  EXPECT_EQ(to_string(Endpoint{address("2001:db8::1"), 65535}), "[2001:db8::1]:65535");
  EXPECT_LT((Endpoint{address("10.0.0.1"), 9}), (Endpoint{address("10.0.0.2"), 1}));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const std::string_view text :
       {"", "10.0.1", "10.0.1.256", "10.0.1.1 ", "::1::", "fe80::1%eth0", "host", "[::1]"})
    EXPECT_FALSE(parse_ip_address(text)) << text;
  EXPECT_FALSE(parse_ip_address(std::string_view("10.0.0.1\0x", 10)));
}

TEST(IpNetwork, ContainsByPrefix) {
  EXPECT_TRUE(covers("10.0.1.0/24", "10.0.1.255"));
  EXPECT_FALSE(covers("10.0.1.0/24", "10.0.2.0"));
  EXPECT_TRUE(covers("10.0.1.128/25", "10.0.1.129"));
  EXPECT_FALSE(covers("10.0.1.128/25", "10.0.1.127"));
  EXPECT_TRUE(covers("10.0.1.7/24", "10.0.1.9"));  // host bits do not count
  EXPECT_TRUE(covers("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(covers("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IpNetwork, SingleAddresses) {
  EXPECT_TRUE(covers("10.0.1.1", "10.0.1.1"));
  EXPECT_FALSE(covers("10.0.1.1", "10.0.1.2"));
  EXPECT_TRUE(covers("::1/128", "::1"));
  EXPECT_FALSE(covers("::1", "::2"));
}

TEST(IpNetwork, FamiliesDoNotMix) {
  EXPECT_TRUE(covers("0.0.0.0/0", "255.1.2.3"));
  EXPECT_FALSE(covers("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(covers("::/0", "2001:db8::1"));
  EXPECT_FALSE(covers("::/0", "10.0.0.1"));
  EXPECT_TRUE(covers("::ffff:10.0.0.0/104", "10.255.0.1"));
}

TEST(IpNetwork, PrefixCountsTheMappedForm) {
  EXPECT_EQ(parse_ip_network("10.0.1.0/24")->prefix_length, 120u);
  EXPECT_EQ(parse_ip_network("10.0.1.0")->prefix_length, 128u);
  EXPECT_EQ(parse_ip_network("2001:db8::/32")->prefix_length, 32u);
}

TEST(IpNetwork, RefusesWhatIsNoNetwork) {
  for (const std::string_view text : {"", "/24", "10.0.1.0/", "10.0.1.0/33", "10.0.1.0/-1", "10.0.1.0/+1",
                                      "10.0.1.0/2x", "10.0.1.0/24/1", "::/129"})
    EXPECT_FALSE(parse_ip_network(text)) << text;
}

}  // namespace
}  // namespace mps::test
