// SPDX-License-Identifier: GPL-2.0-or-later
/// The schemes by name.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/lab/scheme.h"

namespace mps::lab {

using SchemePtr = std::shared_ptr<const Scheme>;

// One for each file of this folder that holds a scheme.
SchemePtr plain_dispersion();
/// Blocks of `block` bytes, `window` blocks mixed at a time; `encrypted`: AES-128-CTR first.
SchemePtr block_permutation(bool encrypted, std::uint32_t block = 16, std::uint32_t window = 64);
SchemePtr xor_sharing();
/// `threshold` shares of one a path are enough; 0: all of them.
SchemePtr shamir_sharing(std::uint16_t threshold = 0);
SchemePtr network_coding();
SchemePtr block_chaining(std::uint32_t block);  ///< 1..64 bytes
enum class CipherMode : std::uint8_t { cbc, ofb };
SchemePtr block_cipher(CipherMode mode);
SchemePtr scrambler();
SchemePtr hardened_h1();
SchemePtr hardened_h2();

/// All of them, in the order of the paper's section III.A, the hardened ones last.
std::vector<SchemePtr> all_schemes();

/// "all", or names separated by commas: those of all_schemes(), and with a parameter "chain:L" (block of L
/// bytes), "shamir:K" (K shares are enough), "permute:B:M" (M blocks of B bytes). The error names the word
/// that is none.
tl::expected<std::vector<SchemePtr>, std::string> schemes_named(const std::string& names);

}  // namespace mps::lab
