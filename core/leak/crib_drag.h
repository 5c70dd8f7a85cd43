// SPDX-License-Identifier: GPL-2.0-or-later
/// Where in a run does a text that is expected somewhere stand? Each place implies the pad of the columns
/// that the crib covers, and so a fragment of text in every other row of 65; the right place makes them read
/// like text. A ranking, not a proof: put the winner into KnownText to test it against everything else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/leak/language_model.h"
#include "core/leak/pad_problem.h"

namespace mps {

struct CribPlace {
  std::size_t position = 0;  ///< of the crib's first byte in [a-64, a+n): 64 is the run's first byte
  double bits_per_byte = 0;  ///< of the text implied in the other rows
  std::size_t implied = 0;   ///< bytes of it
};

/// All places in the run, likeliest first, at most `keep`. Cribs of 3 bytes and more find their place in runs
/// of some hundred bytes. Cribs longer than 65 bytes must agree with the run's own equations, else the place
/// is left out. Empty if the crib does not fit or the run has no other row to judge by.
std::vector<CribPlace> drag_crib(const ScrambledRun& run, std::span<const std::uint8_t> crib,
                                 const LanguageModel& model, std::size_t keep = 20);

}  // namespace mps
