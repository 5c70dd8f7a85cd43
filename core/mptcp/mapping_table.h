// SPDX-License-Identifier: GPL-2.0-or-later
/// Where the bytes of one subflow direction belong in the data stream (RFC 8684 3.3.1). A mapping may cover
/// many segments, may be repeated on each of them, and may arrive after its payload.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/mptcp/sequence.h"

namespace mps {

struct Mapping {
  Ssn ssn;
  Dsn dsn;
  std::uint64_t length = 0;  ///< payload bytes, without the DATA_FIN's one; infinite_length after a fallback

  Ssn end() const { return ssn + length; }
};
inline constexpr std::uint64_t infinite_length = std::uint64_t{1} << 62;

/// Mappings by SSN; neighbours that continue each other are kept as one. Bounded: the oldest are forgotten
/// first.
class MappingTable {
 public:
  enum class Added : std::uint8_t {
    new_mapping,
    known,        ///< said before, in whole
    conflicting,  ///< says something else about bytes that were mapped before; the first word counts. Also:
                  ///< lies over more than max_met others, and is taken in part only
  };
  Added add(const Mapping& mapping);

  /// Says every mapping's DSN anew; `rebased` takes and returns a Dsn.
  template <typename Rebased>
  void rebase(Rebased&& rebased) {
    for (Mapping& mapping : mappings_) mapping.dsn = rebased(mapping.dsn);
  }

  /// The part of a mapping that holds `ssn`, from `ssn` on.
  std::optional<Mapping> find(Ssn ssn) const;
  /// The first mapping that begins after `ssn`.
  std::optional<Mapping> next_after(Ssn ssn) const;

  std::span<const Mapping> mappings() const { return mappings_; }
  bool empty() const { return mappings_.empty(); }
  bool forgot_any() const { return forgot_any_; }

 private:
  static constexpr std::size_t max_mappings = 16384;
  static constexpr std::size_t max_met = 1024;  ///< known mappings that a new one may lie over
  void insert(Mapping mapping);

  std::vector<Mapping> mappings_;  ///< disjoint, ascending
  bool forgot_any_ = false;
};

}  // namespace mps
