// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/prf_xor.h"

#include <gcrypt.h>

#include <array>
#include <cstdlib>

#include "core/secrets/gcrypt_start.h"

namespace mps {
namespace {

constexpr std::size_t block_size = 64;

/// ChaCha20's last four words: a 64-bit block counter, then 64 bits of nonce, which stay zero.
void go_to_block(gcry_cipher_hd_t cipher, std::uint64_t block) {
  std::array<std::uint8_t, 16> counter{};
  for (std::size_t i = 0; i < 8; ++i) counter[i] = static_cast<std::uint8_t>(block >> 8 * i);
  gcry_cipher_setiv(cipher, counter.data(), counter.size());
}

}  // namespace

void PrfXor::Close::operator()(void* cipher) const {
  gcry_cipher_close(static_cast<gcry_cipher_hd_t>(cipher));
}

PrfXor::PrfXor(const StreamKeys& stream) {
  ensure_gcrypt();
  gcry_cipher_hd_t cipher = nullptr;
  if (gcry_cipher_open(&cipher, GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_STREAM, 0)) std::abort();  // no memory
  cipher_.reset(cipher);
  const Secret key = derive("mpscramble.h1", stream);
  gcry_cipher_setkey(cipher, key.data(), key.size());
  go_to_block(cipher, 0);
}

void PrfXor::apply(std::uint64_t offset, std::span<const std::uint8_t> in, std::uint8_t* out) {
  if (in.empty()) return;
  const auto cipher = static_cast<gcry_cipher_hd_t>(cipher_.get());
  if (offset != next_) {
    go_to_block(cipher, offset / block_size);
    std::array<std::uint8_t, block_size> passed{};
    if (const std::size_t skip = offset % block_size)
      gcry_cipher_encrypt(cipher, passed.data(), skip, nullptr, 0);
  }
  if (out == in.data())
    gcry_cipher_encrypt(cipher, out, in.size(), nullptr, 0);
  else
    gcry_cipher_encrypt(cipher, out, in.size(), in.data(), in.size());
  next_ = offset + in.size();
}

}  // namespace mps
