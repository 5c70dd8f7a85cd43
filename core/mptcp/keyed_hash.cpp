// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/keyed_hash.h"

#define XXH_INLINE_ALL  // no library for the plugin to bring into its host
#include <xxhash.h>

#include <array>
#include <random>

namespace mps {
namespace {

using Secret = std::array<std::uint8_t, 192>;
static_assert(sizeof(Secret) >= XXH3_SECRET_SIZE_MIN);

Secret make_secret() {
  std::random_device random;
  Secret secret;
  for (auto& byte : secret) byte = static_cast<std::uint8_t>(random());
  return secret;
}

}  // namespace

std::size_t keyed_hash(std::span<const std::uint8_t> key) {
  static const Secret secret = make_secret();
  return static_cast<std::size_t>(
      XXH3_64bits_withSecret(key.data(), key.size(), secret.data(), secret.size()));
}

}  // namespace mps
