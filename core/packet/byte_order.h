// SPDX-License-Identifier: GPL-2.0-or-later
/// Integers in network byte order, read from unaligned bytes. The caller has checked that the bytes are
/// there.
#pragma once

#include <cstdint>

namespace mps {

inline std::uint16_t read_be16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}

inline std::uint32_t read_be32(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

inline std::uint64_t read_be64(const std::uint8_t* p) {
  return std::uint64_t{read_be32(p)} << 32 | read_be32(p + 4);
}

}  // namespace mps
