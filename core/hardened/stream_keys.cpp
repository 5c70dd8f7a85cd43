// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/stream_keys.h"

#include <gcrypt.h>

#include <algorithm>

#include "core/secrets/gcrypt_start.h"

namespace mps {

Secret blake2s(std::span<const std::uint8_t> message) {
  ensure_gcrypt();
  Secret out;
  gcry_md_hash_buffer(GCRY_MD_BLAKE2S_256, out.data(), message.data(), message.size());
  return out;
}

Secret derive(std::string_view label, const StreamKeys& stream) {
  constexpr std::size_t label_size = 15;
  std::array<std::uint8_t, 32> message{};
  std::copy_n(label.begin(), std::min(label.size(), label_size), message.begin());
  message[label_size] = stream.listener_sends ? 1 : 0;
  std::ranges::copy(stream.keys.initiator, message.begin() + 16);
  std::ranges::copy(stream.keys.listener, message.begin() + 24);
  return blake2s(message);
}

}  // namespace mps
