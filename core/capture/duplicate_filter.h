// SPDX-License-Identifier: GPL-2.0-or-later
/// Finds packets that several taps of the same path captured: equal IP header but for TTL and checksum, equal
/// TCP bytes but for the checksum (a tap on the sender sees it before the network card has filled it in).
///
/// The k-th equal packet of one file pairs with the k-th of another. So a file's own retransmissions all
/// pass, and the order in which the files arrive, their clocks' skew, does not matter inside the window.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/capture/packet_source.h"

namespace mps {

class DuplicateFilter {
 public:
  /// Remembers about the last 2^window_bits distinct TCP packets, 16 bytes each; outside that window a copy
  /// passes, which costs time but no correctness.
  explicit DuplicateFilter(unsigned window_bits = 18);

  /// True if another file has delivered this packet already. Not TCP over IP: false.
  bool is_duplicate(const Packet& packet, std::size_t file);

 private:
  /// How often each file has shown one packet. A fourth file's copies are not told apart and pass.
  static constexpr std::size_t files_per_entry = 3;
  struct Entry {
    std::uint64_t fingerprint = 0;
    std::array<std::uint8_t, files_per_entry> file{};
    std::array<std::uint8_t, files_per_entry> times{};  ///< 0: free
    std::uint8_t delivered = 0;
    std::uint8_t unused = 0;
  };
  static constexpr std::size_t ways = 4;
  struct Set {
    std::array<Entry, ways> entries;
  };

  bool fingerprint(const Packet& packet, std::uint64_t& out) const;
  Entry& entry_for(std::uint64_t fingerprint);

  std::vector<Set> sets_;
  std::vector<std::uint8_t> next_victim_;
  /// Secret, so that nobody can make two packets that only seem equal and have one suppressed.
  std::vector<std::uint8_t> secret_;
};

}  // namespace mps
