// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/keystream.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mps::lab {
namespace {

void must(gcry_error_t error) {
  if (error != 0) throw std::runtime_error(std::string("libgcrypt: ") + gcry_strerror(error));
}

Bytes seed_key(std::uint64_t seed, std::string_view label) {
  Bytes message(label.begin(), label.end());
  for (int shift = 0; shift < 64; shift += 8) message.push_back(static_cast<std::uint8_t>(seed >> shift));
  return sha256(message);
}

}  // namespace

Cipher::Cipher(int algorithm, int mode, std::span<const std::uint8_t> key, std::span<const std::uint8_t> iv) {
  gcry_check_version(nullptr);
  gcry_cipher_hd_t handle = nullptr;
  must(gcry_cipher_open(&handle, algorithm, mode, 0));
  handle_.reset(handle);
  must(gcry_cipher_setkey(handle, key.data(), key.size()));
  must(gcry_cipher_setiv(handle, iv.data(), iv.size()));
}

void Cipher::encrypt(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) must(gcry_cipher_encrypt(handle_.get(), bytes.data(), bytes.size(), nullptr, 0));
}

void Cipher::decrypt(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) must(gcry_cipher_decrypt(handle_.get(), bytes.data(), bytes.size(), nullptr, 0));
}

Bytes sha256(std::span<const std::uint8_t> message) {
  gcry_check_version(nullptr);
  Bytes digest(32);
  gcry_md_hash_buffer(GCRY_MD_SHA256, digest.data(), message.data(), message.size());
  return digest;
}

Keystream::Keystream(std::uint64_t seed, std::string_view label)
    : cipher_(GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_STREAM, seed_key(seed, label),
              std::array<std::uint8_t, 12>{}) {}

void Keystream::read(std::span<std::uint8_t> out) {
  std::ranges::fill(out, std::uint8_t{0});
  cipher_.encrypt(out);
}

Bytes Keystream::take(std::size_t size) {
  Bytes out(size);
  read(out);
  return out;
}

std::uint32_t Keystream::number() {
  std::array<std::uint8_t, 4> bytes;
  read(bytes);
  return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[3]} << 24;
}

std::uint32_t Keystream::below(std::uint32_t bound) {
  const std::uint32_t surplus = (0u - bound) % bound;  // 2^32 mod bound: these would come up once too often
  for (;;)
    if (const std::uint32_t drawn = number(); drawn >= surplus) return drawn % bound;
}

double Keystream::unit() {
  return number() * 0x1p-32;
}

}  // namespace mps::lab
