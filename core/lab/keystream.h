// SPDX-License-Identifier: GPL-2.0-or-later
/// Ciphers and repeatable random bytes of the lab, all of them libgcrypt's. What endpoints draw at random
/// (shares, padding, IVs, cipher keys) is here made from a seed, so that a result can be repeated; a real
/// endpoint must not do that.
#pragma once

#include <gcrypt.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mps::lab {

using Bytes = std::vector<std::uint8_t>;

/// A cipher handle of libgcrypt with its key and IV. Throws std::runtime_error where libgcrypt does not have
/// the cipher (a FIPS build without ChaCha20): nothing of the lab could work then.
class Cipher {
 public:
  Cipher(int algorithm, int mode, std::span<const std::uint8_t> key, std::span<const std::uint8_t> iv);
  /// In place. For block modes a multiple of the block.
  void encrypt(std::span<std::uint8_t> bytes);
  void decrypt(std::span<std::uint8_t> bytes);

 private:
  struct Close {
    void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
  };
  std::unique_ptr<std::remove_pointer_t<gcry_cipher_hd_t>, Close> handle_;
};

/// SHA-256, for making keys of names and seeds.
Bytes sha256(std::span<const std::uint8_t> message);

/// ChaCha20 (RFC 8439) under SHA-256(label | seed): the same bytes for the same label and seed, in any split.
class Keystream {
 public:
  Keystream(std::uint64_t seed, std::string_view label);
  void read(std::span<std::uint8_t> out);
  Bytes take(std::size_t size);
  std::uint32_t number();
  /// Uniform in 0..bound-1, without bias. Precondition: bound > 0.
  std::uint32_t below(std::uint32_t bound);
  /// Uniform in [0, 1).
  double unit();

 private:
  Cipher cipher_;
};

}  // namespace mps::lab
