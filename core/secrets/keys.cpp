// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/secrets/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gcrypt.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "core/secrets/gcrypt_start.h"

namespace mps {

void ensure_gcrypt() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) return;
    gcry_check_version(nullptr);
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
  });
}

namespace {

int algorithm(KeyHash hash) {
  return hash == KeyHash::sha1 ? GCRY_MD_SHA1 : GCRY_MD_SHA256;
}

std::vector<std::uint8_t> digest(std::span<const std::uint8_t> message, KeyHash hash) {
  ensure_gcrypt();
  std::vector<std::uint8_t> out(gcry_md_get_algo_dlen(algorithm(hash)));
  gcry_md_hash_buffer(algorithm(hash), out.data(), message.data(), message.size());
  return out;
}

std::vector<std::uint8_t> hmac(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message,
                               KeyHash hash) {
  ensure_gcrypt();
  std::vector<std::uint8_t> out(gcry_md_get_algo_dlen(algorithm(hash)));
  gcry_md_hd_t handle = nullptr;
  if (gcry_md_open(&handle, algorithm(hash), GCRY_MD_FLAG_HMAC)) std::abort();  // only without memory
  gcry_md_setkey(handle, key.data(), key.size());
  gcry_md_write(handle, message.data(), message.size());
  std::copy_n(gcry_md_read(handle, 0), out.size(), out.begin());
  gcry_md_close(handle);
  return out;
}

template <typename T>
T big_endian(const std::uint8_t* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | bytes[i]);
  return value;
}

void append_big_endian(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace

std::uint32_t token_of(const Key& key, KeyHash hash) {
  return big_endian<std::uint32_t>(digest(key, hash).data());
}

std::uint64_t idsn_of(const Key& key, KeyHash hash) {
  const auto d = digest(key, hash);
  return big_endian<std::uint64_t>(d.data() + d.size() - 8);
}

std::vector<std::uint8_t> join_hmac(const Key& own_key, const Key& peer_key, std::uint32_t own_nonce,
                                    std::uint32_t peer_nonce, KeyHash hash) {
  std::vector<std::uint8_t> keys(own_key.begin(), own_key.end());
  keys.insert(keys.end(), peer_key.begin(), peer_key.end());
  std::vector<std::uint8_t> nonces;
  append_big_endian(nonces, own_nonce);
  append_big_endian(nonces, peer_nonce);
  return hmac(keys, nonces, hash);
}

std::vector<std::uint8_t> register_bytes(const Key& sender_key, InitialRegister init, KeyOrder order,
                                         KeyHash hash) {
  std::vector<std::uint8_t> key(sender_key.begin(), sender_key.end());
  if (order == KeyOrder::host) std::reverse(key.begin(), key.end());
  return init == InitialRegister::key ? key : hmac(key, {}, hash);
}

std::optional<Key> parse_key(std::string_view hex) {
  if (hex.size() != 16) return std::nullopt;
  Key key{};
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    int digit;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if (c >= 'a' && c <= 'f')
      digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      digit = c - 'A' + 10;
    else
      return std::nullopt;
    key[i / 2] = static_cast<std::uint8_t>(key[i / 2] << 4 | digit);
  }
  return key;
}

std::string to_string(const Key& key) {
  return fmt::format("{:02x}", fmt::join(key, ""));
}

Sha256::Sha256() : handle_(nullptr) {
  ensure_gcrypt();
  gcry_md_hd_t handle = nullptr;
  if (gcry_md_open(&handle, GCRY_MD_SHA256, 0)) std::abort();  // only without memory
  handle_ = handle;
}

Sha256::~Sha256() {
  if (handle_) gcry_md_close(static_cast<gcry_md_hd_t>(handle_));
}

Sha256::Sha256(Sha256&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

void Sha256::update(std::span<const std::uint8_t> bytes) {
  gcry_md_write(static_cast<gcry_md_hd_t>(handle_), bytes.data(), bytes.size());
}

Sha256::Digest Sha256::digest() const {
  gcry_md_hd_t copy = nullptr;
  if (gcry_md_copy(&copy, static_cast<gcry_md_hd_t>(handle_))) std::abort();  // only without memory
  Digest result;
  std::copy_n(gcry_md_read(copy, 0), result.size(), result.begin());
  gcry_md_close(copy);
  return result;
}

std::string Sha256::to_hex(const Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace mps
