// SPDX-License-Identifier: GPL-2.0-or-later
/// How sure each column of a pad is. The one equation that a run has about its pad, the XOR of all columns,
/// ties them together: a lone wrong column is impossible if the guess has the right XOR, and several doubtful
/// columns must fit each other. Columns count as independent but for the pairs that are named.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/leak/pad_problem.h"

namespace mps {

/// [column][change of its byte]: likelihood relative to the guess, whose own (change 0) is 1.
using ChangeWeights = std::array<std::array<double, 256>, pad_columns>;

/// Two columns changed at once, where that is likelier than the product of their weights.
struct PairChange {
  std::size_t first = 0;
  std::size_t second = 0;
  std::uint8_t change = 0;  ///< XOR of both changes
  double weight = 0;
};

struct PadPosterior {
  std::array<double, pad_columns> probability{};  ///< that the guess is right in this column
  /// Share of all pads, by weight, that have the right XOR. A fluent wrong guess has next to none of it,
  /// or by one chance in 256 much of it.
  double parity_mass = 0;
};

/// `error`: XOR of the guess and of the right pad.
PadPosterior pad_posterior(const ChangeWeights& weights, std::span<const PairChange> pairs,
                           std::uint8_t error);

}  // namespace mps
