// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/controls.h"

#include <gcrypt.h>
#include <zlib.h>
#include <array>
#include <memory>

#include "core/scramble/mps_scramble.h"

namespace mps {
namespace {

constexpr std::size_t dropped = 128;
constexpr std::size_t least_control = 72;

struct CipherCloser {
  void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
};
using Cipher = std::unique_ptr<std::remove_pointer_t<gcry_cipher_hd_t>, CipherCloser>;

}  // namespace

std::vector<std::vector<std::uint8_t>> prf_control(std::span<const std::span<const std::uint8_t>> runs,
                                                   std::uint64_t seed) {
  gcry_check_version(nullptr);
  gcry_cipher_hd_t handle = nullptr;
  if (gcry_cipher_open(&handle, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CTR, 0) != 0) return {};
  const Cipher cipher(handle);
  std::array<std::uint8_t, 32> key{};
  for (std::size_t k = 0; k < 8; ++k) key[k] = static_cast<std::uint8_t>(seed >> (8 * k));
  std::vector<std::vector<std::uint8_t>> out;
  for (std::uint64_t number = 0; number < runs.size(); ++number) {
    std::array<std::uint8_t, 16> counter{};  // the run's number, then the block's
    for (std::size_t k = 0; k < 8; ++k) counter[k] = static_cast<std::uint8_t>(number >> (8 * k));
    std::vector<std::uint8_t> bytes(runs[number].begin(), runs[number].end());
    if (gcry_cipher_setkey(cipher.get(), key.data(), key.size()) != 0 ||
        gcry_cipher_setctr(cipher.get(), counter.data(), counter.size()) != 0 ||
        gcry_cipher_encrypt(cipher.get(), bytes.data(), bytes.size(), nullptr, 0) != 0)
      return {};
    out.push_back(std::move(bytes));
  }
  return out;
}

std::vector<std::uint8_t> compressed_control(std::span<const std::uint8_t> plaintext) {
  uLongf size = compressBound(plaintext.size());
  std::vector<std::uint8_t> bytes(size);
  if (compress2(bytes.data(), &size, plaintext.data(), plaintext.size(), Z_BEST_COMPRESSION) != Z_OK)
    return {};
  if (size < dropped + least_control) return {};
  bytes.resize(size);
  mps_state state;
  mps_state_init(&state, nullptr, 0);
  mps_scramble(&state, bytes.data(), bytes.data(), bytes.size());
  bytes.erase(bytes.begin(), bytes.begin() + dropped);
  return bytes;
}

}  // namespace mps
