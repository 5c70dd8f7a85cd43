// SPDX-License-Identifier: GPL-2.0-or-later
/// MPTCP options (TCP option kind 30) of version 0 (RFC 6824) and version 1 (RFC 8684), section 3, as values.
/// Parsing only: what the options mean for a connection is core/mptcp's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "core/secrets/keys.h"

namespace mps {

/// Section 3.1. Lengths met: 4 (v1 SYN), 12 (v0 SYN, v0/v1 SYN/ACK), 20 (third ACK), 22 and 24 (with data,
/// v1).
struct MpCapable {
  std::uint8_t version = 0;
  std::uint8_t flags = 0;  ///< A=0x80 checksum, B=0x40, C=0x20, D..G, H=0x01
  std::optional<Key> sender_key;
  std::optional<Key> receiver_key;
  std::optional<std::uint16_t> data_length;  ///< the implicit first mapping: IDSN+1, SSN 1
  std::optional<std::uint16_t> checksum;
};

/// Section 3.2, the three forms told apart by the option's length (12, 16, 24).
struct MpJoinSyn {
  bool backup = false;
  std::uint8_t address_id = 0;
  std::uint32_t token = 0;  ///< of the host that receives this SYN
  std::uint32_t nonce = 0;
};
struct MpJoinSynAck {
  bool backup = false;
  std::uint8_t address_id = 0;
  std::array<std::uint8_t, 8> hmac{};
  std::uint32_t nonce = 0;
};
struct MpJoinAck {
  std::array<std::uint8_t, 20> hmac{};
};

/// Section 3.3.1.
struct DssMapping {
  std::uint64_t dsn = 0;     ///< 32 or 64 bits wide, see dsn_is_64
  std::uint32_t ssn = 0;     ///< relative to the subflow's ISN; the first byte is 1
  std::uint16_t length = 0;  ///< 0: infinite mapping (fallback). Includes the DATA_FIN's one.
  bool dsn_is_64 = false;
  std::optional<std::uint16_t> checksum;
};
struct Dss {
  bool data_fin = false;
  bool data_ack_is_64 = false;
  std::optional<std::uint64_t> data_ack;
  std::optional<DssMapping> mapping;
};

struct AddAddr {
  bool echo = false;  ///< version 1 only
  std::uint8_t address_id = 0;
  std::uint8_t address_length = 0;  ///< 4 or 16
  std::array<std::uint8_t, 16> address{};
  std::optional<std::uint16_t> port;
};
struct RemoveAddr {
  std::uint8_t count = 0;
  std::array<std::uint8_t, 37> address_ids{};  ///< the first `count`
};
struct MpPrio {
  bool backup = false;
  std::optional<std::uint8_t> address_id;
};
struct MpFail {
  std::uint64_t dsn = 0;
};
struct MpFastclose {
  Key receiver_key{};
};
struct MpTcpRst {
  std::uint8_t flags = 0;
  std::uint8_t reason = 0;
};
/// A subtype or length that the RFCs do not define. `truncated`: the option runs past the end of the header.
struct MpUnknown {
  std::uint8_t subtype = 0;
  std::uint8_t length = 0;
  bool truncated = false;
};

using MptcpOption = std::variant<MpCapable, MpJoinSyn, MpJoinSynAck, MpJoinAck, Dss, AddAddr, RemoveAddr,
                                 MpPrio, MpFail, MpFastclose, MpTcpRst, MpUnknown>;

/// The MPTCP options of one segment, in order. 40 bytes of TCP options hold at most 13 of them.
class MptcpOptions {
 public:
  static constexpr std::size_t max_count = 13;
  const MptcpOption* begin() const { return options_.data(); }
  const MptcpOption* end() const { return options_.data() + count_; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  void clear() { count_ = 0; }
  bool full() const { return count_ == max_count; }
  void add(const MptcpOption& option) {
    if (!full()) options_[count_++] = option;
  }
  /// Appends a T of default values to be filled in place; not to a full list.
  template <typename T>
  T& append() {
    return options_[count_++].template emplace<T>();
  }
  template <typename T>
  const T* find() const {
    for (const auto& option : *this)
      if (const T* found = std::get_if<T>(&option)) return found;
    return nullptr;
  }

 private:
  std::array<MptcpOption, max_count> options_{};
  std::size_t count_ = 0;
};

/// True if a TCP option of kind 30 is present: the cheap question asked of every segment.
bool has_mptcp_option(std::span<const std::uint8_t> tcp_options);

/// Parses `tcp_options`; `out` is cleared first. False if the option list itself is damaged (a length of 0 or
/// 1, or past the end); what stands before the damage is kept, and a cut MPTCP option appears as MpUnknown.
bool parse_mptcp_options(std::span<const std::uint8_t> tcp_options, MptcpOptions& out);

}  // namespace mps
