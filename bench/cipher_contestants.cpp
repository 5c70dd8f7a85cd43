// SPDX-License-Identifier: GPL-2.0-or-later
// OpenSSL's ciphers. The key schedule is made once per cipher, as in the paper's measurement; AEADs take a
// new nonce and make their tag for every message, as a record does.
#include <gcrypt.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>
#include <memory>

#include "bench/contestant.h"

namespace mps::bench {
namespace {

constexpr std::size_t slow_limit = 64 * 1024;

enum class Kind { Block, Stream, Aead };

struct Cipher {
  const char* name;     // OpenSSL's
  const char* printed;  // ours
  Kind kind;
  int gcrypt_algorithm, gcrypt_mode;
  bool basic;  // also measured without AES-NI
  std::size_t largest;
  double paper_us;
};

constexpr Cipher ciphers[] = {
    {"DES-ECB", "DES-ECB", Kind::Block, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_ECB, false, slow_limit, 2240},
    {"DES-EDE3-ECB", "TDEA-ECB", Kind::Block, GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_ECB, false, slow_limit,
     6690},
    {"AES-128-ECB", "AES-128-ECB", Kind::Block, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, true, SIZE_MAX,
     2290},
    {"AES-192-ECB", "AES-192-ECB", Kind::Block, GCRY_CIPHER_AES192, GCRY_CIPHER_MODE_ECB, true, SIZE_MAX,
     2800},
    {"AES-256-ECB", "AES-256-ECB", Kind::Block, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_ECB, true, SIZE_MAX,
     3400},
    {"AES-128-CTR", "AES-128-CTR", Kind::Stream, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CTR, false, SIZE_MAX,
     0},
    {"AES-128-GCM", "AES-128-GCM", Kind::Aead, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, false, SIZE_MAX, 0},
    {"ChaCha20-Poly1305", "ChaCha20-Poly1305", Kind::Aead, GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305,
     false, SIZE_MAX, 0},
};

constexpr std::array<std::uint8_t, 32> key = {
    0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
    0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
constexpr std::array<std::uint8_t, 16> nonce = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
                                                0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
using Tag = std::array<std::uint8_t, 16>;

struct CipherContext {
  EVP_CIPHER* cipher = nullptr;
  EVP_CIPHER_CTX* context = nullptr;
  Kind kind = Kind::Block;

  CipherContext(const Cipher& which, bool encrypt)
      : cipher(EVP_CIPHER_fetch(nullptr, which.name, nullptr)), kind(which.kind) {
    ERR_clear_error();
    context = EVP_CIPHER_CTX_new();
    if (!cipher || !context) return;
    EVP_CipherInit_ex2(context, cipher, key.data(), kind == Kind::Block ? nullptr : nonce.data(), encrypt,
                       nullptr);
    EVP_CIPHER_CTX_set_padding(context, 0);
  }
  ~CipherContext() {
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
  }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;

  // AEADs, which only encrypt here, write @tag.
  bool run(std::span<std::uint8_t> out, std::span<const std::uint8_t> in, Tag& tag) const {
    int length = 0, rest = 0;
    if (kind == Kind::Aead && !EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr))
      return false;
    if (!EVP_CipherUpdate(context, out.data(), &length, in.data(), static_cast<int>(in.size()))) return false;
    if (kind != Kind::Aead) return length == static_cast<int>(in.size());
    if (!EVP_CipherFinal_ex(context, out.data() + length, &rest)) return false;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.data());
  }
};

// The same by libgcrypt.
bool encrypt_with_gcrypt(const Cipher& which, std::size_t key_size, Bytes& bytes, Tag& tag) {
  gcry_cipher_hd_t handle;
  if (gcry_cipher_open(&handle, which.gcrypt_algorithm, which.gcrypt_mode, 0)) return false;
  bool done = !gcry_cipher_setkey(handle, key.data(), key_size);
  if (which.kind == Kind::Stream) done = done && !gcry_cipher_setctr(handle, nonce.data(), nonce.size());
  if (which.kind == Kind::Aead) done = done && !gcry_cipher_setiv(handle, nonce.data(), 12);
  done = done && !gcry_cipher_encrypt(handle, bytes.data(), bytes.size(), nullptr, 0);
  if (which.kind == Kind::Aead) done = done && !gcry_cipher_gettag(handle, tag.data(), tag.size());
  gcry_cipher_close(handle);
  return done;
}

bool agrees_with_gcrypt(const Cipher& which, bool encrypt, std::size_t size) {
  const CipherContext context(which, encrypt);
  const Bytes plain = message(size);
  Bytes cipher_text = plain, got(size);
  Tag want_tag{}, tag{};
  const auto key_size = static_cast<std::size_t>(EVP_CIPHER_get_key_length(context.cipher));
  if (!encrypt_with_gcrypt(which, key_size, cipher_text, want_tag)) return false;
  if (encrypt) return context.run(got, plain, tag) && got == cipher_text && tag == want_tag;
  return context.run(got, cipher_text, want_tag) && got == plain;
}

Contestant cipher_contestant(const Cipher& which, bool encrypt, const std::string& suffix, bool all_sizes) {
  Contestant one;
  one.name = which.printed + suffix;
  one.direction = encrypt ? "encrypt" : "decrypt";
  one.largest = all_sizes ? which.largest : slow_limit;
  one.paper_us = which.paper_us;
  one.work = [context = std::make_shared<CipherContext>(which, encrypt)](auto out, auto in) {
    Tag tag{};
    context->run(out, in, tag);
  };
  one.right = [&which, encrypt](std::size_t size) { return agrees_with_gcrypt(which, encrypt, size); };
  return one;
}

}  // namespace

Field cipher_contestants(const std::string& suffix, bool all) {
  gcry_check_version(nullptr);
  OSSL_PROVIDER_load(nullptr, "default");
  OSSL_PROVIDER_load(nullptr, "legacy");  // single DES
  Field field;
  for (const Cipher& which : ciphers) {
    if (!all && !which.basic) continue;
    if (!CipherContext(which, true).cipher) {
      field.absent.push_back({which.printed + suffix, "this OpenSSL does not have it"});
      continue;
    }
    field.contestants.push_back(cipher_contestant(which, true, suffix, all));
    // Repeated decryption of one message would measure how fast an AEAD rejects it.
    if (which.kind != Kind::Aead) field.contestants.push_back(cipher_contestant(which, false, suffix, all));
  }
  return field;
}

}  // namespace mps::bench
