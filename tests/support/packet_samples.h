// SPDX-License-Identifier: GPL-2.0-or-later
/// One TCP segment in every wrapping that core/packet knows, as byte literals. Every sample must yield the
/// same segment: only what stands before it differs. Shared by the unit tests and the seeds of the fuzzer.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "core/packet/dissect.h"
#include "tests/support/hex.h"

namespace mps::test {

/// 8080 -> 50000, an 8-byte MPTCP option (DSS with a data ACK), 12 bytes of payload; 40 bytes in all.
inline const std::string tcp =
    "1f90 c350 11223344 55667788 7018 0100 0000 0000"
    "1e08 2001 aabbccdd"
    "68656c6c6f20776f726c6421";
inline const std::string ipv4_addresses = "0a000101 0a000202";
inline const std::string ipv6_addresses = "fd000000000000000000000000000001 fd000000000000000000000000000002";
/// The whole packet over IPv4, 60 bytes, and over IPv6, 80 bytes.
inline const std::string ip4 = "4500 003c 1c46 4000 4006 0000" + ipv4_addresses + tcp;
inline const std::string ip6 = "60000000 0028 06 40" + ipv6_addresses + tcp;

inline const std::string macs = "020000000001 020000000002";
inline const std::string eth4 = macs + "0800" + ip4;  // 74 bytes
inline const std::string llc_snap4 = "aaaa03 000000 0800" + ip4;

/// An outer header for tunnels; other addresses than the inner one's.
inline std::string outer4(const std::string& total_length, const std::string& protocol) {
  return "4500" + total_length + "0001 0000 40" + protocol + "0000 c0a80001 c0a80002";
}
inline std::string outer6(const std::string& payload_length, const std::string& next) {
  return "60000000" + payload_length + next +
         "40 fc000000000000000000000000000001 fc000000000000000000000000000002";
}

struct PacketSample {
  std::string name;
  LinkType link;
  bool is_v4;  ///< family of the addresses that the segment must show
  std::string bytes;
};

inline std::ostream& operator<<(std::ostream& out, const PacketSample& sample) {
  return out << sample.name;
}

inline std::vector<PacketSample> link_samples() {
  const std::string wlan_addresses = "020000000001 020000000002 020000000003";
  return {
      {"ethernet_v4", 1, true, eth4},
      {"ethernet_v6", 1, false, macs + "86dd" + ip6},
      {"ethernet_padded", 1, true, eth4 + "000000000000000000"},
      {"vlan", 1, true, macs + "8100 0064 0800" + ip4},
      {"qinq", 1, true, macs + "88a8 0001 8100 0064 0800" + ip4},
      {"old_qinq_three_tags", 1, false, macs + "9100 0001 9100 0002 8100 0064 86dd" + ip6},
      {"llc_snap", 1, true, macs + "0044" + llc_snap4 + "0000"},
      {"llc_snap_bridge_tunnel", 1, true, macs + "0044 aaaa03 0000f8 0800" + ip4},
      {"llc_ip", 1, true, macs + "003f 060603" + ip4},
      {"pppoe", 1, true, macs + "8864 11 00 0001 003e 0021" + ip4 + "0000"},
      {"mpls", 1, true, macs + "8847 00064040 00065140" + ip4},
      {"mpls_v6", 1, false, macs + "8848 00065140" + ip6},
      {"mpls_pseudowire", 1, true, macs + "8847 00065140 00000000" + eth4},
      {"null_little_endian", 0, true, "02000000" + ip4},
      {"null_big_endian", 0, true, "00000002" + ip4},
      {"null_linux_v6", 0, false, "0a000000" + ip6},
      {"null_netbsd_v6", 0, false, "18000000" + ip6},
      {"null_freebsd_v6", 0, false, "1c000000" + ip6},
      {"null_darwin_v6", 0, false, "1e000000" + ip6},
      {"loop", 108, true, "00000002" + ip4},
      {"raw_v4", 101, true, ip4},
      {"raw_v6", 101, false, ip6},
      {"raw_bsd", 12, true, ip4},
      {"raw_openbsd", 14, false, ip6},
      {"ipv4", 228, true, ip4},
      {"ipv6", 229, false, ip6},
      {"sll", 113, true, "0000 0001 0006 0200000000010000 0800" + ip4},
      {"sll_vlan", 113, true, "0000 0001 0006 0200000000010000 8100 0064 0800" + ip4},
      {"sll_llc", 113, true, "0000 0001 0006 0200000000010000 0004" + llc_snap4},
      {"sll2", 276, true, "0800 0000 00000002 0001 00 06 0200000000010000" + ip4},
      {"sll2_v6", 276, false, "86dd 0000 00000002 0001 00 06 0200000000010000" + ip6},
      {"ppp_framed", 9, true, "ff03 0021" + ip4},
      {"ppp", 9, false, "0057" + ip6},
      {"ppp_compressed", 9, true, "21" + ip4},
      {"ppp_mpls", 9, true, "0281 00065140" + ip4},
      {"ppp_hdlc", 50, true, "ff03 0021" + ip4},
      {"ppp_hdlc_cisco", 50, true, "0f00 0800" + ip4},
      {"cisco_hdlc", 104, false, "8f00 86dd" + ip6},
      {"ppp_ether", 51, true, "11 00 0001 003e 0021" + ip4},
      {"wlan", 105, true, "0801 0000" + wlan_addresses + "1000" + llc_snap4},
      {"wlan_checksum_at_end", 105, true, "0802 0000" + wlan_addresses + "1000" + llc_snap4 + "deadbeef"},
      {"wlan_four_addresses", 105, true, "0803 0000" + wlan_addresses + "1000 020000000004" + llc_snap4},
      {"wlan_qos", 105, true, "8801 0000" + wlan_addresses + "1000 0000" + llc_snap4},
      {"wlan_qos_ht_control", 105, true, "8881 0000" + wlan_addresses + "1000 0000 00000000" + llc_snap4},
      {"radiotap", 127, true, "0000 0800 00000000 0801 0000" + wlan_addresses + "1000" + llc_snap4},
      {"radiotap_flags_after_time", 127, true,
       "0000 1100 03000000 0102030405060708 20 8801 0000" + wlan_addresses + "1000 0000 0000" + llc_snap4},
      {"radiotap_two_presence_words", 127, true,
       "0000 0d00 02000080 00000000 20 8801 0000" + wlan_addresses + "1000 0000 0000" + llc_snap4},
  };
}

inline std::vector<PacketSample> network_samples() {
  const std::string authentication = " 06 04 0000 00000001 00000002 000102030405060708090a0b";
  return {
      {"ipv4_options", 101, true, "4600 0040 1c46 4000 4006 0000" + ipv4_addresses + "01010100" + tcp},
      {"ipv4_length_0", 101, true, "4500 0000 1c46 4000 4006 0000" + ipv4_addresses + tcp},
      {"ipv4_authentication", 101, true,
       "4500 0054 1c46 4000 4033 0000" + ipv4_addresses + authentication + tcp},
      {"ipv6_hop_by_hop", 101, false, "60000000 0030 00 40" + ipv6_addresses + "06 00 05020000 0100" + tcp},
      {"ipv6_all_extensions", 101, false,
       "60000000 0070 00 40" + ipv6_addresses +
           "3c 00 05020000 0100"                                   // hop-by-hop, router alert
           "2b 00 01040000 0000"                                   // destination options
           "2c 02 0400 00000000 fd000000000000000000000000000002"  // routing, none left
           "33 00 0000 00000007" +                                 // fragment: offset 0, no more
           authentication +
           tcp},
      {"ipv6_length_0", 101, false, "60000000 0000 06 40" + ipv6_addresses + tcp},
      {"ipv6_length_0_with_options", 101, false,
       "60000000 0000 3c 40" + ipv6_addresses + "06 00 0104 00000000" + tcp},
      {"ipv6_jumbogram", 101, false,
       "60000000 0000 00 40" + ipv6_addresses + "06 00 c204 00000030" + tcp + "ffff"},
      {"ipv6_jumbogram_after_padding", 101, false,
       "60000000 0000 00 40" + ipv6_addresses + "06 01 00 01 01 00 00 c204 00000038 00 0000" + tcp},
  };
}

inline std::vector<PacketSample> tunnel_samples() {
  const std::string gtp_ports = "0868 0868";
  return {
      {"ip_in_ip", 101, true, outer4("0050", "04") + ip4},
      {"ipv6_in_ipv4", 101, false, outer4("0064", "29") + ip6},
      {"ipv4_in_ipv6", 101, true, outer6("003c", "04") + ip4},
      {"ip_in_ip_in_ip", 101, true, outer4("0064", "04") + outer4("0050", "04") + ip4},
      {"gre", 101, true, outer4("0054", "2f") + "0000 0800" + ip4},
      {"gre_all_fields", 101, true, outer4("0060", "2f") + "b000 0800 12340000 00000007 00000001" + ip4},
      {"gre_ethernet", 101, true, outer4("0062", "2f") + "0000 6558" + eth4},
      {"gre_pptp", 101, true, outer4("0064", "2f") + "3081 880b 00400001 00000001 00000002 ff03 0021" + ip4},
      {"gre_erspan_1", 101, true, outer4("0062", "2f") + "0000 88be" + eth4},
      {"gre_erspan_2", 101, true, outer4("006e", "2f") + "1000 88be 00000001 1001000000000000" + eth4},
      {"gtp_u", 101, true, outer4("0060", "11") + gtp_ports + "004c 0000 30ff 003c 00000001" + ip4},
      {"gtp_u_sequence", 101, true,
       outer4("0064", "11") + gtp_ports + "0050 0000 32ff 0040 00000001 0007 00 00" + ip4},
      {"gtp_u_extensions", 101, false,
       outer6("0070", "11") + gtp_ports + "0070 0000 34ff 0060 00000001 0000 00 85 01 1009 c0 01 0000 00" +
           ip6},
      {"vxlan", 101, true, outer4("006e", "11") + "c000 12b5 005a 0000 0800000000000100" + eth4},
      {"geneve", 101, true, outer4("0072", "11") + "c000 17c1 005e 0000 0100 6558 00000100 01020304" + eth4},
      {"everything_on_a_mobile_network", 1, true,
       macs + "8100 0064 86dd" + outer6("0050", "11") + gtp_ports + "0050 0000 30ff 0040 00000001" +
           "4600 0040 1c46 4000 4006 0000" + ipv4_addresses + "01010100" + tcp},
  };
}

inline std::vector<PacketSample> all_samples() {
  std::vector<PacketSample> all = link_samples();
  for (const auto& more : {network_samples(), tunnel_samples()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace mps::test
