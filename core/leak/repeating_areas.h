// SPDX-License-Identifier: GPL-2.0-or-later
/// Stretches in which the scrambled bytes repeat every one, two, three, four or eight bytes: zero pages, one
/// colour of a picture, samples of silence. There 65 original bytes XOR to a value that comes back, nearly
/// always because they repeat alike, and then the scrambled bytes are the original ones: 65 holds an odd
/// number of exactly one of the repeated bytes. Nothing here knows any language.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/leak/pad_problem.h"

namespace mps {

struct RepeatingArea {
  std::size_t begin = 0;  ///< in the run's bytes
  std::size_t size = 0;
  std::size_t period = 1;
  std::uint8_t value = 0;  ///< first scrambled byte; with period 1 the original one as well
};

/// At least `least` bytes long each, in rising order; none lies within another.
std::vector<RepeatingArea> repeating_areas(std::span<const std::uint8_t> run, std::size_t least);

/// The pad, if the area's bytes and the 64 before it repeat like the area.
Pad pad_of_area(const PadProblem& problem, std::span<const std::uint8_t> run, const RepeatingArea& area);

}  // namespace mps
