// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet/mptcp_option.h"

#include <algorithm>

#include "core/packet/byte_order.h"

namespace mps {
namespace {

constexpr std::uint8_t end_of_options = 0;
constexpr std::uint8_t no_operation = 1;
constexpr std::uint8_t mptcp_kind = 30;

enum Subtype : std::uint8_t {
  mp_capable = 0,
  mp_join = 1,
  dss = 2,
  add_addr = 3,
  remove_addr = 4,
  mp_prio = 5,
  mp_fail = 6,
  mp_fastclose = 7,
  mp_tcprst = 8,
};

enum DssFlag : std::uint8_t {
  dss_ack = 0x01,
  dss_ack_is_64 = 0x02,
  dss_map = 0x04,
  dss_dsn_is_64 = 0x08,
  dss_data_fin = 0x10,
};

/// The bytes of one option, kind and length included; at least 3 of them, so that the subtype is there.
using OptionBytes = std::span<const std::uint8_t>;

std::uint8_t subtype_of(OptionBytes bytes) {
  return bytes[2] >> 4;
}
std::uint8_t low_nibble_of(OptionBytes bytes) {
  return bytes[2] & 0x0f;
}

void add_unknown(OptionBytes bytes, MptcpOptions& out) {
  out.add(MpUnknown{subtype_of(bytes), static_cast<std::uint8_t>(bytes.size()), false});
}

Key read_key(const std::uint8_t* p) {
  Key key;
  std::copy_n(p, key.size(), key.begin());
  return key;
}

void parse_mp_capable(OptionBytes bytes, MptcpOptions& out) {
  const std::size_t length = bytes.size();
  if (length != 4 && length != 12 && length != 20 && length != 22 && length != 24)
    return add_unknown(bytes, out);
  auto& option = out.append<MpCapable>();
  option.version = low_nibble_of(bytes);
  option.flags = bytes[3];
  if (length >= 12) option.sender_key = read_key(&bytes[4]);
  if (length >= 20) option.receiver_key = read_key(&bytes[12]);
  if (length >= 22) option.data_length = read_be16(&bytes[20]);
  if (length == 24) option.checksum = read_be16(&bytes[22]);
}

void parse_mp_join(OptionBytes bytes, MptcpOptions& out) {
  const bool backup = low_nibble_of(bytes) & 0x01;
  switch (bytes.size()) {
    case 12:
      return out.add(MpJoinSyn{backup, bytes[3], read_be32(&bytes[4]), read_be32(&bytes[8])});
    case 16: {
      auto& option = out.append<MpJoinSynAck>();
      option.backup = backup;
      option.address_id = bytes[3];
      option.nonce = read_be32(&bytes[12]);
      std::copy_n(&bytes[4], option.hmac.size(), option.hmac.begin());
      return;
    }
    case 24: {
      auto& option = out.append<MpJoinAck>();
      std::copy_n(&bytes[4], option.hmac.size(), option.hmac.begin());
      return;
    }
    default:
      return add_unknown(bytes, out);
  }
}

/// The flags decide which fields are there; the length must be theirs exactly, or theirs and a checksum.
void parse_dss(OptionBytes bytes, MptcpOptions& out) {
  if (bytes.size() < 4) return add_unknown(bytes, out);
  const std::uint8_t flags = bytes[3];
  const std::size_t ack_size = !(flags & dss_ack) ? 0 : flags & dss_ack_is_64 ? 8 : 4;
  const std::size_t dsn_size = flags & dss_dsn_is_64 ? 8 : 4;
  const std::size_t map_size = flags & dss_map ? dsn_size + 4 + 2 : 0;
  const std::size_t expected = 4 + ack_size + map_size;
  const bool has_checksum = map_size && bytes.size() == expected + 2;
  if (bytes.size() != expected && !has_checksum) return add_unknown(bytes, out);

  auto& option = out.append<Dss>();
  option.data_fin = flags & dss_data_fin;
  const std::uint8_t* p = &bytes[0] + 4;
  if (ack_size) {
    option.data_ack_is_64 = ack_size == 8;
    option.data_ack = ack_size == 8 ? read_be64(p) : read_be32(p);
    p += ack_size;
  }
  if (map_size) {
    DssMapping& mapping = option.mapping.emplace();
    mapping.dsn_is_64 = dsn_size == 8;
    mapping.dsn = dsn_size == 8 ? read_be64(p) : read_be32(p);
    p += dsn_size;
    mapping.ssn = read_be32(p);
    mapping.length = read_be16(p + 4);
    if (has_checksum) mapping.checksum = read_be16(p + 6);
  }
}

/// Version 0 names the IP version in the low nibble and has no HMAC; version 1 has an echo flag there and an
/// 8-byte HMAC unless it is set. So 16, 18, 28 and 30 bytes are version 1, and 8, 10, 20 and 22 are version 0
/// or an echo.
void parse_add_addr(OptionBytes bytes, MptcpOptions& out) {
  constexpr std::size_t hmac_size = 8;
  const std::uint8_t nibble = low_nibble_of(bytes);
  const bool echo = nibble & 0x01;
  std::size_t size = bytes.size();
  const bool has_hmac = size == 16 || size == 18 || size == 28 || size == 30;
  if (has_hmac) size -= hmac_size;
  const bool is_v4 = size == 8 || size == 10;
  const bool is_v6 = size == 20 || size == 22;
  if (!is_v4 && !is_v6) return add_unknown(bytes, out);
  const bool names_family = nibble == (is_v4 ? 4 : 6);
  if (has_hmac ? echo : !echo && !names_family) return add_unknown(bytes, out);

  auto& option = out.append<AddAddr>();
  option.echo = echo;
  option.address_id = bytes[3];
  option.address_length = is_v4 ? 4 : 16;
  std::copy_n(&bytes[4], option.address_length, option.address.begin());
  const std::size_t port_at = std::size_t{4} + option.address_length;
  if (size > port_at) option.port = read_be16(&bytes[port_at]);
}

void parse_remove_addr(OptionBytes bytes, MptcpOptions& out) {
  const std::size_t count = bytes.size() - 3;
  if (count == 0 || count > RemoveAddr{}.address_ids.size()) return add_unknown(bytes, out);
  auto& option = out.append<RemoveAddr>();
  option.count = static_cast<std::uint8_t>(count);
  std::copy_n(&bytes[3], count, option.address_ids.begin());
}

void parse_mp_prio(OptionBytes bytes, MptcpOptions& out) {
  if (bytes.size() > 4) return add_unknown(bytes, out);
  auto& option = out.append<MpPrio>();
  option.backup = low_nibble_of(bytes) & 0x01;
  if (bytes.size() == 4) option.address_id = bytes[3];  // version 0 only
}

void parse_option(OptionBytes bytes, MptcpOptions& out) {
  switch (subtype_of(bytes)) {
    case mp_capable:
      return parse_mp_capable(bytes, out);
    case mp_join:
      return parse_mp_join(bytes, out);
    case dss:
      return parse_dss(bytes, out);
    case add_addr:
      return parse_add_addr(bytes, out);
    case remove_addr:
      return parse_remove_addr(bytes, out);
    case mp_prio:
      return parse_mp_prio(bytes, out);
    case mp_fail:
      if (bytes.size() != 12) return add_unknown(bytes, out);
      return out.add(MpFail{read_be64(&bytes[4])});
    case mp_fastclose:
      if (bytes.size() != 12) return add_unknown(bytes, out);
      return out.add(MpFastclose{read_key(&bytes[4])});
    case mp_tcprst:
      if (bytes.size() != 4) return add_unknown(bytes, out);
      return out.add(MpTcpRst{low_nibble_of(bytes), bytes[3]});
    default:
      return add_unknown(bytes, out);
  }
}

/// An MPTCP option whose length leads nowhere; `rest` begins with its kind and ends where the header ends.
MpUnknown damaged(std::span<const std::uint8_t> rest) {
  MpUnknown option;
  if (rest.size() > 1) option.length = rest[1];
  if (rest.size() > 2 && option.length > 2) option.subtype = subtype_of(rest);
  option.truncated = rest.size() < 2 || option.length > rest.size();
  return option;
}

}  // namespace

bool has_mptcp_option(std::span<const std::uint8_t> tcp_options) {
  const std::uint8_t* p = tcp_options.data();
  const std::uint8_t* const end = p + tcp_options.size();
  while (p < end) {
    const std::uint8_t kind = *p;
    if (kind == mptcp_kind) return true;
    if (kind == no_operation) {
      ++p;
      continue;
    }
    if (kind == end_of_options || end - p < 2) return false;
    const std::uint8_t length = p[1];  // read once: a mapped file may be written to meanwhile
    if (length < 2 || length > end - p) return false;
    p += length;
  }
  return false;
}

bool parse_mptcp_options(std::span<const std::uint8_t> tcp_options, MptcpOptions& out) {
  out.clear();
  std::size_t at = 0;
  while (at < tcp_options.size()) {
    const std::uint8_t kind = tcp_options[at];
    if (kind == end_of_options) break;
    if (kind == no_operation) {
      ++at;
      continue;
    }
    const auto rest = tcp_options.subspan(at);
    const std::size_t length = rest.size() < 2 ? 0 : rest[1];  // read once, see above
    if (length < 2 || length > rest.size()) {
      if (kind == mptcp_kind) out.add(damaged(rest));
      return false;
    }
    if (kind == mptcp_kind && !out.full()) {
      if (length == 2)
        out.add(MpUnknown{0, 2, false});
      else
        parse_option(rest.first(length), out);
    }
    at += length;
  }
  return true;
}

}  // namespace mps
