// SPDX-License-Identifier: GPL-2.0-or-later
/// Where the exact engine reads the captured (scrambled) bytes from. The engine walks the stream twice, so a
/// source is random access by piece; it hands out views and never has to hold the stream in one buffer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/leak/interval.h"

namespace mps {

/// Captured pieces of one direction: ordered by offset, disjoint, none empty; they may touch.
class SeenSource {
 public:
  virtual ~SeenSource() = default;
  virtual std::size_t count() const = 0;
  virtual Interval piece(std::size_t index) const = 0;
  /// False: only the positions are known, and only structure can be computed.
  virtual bool has_bytes() const = 0;
  /// Scrambled bytes of a piece, exactly piece(index).length() of them; valid until the next call of bytes().
  /// Called for each piece about twice, in ascending order but for one step back per independent part of the
  /// stream.
  virtual std::span<const std::uint8_t> bytes(std::size_t index) = 0;
};

/// Positions without bytes.
class SeenPositions final : public SeenSource {
 public:
  /// Any order, may overlap.
  explicit SeenPositions(Intervals where) : where_(normalised(std::move(where))) {}
  std::size_t count() const override { return where_.size(); }
  Interval piece(std::size_t index) const override { return where_[index]; }
  bool has_bytes() const override { return false; }
  std::span<const std::uint8_t> bytes(std::size_t) override { return {}; }

 private:
  Intervals where_;
};

/// Views of bytes in memory, which must outlive the source.
class SeenViews final : public SeenSource {
 public:
  /// In stream order; not before the end of the previous piece.
  void add(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    if (!bytes.empty()) pieces_.push_back({offset, bytes});
  }
  std::size_t count() const override { return pieces_.size(); }
  Interval piece(std::size_t index) const override {
    return {pieces_[index].offset, pieces_[index].offset + pieces_[index].bytes.size()};
  }
  bool has_bytes() const override { return true; }
  std::span<const std::uint8_t> bytes(std::size_t index) override { return pieces_[index].bytes; }

 private:
  struct Piece {
    std::uint64_t offset;
    std::span<const std::uint8_t> bytes;
  };
  std::vector<Piece> pieces_;
};

}  // namespace mps
