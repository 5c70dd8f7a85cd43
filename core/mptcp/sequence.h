// SPDX-License-Identifier: GPL-2.0-or-later
/// Sequence numbers of the two levels of MPTCP, told apart by type and compared modulo their width
/// (RFC 8684 3.3: the data sequence number wraps at 2^64, its short form at 2^32; the subflow's is TCP's).
#pragma once

#include <compare>
#include <cstdint>

namespace mps {

/// The 64-bit value nearest to `expected` whose low 32 bits are `low`.
constexpr std::uint64_t extend_32(std::uint64_t expected, std::uint32_t low) {
  const auto distance = static_cast<std::int32_t>(low - static_cast<std::uint32_t>(expected));
  return expected + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
}

/// Data sequence number. Differences are signed, so that they are right across the wrap at 2^64.
struct Dsn {
  std::uint64_t value = 0;
  constexpr bool operator==(const Dsn&) const = default;
  friend constexpr Dsn operator+(Dsn dsn, std::uint64_t n) { return {dsn.value + n}; }
  friend constexpr Dsn operator-(Dsn dsn, std::uint64_t n) { return {dsn.value - n}; }
  friend constexpr std::int64_t operator-(Dsn a, Dsn b) {
    return static_cast<std::int64_t>(a.value - b.value);
  }
};

/// Subflow sequence number relative to the initial sequence number: the first payload byte is 1. Extended to
/// 64 bits, so that it neither wraps nor goes backwards on a long subflow.
struct Ssn {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const Ssn&) const = default;
  friend constexpr Ssn operator+(Ssn ssn, std::uint64_t n) { return {ssn.value + n}; }
  friend constexpr std::uint64_t operator-(Ssn a, Ssn b) { return a.value - b.value; }
};

/// Who sent a byte of the connection, whichever subflow carried it.
enum class Direction : std::uint8_t { initiator_to_listener, listener_to_initiator };

constexpr Direction opposite(Direction d) {
  return d == Direction::initiator_to_listener ? Direction::listener_to_initiator
                                               : Direction::initiator_to_listener;
}
constexpr std::size_t index(Direction d) {
  return static_cast<std::size_t>(d);
}
inline constexpr Direction both_directions[] = {Direction::initiator_to_listener,
                                                Direction::listener_to_initiator};

/// "c2s", "s2c": what users type and what file names say.
constexpr const char* short_name(Direction d) {
  return d == Direction::initiator_to_listener ? "c2s" : "s2c";
}

}  // namespace mps
