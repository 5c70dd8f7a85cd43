// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/dss_tag.h"

#include <gcrypt.h>

#include <cstdlib>

#include "core/secrets/gcrypt_start.h"

namespace mps {

std::uint16_t DssTag::of(std::uint64_t dsn, std::uint32_t ssn, std::uint16_t length,
                         std::span<const std::uint8_t> payload) const {
  std::array<std::uint8_t, 14> head;
  for (std::size_t i = 0; i < 8; ++i) head[i] = static_cast<std::uint8_t>(dsn >> (56 - 8 * i));
  for (std::size_t i = 0; i < 4; ++i) head[8 + i] = static_cast<std::uint8_t>(ssn >> (24 - 8 * i));
  head[12] = static_cast<std::uint8_t>(length >> 8);
  head[13] = static_cast<std::uint8_t>(length);
  ensure_gcrypt();
  gcry_md_hd_t hash = nullptr;
  if (gcry_md_open(&hash, GCRY_MD_BLAKE2S_256, 0)) std::abort();  // only without memory
  gcry_md_setkey(hash, key_.data(), key_.size());
  gcry_md_write(hash, head.data(), head.size());
  gcry_md_write(hash, payload.data(), payload.size());
  const unsigned char* digest = gcry_md_read(hash, 0);
  const auto tag = static_cast<std::uint16_t>(digest[0] << 8 | digest[1]);
  gcry_md_close(hash);
  return tag;
}

}  // namespace mps
