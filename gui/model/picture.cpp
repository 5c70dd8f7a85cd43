// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/picture.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace mps::gui {
namespace {

std::uint32_t little_32(std::span<const std::uint8_t> at) {
  return at[0] | static_cast<std::uint32_t>(at[1]) << 8 | static_cast<std::uint32_t>(at[2]) << 16 |
         static_cast<std::uint32_t>(at[3]) << 24;
}

constexpr std::size_t header_size = 54;  // BITMAPFILEHEADER and BITMAPINFOHEADER

std::optional<PictureLayout> bitmap_at(std::span<const std::uint8_t> bytes, std::uint64_t begin) {
  const auto header = bytes.subspan(begin);
  if (header.size() < header_size || header[0] != 'B' || header[1] != 'M') return std::nullopt;
  const std::uint32_t pixels = little_32(header.subspan(10));
  const auto width = static_cast<std::int32_t>(little_32(header.subspan(18)));
  const auto height = static_cast<std::int32_t>(little_32(header.subspan(22)));
  const unsigned bits = header[28] | static_cast<unsigned>(header[29]) << 8;
  const std::uint32_t compression = little_32(header.subspan(30));
  constexpr std::int32_t largest = 1 << 15;
  if (compression != 0 || (bits != 24 && bits != 32) || width < 1 || width > largest || height == 0 ||
      height < -largest || height > largest || pixels < header_size)
    return std::nullopt;
  PictureLayout layout;
  layout.offset = begin + pixels;
  layout.width = width;
  layout.height = std::abs(height);
  layout.bytes_per_pixel = static_cast<int>(bits / 8);
  layout.stride = (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  layout.bottom_up = height > 0;
  layout.is_bitmap = true;
  if (layout.offset + layout.stride * static_cast<std::uint64_t>(layout.height) > bytes.size())
    return std::nullopt;
  return layout;
}

}  // namespace

std::optional<PictureLayout> find_bitmap(std::span<const std::uint8_t> plaintext) {
  constexpr std::uint8_t magic[] = {'B', 'M'};
  auto at = plaintext.begin();
  while ((at = std::search(at, plaintext.end(), std::begin(magic), std::end(magic))) != plaintext.end()) {
    if (const auto layout = bitmap_at(plaintext, static_cast<std::uint64_t>(at - plaintext.begin())))
      return layout;
    ++at;
  }
  return std::nullopt;
}

PictureLayout byte_map(std::uint64_t offset, std::uint64_t length, int width) {
  PictureLayout layout;
  layout.offset = offset;
  layout.width = std::max(1, width);
  layout.stride = static_cast<std::uint64_t>(layout.width);
  layout.height =
      static_cast<int>(std::min<std::uint64_t>((length + layout.stride - 1) / layout.stride, max_rows));
  return layout;
}

QImage draw_picture(const PictureLayout& layout, const PixelSource& source, const QColor& hole) {
  QImage image(layout.width, std::max(1, layout.height), QImage::Format_RGB32);
  image.fill(hole);
  const auto row_bytes =
      static_cast<std::size_t>(layout.width) * static_cast<std::size_t>(layout.bytes_per_pixel);
  std::vector<std::uint8_t> bytes(row_bytes);
  const auto there = std::make_unique<bool[]>(row_bytes);
  const QRgb shades[] = {hole.rgb(), hole.darker(118).rgb()};
  for (int y = 0; y < layout.height; ++y) {
    std::fill_n(there.get(), row_bytes, false);
    source(layout.row_offset(y), bytes, {there.get(), row_bytes});
    auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
    for (int x = 0; x < layout.width; ++x) {
      const auto i = static_cast<std::size_t>(x * layout.bytes_per_pixel);
      const std::size_t last = i + (layout.bytes_per_pixel == 1 ? 0 : 2);
      if (!std::all_of(there.get() + i, there.get() + last + 1, [](bool is) { return is; }))
        line[x] = shades[(x / 4 + y / 4) % 2];
      else if (layout.bytes_per_pixel == 1)
        line[x] = qRgb(bytes[i], bytes[i], bytes[i]);
      else
        line[x] = qRgb(bytes[i + 2], bytes[i + 1], bytes[i]);
    }
  }
  return image;
}

}  // namespace mps::gui
