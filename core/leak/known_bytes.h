// SPDX-License-Identifier: GPL-2.0-or-later
/// Known plaintext (cribs): original stream bytes that the analyst is given, wherever they lie, captured or
/// not. Not a guess: guesses belong to the attacks, and become cribs only when somebody decides to believe
/// them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/leak/interval.h"

namespace mps {

/// Original bytes that are known to stand at `offset` of the stream.
struct Crib {
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;
};

/// A maximal stretch of known positions. `bytes` is empty when only the positions are known (structure only).
struct KnownRun {
  Interval where;
  std::vector<std::uint8_t> bytes;
};

/// Cribs merged into disjoint runs in stream order. Immutable; owns its bytes.
class KnownBytes {
 public:
  KnownBytes() = default;
  /// Cribs may overlap. Where two disagree the one that begins first counts (of two that begin together, the
  /// one given first), and the position is a conflict.
  explicit KnownBytes(std::vector<Crib> cribs);
  /// Positions without values, for questions about structure alone. Any order, may overlap.
  static KnownBytes positions(const Intervals& where);

  const std::vector<KnownRun>& runs() const { return runs_; }
  /// The runs' positions, normalised.
  Intervals where() const;
  /// Positions at which cribs contradict each other, normalised.
  const Intervals& conflicts() const { return conflicts_; }
  /// False when positions() made this and there is at least one of them.
  bool has_values() const;

 private:
  std::vector<KnownRun> runs_;
  Intervals conflicts_;
};

}  // namespace mps
