// SPDX-License-Identifier: GPL-2.0-or-later
/// Stream bytes as pixels. A Windows bitmap in the plaintext is found by its header and gives the layout; any
/// other content is shown as a map of grey bytes. The same layout is laid over the original, the wire and
/// what a tap recovered, so the three can be compared pixel by pixel.
#pragma once

#include <QColor>
#include <QImage>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace mps::gui {

struct PictureLayout {
  std::uint64_t offset = 0;  ///< of the first pixel in the stream
  int width = 256;           ///< pixels
  int height = 0;
  int bytes_per_pixel = 1;  ///< 1: grey, 3 or 4: blue, green, red
  std::uint64_t stride = 256;
  bool bottom_up = false;
  bool is_bitmap = false;

  std::uint64_t row_offset(int y) const {
    return offset + stride * static_cast<std::uint64_t>(bottom_up ? height - 1 - y : y);
  }
};

/// The first uncompressed 24 or 32 bit bitmap in `plaintext` that lies in it completely.
std::optional<PictureLayout> find_bitmap(std::span<const std::uint8_t> plaintext);
/// Grey bytes, `width` to a line, for a stream of `length` bytes from `offset` on; at most max_rows lines.
PictureLayout byte_map(std::uint64_t offset, std::uint64_t length, int width);
inline constexpr int max_rows = 4096;

/// Fills `out` from a stream offset on, and says per byte whether it is there.
using PixelSource =
    std::function<void(std::uint64_t offset, std::span<std::uint8_t> out, std::span<bool> there)>;

/// Pixels that lack a byte are painted in a checkerboard of `hole` and its neighbour shade.
QImage draw_picture(const PictureLayout& layout, const PixelSource& source, const QColor& hole);

}  // namespace mps::gui
