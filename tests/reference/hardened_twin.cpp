// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/reference/hardened_twin.h"

#include <gcrypt.h>

#include <algorithm>

namespace mps::reference {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes number(std::uint64_t value) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i, value >>= 8) bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Bytes hashed(const Bytes& message) {
  Bytes digest(32);
  gcry_md_hash_buffer(GCRY_MD_BLAKE2S_256, digest.data(), message.data(), message.size());
  return digest;
}

/// "mpscramble.h1" or "mpscramble.h2", two zeros, the direction, both keys.
Bytes first_secret(char scheme, const StreamKeys& stream) {
  Bytes message{'m', 'p', 's', 'c', 'r', 'a', 'm', 'b', 'l', 'e', '.', 'h', static_cast<std::uint8_t>(scheme),
                0,   0};
  message.push_back(stream.listener_sends);
  for (const Key& key : {stream.keys.initiator, stream.keys.listener})
    message.insert(message.end(), key.begin(), key.end());
  return hashed(message);
}

Bytes h1_block(const StreamKeys& stream, std::uint64_t block) {
  const Bytes key = first_secret('1', stream);
  const Bytes counter_and_nonce = number(block) + number(0);
  Bytes keystream(64);
  gcry_cipher_hd_t cipher = nullptr;
  gcry_cipher_open(&cipher, GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_STREAM, 0);
  gcry_cipher_setkey(cipher, key.data(), key.size());
  gcry_cipher_setiv(cipher, counter_and_nonce.data(), counter_and_nonce.size());
  gcry_cipher_encrypt(cipher, keystream.data(), keystream.size(), nullptr, 0);
  gcry_cipher_close(cipher);
  return keystream;
}

Bytes h2(const StreamKeys& stream, std::span<const std::uint8_t> in, bool decode) {
  Bytes out;
  Bytes state = first_secret('2', stream);
  for (std::uint64_t block = 0; out.size() < in.size(); ++block) {
    const Bytes keystream =
        hashed(state + Bytes{0} + number(block)) + hashed(state + Bytes{1} + number(block));
    Bytes plain;
    for (std::size_t i = 0; i < 64 && out.size() < in.size(); ++i) {
      const std::uint8_t before = in[out.size()];
      const auto after = static_cast<std::uint8_t>(before ^ keystream[i]);
      out.push_back(after);
      plain.push_back(decode ? after : before);
    }
    state = hashed(state + Bytes{2} + number(block) + plain);
  }
  return out;
}

}  // namespace

Bytes h1(const StreamKeys& stream, std::uint64_t offset, std::span<const std::uint8_t> in) {
  Bytes out;
  Bytes keystream;
  for (const std::uint8_t byte : in) {
    if (out.empty() || offset % 64 == 0) keystream = h1_block(stream, offset / 64);
    out.push_back(static_cast<std::uint8_t>(byte ^ keystream[offset % 64]));
    ++offset;
  }
  return out;
}

Bytes h2_encoded(const StreamKeys& stream, std::span<const std::uint8_t> plain) {
  return h2(stream, plain, false);
}

Bytes h2_decoded(const StreamKeys& stream, std::span<const std::uint8_t> wire) {
  return h2(stream, wire, true);
}

Bytes hardened_encoded(Scheme scheme, const StreamKeys& stream, std::span<const std::uint8_t> plain) {
  return scheme == Scheme::h1 ? h1(stream, 0, plain) : h2_encoded(stream, plain);
}

Bytes hardened_decoded(Scheme scheme, const StreamKeys& stream, std::span<const std::uint8_t> wire) {
  return scheme == Scheme::h1 ? h1(stream, 0, wire) : h2_decoded(stream, wire);
}

}  // namespace mps::reference
