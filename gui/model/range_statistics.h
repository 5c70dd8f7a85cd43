// SPDX-License-Identifier: GPL-2.0-or-later
/// What mere counting shows of the tapped bytes in a part of a stream: core/leak's statistics for the range
/// that the views are zoomed to.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/leak/statistics.h"
#include "gui/model/stream_snapshot.h"

namespace mps::gui {

struct RangeStatistics {
  Interval range;
  std::uint64_t tapped = 0;   ///< tapped bytes in the range
  std::uint64_t counted = 0;  ///< of these, looked at: the first counted_at_most
  LagSpectrum spectrum;
  Randomness randomness;
  std::array<std::uint64_t, 256> original{};  ///< of the whole range, where the plaintext is known
  std::uint64_t originals = 0;

  static constexpr std::uint64_t counted_at_most = std::uint64_t{4} << 20;
};

/// Reads the bytes again with a source of its own, so any thread may call it.
RangeStatistics range_statistics(const StreamSnapshot& stream, SubflowMask tapped, Interval range);

}  // namespace mps::gui
