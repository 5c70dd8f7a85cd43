// SPDX-License-Identifier: GPL-2.0-or-later
/// MPTCP keys and what is derived from them: tokens, initial data sequence numbers, MP_JOIN HMACs
/// (RFC 6824 and RFC 8684, sections 3.1 and 3.2) and the scrambler's initial register (Kato et al. III.B,
/// fig. 14). Hashing is libgcrypt's. Functions here cannot fail on any input; they are safe to call from
/// several threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mps {

/// A key as it stands in MP_CAPABLE: 8 bytes in network byte order.
using Key = std::array<std::uint8_t, 8>;

/// The hash that an MPTCP version uses: SHA-1 for version 0, SHA-256 for version 1.
enum class KeyHash : std::uint8_t { sha1, sha256 };

/// How the register starts; the paper says both (the command line calls it --init).
enum class InitialRegister : std::uint8_t { key, hmac };

/// Byte order in which the key enters the register: as on the wire, or as a little-endian host copies a u64.
enum class KeyOrder : std::uint8_t { wire, host };

/// First 32 bits of the hash of the key.
std::uint32_t token_of(const Key& key, KeyHash hash);
/// Last 64 bits of the hash of the key: the initial data sequence number. The first stream byte is this plus
/// one.
std::uint64_t idsn_of(const Key& key, KeyHash hash);

/// HMAC of an MP_JOIN: key = own key | peer's key, message = own nonce | peer's nonce (network byte order).
/// 20 bytes for SHA-1, 32 for SHA-256; the SYN/ACK carries the first 8, the third ACK the first 20.
std::vector<std::uint8_t> join_hmac(const Key& own_key, const Key& peer_key, std::uint32_t own_nonce,
                                    std::uint32_t peer_nonce, KeyHash hash);

/// Bytes to be right-aligned in the 64-byte register of the direction whose sender owns `sender_key`.
/// key: the 8 bytes themselves. hmac: the paper says only "HMAC of the key"; here it is the HMAC under that
/// key of the empty message, 20 or 32 bytes, since neither nonces nor the other key are mentioned. order host
/// reverses the 8 bytes first.
std::vector<std::uint8_t> register_bytes(const Key& sender_key, InitialRegister init, KeyOrder order,
                                         KeyHash hash);

/// 16 hex digits, either case; nothing else.
std::optional<Key> parse_key(std::string_view hex);
std::string to_string(const Key& key);

/// SHA-256 of everything fed so far; for streams, input files and manifests.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;
  void update(std::span<const std::uint8_t> bytes);
  using Digest = std::array<std::uint8_t, 32>;
  /// May be called at any time; later updates continue the stream.
  Digest digest() const;
  /// The same as 64 hex digits.
  std::string hex() const { return to_hex(digest()); }
  static std::string to_hex(const Digest& digest);

 private:
  void* handle_;  // gcry_md_hd_t
};

}  // namespace mps
