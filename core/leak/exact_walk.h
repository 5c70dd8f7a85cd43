// SPDX-License-Identifier: GPL-2.0-or-later
/// The parts of the exact engine's walk over a stream: the stretches into which intervals cut it, and the
/// ring of the last W + 1 prefix XORs. Private to the exact engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/leak/interval.h"
#include "core/leak/known_bytes.h"
#include "core/leak/potentials.h"

namespace mps {

/// A stretch of the stream in which nothing changes: seen or not, known or not, in the same targets
/// throughout.
struct Segment {
  Interval where;
  bool seen = false;
  bool known = false;
  bool in_ring =
      false;  ///< unseen, and its nodes are already in the ring with which its part of the walk begins
  std::uint32_t targets = 0;  ///< bit k: lies in target k
  std::size_t run = 0;        ///< index of the seen run, if seen
  std::size_t known_run = 0;  ///< index of the known run, if known
};

/// Cuts a range into segments, in order. The lists must be normalised and outlive the sweep.
class SegmentSweep {
 public:
  SegmentSweep(Interval range, const Intervals& seen, const Intervals& known,
               const std::vector<Intervals>& targets);
  /// False at the end of the range.
  bool next(Segment& segment);

 private:
  /// One list and the place in it.
  struct Cursor {
    const Intervals* list;
    std::size_t index = 0;

    /// Moves to `position`, says whether it is inside an interval, and lowers `boundary` to where that
    /// changes.
    bool at(std::uint64_t position, std::uint64_t& boundary);
  };

  Interval rest_;
  Cursor seen_;
  Cursor known_;
  std::vector<Cursor> targets_;
};

/// The prefix XORs P[i-W-1..i-1], each as a node of the graph and the XOR between P and that node.
class Ring {
 public:
  Ring(std::uint32_t window, std::uint64_t origin)
      : node(window + 1), weight(window + 1), period_(window + 1), origin_(origin) {}

  std::size_t period() const { return period_; }
  /// Index of P[position]; position may lie up to W + 1 before the origin, also below zero (wrapped).
  std::size_t slot(std::uint64_t position) const {
    return static_cast<std::size_t>((position + period_ - origin_) % period_);
  }
  std::size_t after(std::size_t index) const { return index + 1 == period_ ? 0 : index + 1; }

  /// Takes in seen bytes S[offset..]: P[i] = P[i-W-1] ^ S[i], so only weights change.
  void fold(std::uint64_t offset, std::span<const std::uint8_t> scrambled);

  std::vector<Potentials::Node> node;
  std::vector<std::uint8_t> weight;

 private:
  std::uint64_t period_;
  std::uint64_t origin_;
};

/// Original bytes that satisfy S[i] = b[i] ^ ... ^ b[i-W], going on from given W bytes. For W = 64 the codec
/// does it.
class Descrambler {
 public:
  explicit Descrambler(std::uint32_t window) : window_(window) {}
  /// The W original bytes before the next one, oldest first.
  void set_register(std::span<const std::uint8_t> original);
  /// `out` has the size of `scrambled`.
  void run(std::span<const std::uint8_t> scrambled, std::span<std::uint8_t> out);

 private:
  std::uint32_t window_;
  std::vector<std::uint8_t> register_;  // circular, oldest at oldest_
  std::size_t oldest_ = 0;
  std::uint8_t sum_ = 0;
};

}  // namespace mps
