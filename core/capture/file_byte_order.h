// SPDX-License-Identifier: GPL-2.0-or-later
/// Integers of capture files: the writer chose the byte order, a magic number tells which.
#pragma once

#include <cstdint>
#include <cstring>

namespace mps {

/// The caller has checked that the bytes are there.
struct FileByteOrder {
  bool swapped = false;  ///< other than this machine's

  std::uint16_t u16(const std::uint8_t* p) const {
    std::uint16_t value;
    std::memcpy(&value, p, sizeof value);
    return swapped ? __builtin_bswap16(value) : value;
  }
  std::uint32_t u32(const std::uint8_t* p) const {
    std::uint32_t value;
    std::memcpy(&value, p, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
  }
  std::uint64_t u64(const std::uint8_t* p) const {
    std::uint64_t value;
    std::memcpy(&value, p, sizeof value);
    return swapped ? __builtin_bswap64(value) : value;
  }
};

}  // namespace mps
