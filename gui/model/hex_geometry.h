// SPDX-License-Identifier: GPL-2.0-or-later
/// Arithmetic of the hex view: which byte stands where, for streams of any length, with a scroll bar whose
/// range is an int. No painting.
///
/// Columns of characters: the offset, then each pane as "hex hex ... gap text gap".
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace mps::gui {

class HexGeometry {
 public:
  struct Place {
    int pane = 0;
    std::uint64_t offset = 0;
    bool operator==(const Place&) const = default;
  };

  HexGeometry() = default;
  /// Sizes in pixels; `length` in bytes.
  HexGeometry(std::uint64_t length, int panes, int width, int height, int char_width, int line_height)
      : length_(length),
        panes_(panes),
        char_width_(std::max(1, char_width)),
        line_height_(std::max(1, line_height)) {
    while (offset_digits_ < 16 && length >> (4 * offset_digits_) > 0) ++offset_digits_;
    const int columns = width / char_width_;
    for (const int candidate : {16, 12, 8, 6, 4})
      if ((bytes_per_row_ = candidate, row_columns() <= columns)) break;
    visible_rows_ = std::max(1, height / line_height_);
  }

  std::uint64_t length() const { return length_; }
  int panes() const { return panes_; }
  int bytes_per_row() const { return bytes_per_row_; }
  int visible_rows() const { return visible_rows_; }
  std::uint64_t rows() const { return (length_ + row_bytes() - 1) / row_bytes(); }
  std::uint64_t last_top_row() const {
    const auto visible = static_cast<std::uint64_t>(visible_rows_);
    return rows() > visible ? rows() - visible : 0;
  }
  std::uint64_t row_of(std::uint64_t offset) const { return offset / row_bytes(); }

  /// The scroll bar: one step a row as long as an int can count them, scaled beyond.
  int scroll_maximum() const {
    return static_cast<int>(std::min<std::uint64_t>(last_top_row(), std::numeric_limits<int>::max()));
  }
  std::uint64_t row_at_scroll(int value) const {
    if (last_top_row() <= max_int()) return static_cast<std::uint64_t>(value);
    return static_cast<std::uint64_t>(static_cast<long double>(value) / max_int() * last_top_row() + 0.5L);
  }
  int scroll_of_row(std::uint64_t row) const {
    row = std::min(row, last_top_row());
    if (last_top_row() <= max_int()) return static_cast<int>(row);
    return static_cast<int>(static_cast<long double>(row) / last_top_row() * max_int() + 0.5L);
  }

  int offset_digits() const { return offset_digits_; }
  int offset_columns() const { return offset_digits_ + 1; }
  int pane_columns() const { return bytes_per_row_ * 4 + 2; }  ///< "hh " and one character a byte, two gaps
  int row_columns() const { return offset_columns() + panes_ * pane_columns(); }
  int pane_x(int pane) const { return (offset_columns() + pane * pane_columns()) * char_width_; }
  int hex_x(int pane, int column) const { return pane_x(pane) + column * 3 * char_width_; }
  int text_x(int pane, int column) const {
    return pane_x(pane) + (bytes_per_row_ * 3 + column) * char_width_;
  }
  int row_y(int row) const { return row * line_height_; }

  /// The byte at a point of the viewport whose top line is `top_row`.
  std::optional<Place> at(int x, int y, std::uint64_t top_row) const {
    if (y < 0 || x < pane_x(0)) return std::nullopt;
    const int pane = (x - pane_x(0)) / (pane_columns() * char_width_);
    if (pane >= panes_) return std::nullopt;
    const int inside = (x - pane_x(pane)) / char_width_;
    const int column = inside < bytes_per_row_ * 3 ? inside / 3 : inside - bytes_per_row_ * 3;
    if (column >= bytes_per_row_) return std::nullopt;
    const std::uint64_t offset = (top_row + static_cast<std::uint64_t>(y / line_height_)) * row_bytes() +
                                 static_cast<std::uint64_t>(column);
    if (offset >= length_) return std::nullopt;
    return Place{pane, offset};
  }

 private:
  static constexpr std::uint64_t max_int() {
    return static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  }
  std::uint64_t row_bytes() const { return static_cast<std::uint64_t>(bytes_per_row_); }

  std::uint64_t length_ = 0;
  int panes_ = 3;
  int char_width_ = 1;
  int line_height_ = 1;
  int bytes_per_row_ = 8;
  int offset_digits_ = 7;
  int visible_rows_ = 1;
};

}  // namespace mps::gui
