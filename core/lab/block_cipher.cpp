// SPDX-License-Identifier: GPL-2.0-or-later
// The modes of operation that III.A (3) of Kato et al. 2018 starts from, with what the paper leaves out: a
// cipher and a key. AES-128 in CBC (padded to blocks) and OFB (no padding), one chain over all paths. The key
// must reach both ends somehow; the MPTCP handshake does not carry one.
#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"

namespace mps::lab {
namespace {

constexpr std::size_t aes_block = 16;

Cipher aes(CipherMode mode, const Agreement& agreement) {
  Keystream secret(agreement.seed,
                   agreement.listener_sends ? "mpscramble lab cipher s2c" : "mpscramble lab cipher c2s");
  const Bytes key = secret.take(16), iv = secret.take(aes_block);
  return Cipher(GCRY_CIPHER_AES128, mode == CipherMode::cbc ? GCRY_CIPHER_MODE_CBC : GCRY_CIPHER_MODE_OFB,
                key, iv);
}

class CbcEncoder final : public BlockEncoder {
 public:
  explicit CbcEncoder(const Agreement& agreement)
      : BlockEncoder(aes_block, aes_block, agreement), cipher_(aes(CipherMode::cbc, agreement)) {}

 private:
  void code(std::span<std::uint8_t> blocks) override { cipher_.encrypt(blocks); }
  Cipher cipher_;
};

class CbcDecoder final : public BlockDecoder {
 public:
  explicit CbcDecoder(const Agreement& agreement)
      : BlockDecoder(aes_block, agreement), cipher_(aes(CipherMode::cbc, agreement)) {}

 private:
  void decode(std::span<std::uint8_t> blocks) override { cipher_.decrypt(blocks); }
  Cipher cipher_;
};

class BlockCipher final : public Scheme {
 public:
  explicit BlockCipher(CipherMode mode)
      : Scheme({.name = mode == CipherMode::cbc ? "cbc" : "ofb",
                .title = mode == CipherMode::cbc ? "AES-128-CBC" : "AES-128-OFB",
                .reference = "III.A (3), [20]",
                .rule = "one chain of the block cipher over all paths",
                .secret = "a cipher key",
                .block = mode == CipherMode::cbc ? std::uint32_t{aes_block} : 1u}),
        mode_(mode) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    if (mode_ == CipherMode::cbc) return std::make_unique<CbcEncoder>(agreement);
    return bytewise_encoder(
        [cipher = aes(mode_, agreement)](std::span<std::uint8_t> bytes) mutable { cipher.encrypt(bytes); });
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    if (mode_ == CipherMode::cbc) return std::make_unique<CbcDecoder>(agreement);
    return bytewise_decoder(
        [cipher = aes(mode_, agreement)](std::span<std::uint8_t> bytes) mutable { cipher.decrypt(bytes); });
  }
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    return blank_view(agreement, wire, sight, Basis::cipher);
  }

 private:
  CipherMode mode_;
};

}  // namespace

SchemePtr block_cipher(CipherMode mode) {
  return std::make_shared<BlockCipher>(mode);
}

}  // namespace mps::lab
