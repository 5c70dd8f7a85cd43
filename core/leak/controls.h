// SPDX-License-Identifier: GPL-2.0-or-later
/// Negative controls: the same amount of bytes, cut the same way, that an attack must not open and a
/// statistic must not flag. Without them a finding says nothing about the scrambler.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mps {

/// Every run XORed with an AES-256-CTR keystream (libgcrypt; a FIPS mode permits it) keyed by `seed`, run k
/// with the counter that begins with k: what a real cipher would have put on the path. `runs` may hold the
/// capture's bytes or the plaintext; the outcome is alike.
std::vector<std::vector<std::uint8_t>> prf_control(std::span<const std::span<const std::uint8_t>> runs,
                                                   std::uint64_t seed);

/// The plaintext compressed (zlib) and then scrambled from a zero register: what the scheme shows of content
/// without redundancy. Its first 128 bytes, which depend on the register, are dropped. Empty for less than
/// some 200 compressed bytes.
std::vector<std::uint8_t> compressed_control(std::span<const std::uint8_t> plaintext);

}  // namespace mps
