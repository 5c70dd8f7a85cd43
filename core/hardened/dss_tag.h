// SPDX-License-Identifier: GPL-2.0-or-later
/// An experiment: a keyed tag of 16 bits where MPTCP has the DSS checksum (RFC 8684 3.3.1), over the same
/// fields and the payload as on the wire (docs/hardened.md, "Tags"). A forged mapping passes with probability
/// 2^-16; that is all that fits into the field.
#pragma once

#include <cstdint>
#include <span>

#include "core/hardened/scheme.h"
#include "core/hardened/stream_keys.h"

namespace mps {

class DssTag {
 public:
  /// The hash is the hardened schemes' own.
  static bool is_available() { return mps::is_available(Scheme::h1); }
  /// Precondition: is_available().
  explicit DssTag(const StreamKeys& stream) : key_(derive("mpscramble.tag", stream)) {}

  /// The fields of the mapping as in the checksum's pseudo-header: all 64 bits of the data sequence number,
  /// the subflow sequence number as in the option, the length with the DATA_FIN's one. `payload` is without
  /// it.
  std::uint16_t of(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length,
                   std::span<const std::uint8_t> payload) const;

 private:
  Secret key_;
};

}  // namespace mps
