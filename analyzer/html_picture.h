// SPDX-License-Identifier: GPL-2.0-or-later
/// Pictures inside a stream, as an eavesdropper has them: an uncompressed BMP, raw or as the body of a
/// message, drawn from the bytes at its place in the stream. Reading is limited to what makes a picture of
/// the scheme's leak (24 and 32 bits a pixel, no compression); PNG is libpng's, base64 is GLib's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/html_text.h"

namespace mps::html {

struct BitmapPlace {
  std::uint64_t pixels = 0;  ///< stream offset of the first pixel
  std::uint64_t end = 0;     ///< one past the last
  unsigned width = 0;        ///< pixels, 1..4096
  unsigned height = 0;
  unsigned bytes_per_pixel = 3;
  bool bottom_up = true;
  std::uint64_t row_bytes() const { return (std::uint64_t{width} * bytes_per_pixel + 3) / 4 * 4; }
};

/// The first bitmap whose header stands in `stream` within `limit` bytes; its pixels may reach beyond what is
/// there.
std::optional<BitmapPlace> find_bitmap(std::span<const std::uint8_t> stream, std::size_t limit = 1 << 20);

/// The picture as a data: URI. `mark[i]` says whether byte i of [pixels, end) is there; a pixel with a byte
/// that is not shows the pattern of what it lacks. Empty if libpng fails.
std::string picture_uri(const BitmapPlace& place, std::span<const std::uint8_t> bytes,
                        std::span<const Mark> marks);

/// Any bytes as a data: URI.
std::string data_uri(const char* media_type, std::span<const std::uint8_t> bytes);

}  // namespace mps::html
