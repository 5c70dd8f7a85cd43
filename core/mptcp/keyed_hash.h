// SPDX-License-Identifier: GPL-2.0-or-later
/// A hash for tables whose keys a capture chooses. Its secret differs in every process, so that nobody can
/// make a capture whose keys all fall into one bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mps {

std::size_t keyed_hash(std::span<const std::uint8_t> key);

/// For std::unordered_map.
struct KeyedHash {
  std::size_t operator()(std::uint32_t key) const {
    return keyed_hash({reinterpret_cast<const std::uint8_t*>(&key), sizeof key});
  }
};

}  // namespace mps
