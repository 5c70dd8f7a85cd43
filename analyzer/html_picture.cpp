// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_picture.h"

#include <glib.h>
#include <png.h>

#include <algorithm>
#include <cstdlib>

namespace mps::html {
namespace {

std::uint32_t little(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

constexpr std::size_t header_bytes = 54;  ///< BITMAPFILEHEADER and BITMAPINFOHEADER
constexpr std::int32_t max_side = 4096;

std::optional<BitmapPlace> bitmap_at(std::span<const std::uint8_t> stream, std::size_t at) {
  const auto h = stream.subspan(at);
  if (h.size() < header_bytes || h[0] != 'B' || h[1] != 'M') return std::nullopt;
  const std::uint32_t offset = little(h, 10, 4);
  const auto width = static_cast<std::int32_t>(little(h, 18, 4));
  const auto height = static_cast<std::int32_t>(little(h, 22, 4));
  const std::uint32_t bits = little(h, 28, 2);
  const bool plausible = little(h, 14, 4) >= 40 && little(h, 14, 4) <= 124 && little(h, 26, 2) == 1 &&
                         little(h, 30, 4) == 0 && (bits == 24 || bits == 32) && width > 0 &&
                         width <= max_side && height != 0 && height >= -max_side && height <= max_side &&
                         offset >= header_bytes && offset < 4096;
  if (!plausible) return std::nullopt;
  BitmapPlace place;
  place.width = static_cast<unsigned>(width);
  place.height = static_cast<unsigned>(std::abs(height));
  place.bytes_per_pixel = bits / 8;
  place.bottom_up = height > 0;
  place.pixels = at + offset;
  place.end = place.pixels + place.row_bytes() * place.height;
  return place;
}

}  // namespace

std::optional<BitmapPlace> find_bitmap(std::span<const std::uint8_t> stream, std::size_t limit) {
  const auto end = stream.begin() + static_cast<std::ptrdiff_t>(std::min(limit, stream.size()));
  for (auto at = std::find(stream.begin(), end, 'B'); at != end; at = std::find(at + 1, end, 'B'))
    if (auto place = bitmap_at(stream, static_cast<std::size_t>(at - stream.begin()))) return place;
  return std::nullopt;
}

std::string picture_uri(const BitmapPlace& place, std::span<const std::uint8_t> bytes,
                        std::span<const Mark> marks) {
  std::vector<std::uint8_t> rgb(std::size_t{place.width} * place.height * 3);
  for (unsigned y = 0; y < place.height; ++y)
    for (unsigned x = 0; x < place.width; ++x) {
      const std::uint64_t row = place.bottom_up ? place.height - 1 - y : y;
      const std::uint64_t from = row * place.row_bytes() + std::uint64_t{x} * place.bytes_per_pixel;
      std::uint8_t* out = &rgb[(std::size_t{y} * place.width + x) * 3];
      const bool there = from + 3 <= bytes.size() && from + 3 <= marks.size();
      Mark worst = there ? marks[from] : Mark::unseen;
      for (std::size_t i = 0; there && i < 3; ++i) worst = std::min(worst, marks[from + i]);
      if (worst == Mark::unseen || worst == Mark::unknown) {  // a checker in grey, or dots in purple
        const bool dark = worst == Mark::unseen ? ((x / 4 + y / 4) & 1) : (x % 4 < 2 && y % 4 < 2);
        const std::uint8_t unseen[2][3] = {{236, 236, 236}, {214, 214, 214}};
        const std::uint8_t unknown[2][3] = {{251, 238, 245}, {204, 121, 167}};
        std::copy_n(worst == Mark::unseen ? unseen[dark] : unknown[dark], 3, out);
      } else {
        for (std::size_t i = 0; i < 3; ++i) out[i] = bytes[from + 2 - i];  // BMP has blue first
      }
    }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = place.width;
  image.height = place.height;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  if (!png_image_write_to_memory(&image, nullptr, &size, 0, rgb.data(), 0, nullptr)) return {};
  std::vector<std::uint8_t> png(size);
  if (!png_image_write_to_memory(&image, png.data(), &size, 0, rgb.data(), 0, nullptr)) return {};
  return data_uri("image/png", std::span(png).first(size));
}

std::string data_uri(const char* media_type, std::span<const std::uint8_t> bytes) {
  gchar* text = g_base64_encode(bytes.data(), bytes.size());
  std::string uri = std::string("data:") + media_type + ";base64," + text;
  g_free(text);
  return uri;
}

}  // namespace mps::html
