// SPDX-License-Identifier: GPL-2.0-or-later
/// Bounds that keep a damaged or hostile capture file from being believed.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mps {

/// No link type has longer packets (USB and D-Bus come near), and Wireshark accepts no longer ones.
inline constexpr std::uint32_t longest_packet_ever = 128u << 20;
/// Longer packets than this are believed only if the capture's snaplen says so. TCP super-segments stay below
/// (IPv6 jumbograms as Linux makes them: 512 KiB), while libpcap writes records beyond a smaller snaplen.
inline constexpr std::uint32_t longest_packet_undeclared = 1u << 20;

inline std::uint32_t longest_packet(std::uint32_t snaplen) {
  return std::clamp(snaplen, longest_packet_undeclared, longest_packet_ever);
}

/// Interfaces of one file, in all its sections together.
inline constexpr std::size_t most_interfaces = 65536;
/// Bytes kept of an interface's name, description or comment.
inline constexpr std::size_t longest_text = 4096;

}  // namespace mps
