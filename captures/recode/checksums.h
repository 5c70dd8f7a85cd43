// SPDX-License-Identifier: GPL-2.0-or-later
/// The two checksums that change with the payload: TCP's (RFC 9293, 3.1) and that of a DSS mapping (RFC
/// 8684, 3.3.1). Both are the complement of a 16-bit ones' complement sum over a pseudo-header and data.
#pragma once

#include <cstdint>
#include <span>

#include "core/packet/ip_address.h"

namespace mps {

/// Ones' complement sum. Pieces may be added one after the other if all but the last have an even length.
class OnesComplementSum {
 public:
  OnesComplementSum& add(std::span<const std::uint8_t> bytes);
  OnesComplementSum& add(std::uint64_t number);  ///< as 16-bit words
  std::uint16_t folded() const;

 private:
  std::uint64_t sum_ = 0;
};

/// `segment` is the TCP header and the whole payload.
bool tcp_checksum_verifies(const IpAddress& source, const IpAddress& destination,
                           std::span<const std::uint8_t> segment);
void set_tcp_checksum(const IpAddress& source, const IpAddress& destination, std::span<std::uint8_t> segment);

/// `length` as in the option, with DATA_FIN's one; `data` is the payload that the mapping covers.
std::uint16_t dss_checksum(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length,
                           std::span<const std::uint8_t> data);

}  // namespace mps
