// SPDX-License-Identifier: GPL-2.0-or-later
/// Text under a pad that is used for several rows, with a pad of any length: the general form of the problem
/// that core/leak solves for the scrambler's 65 columns with more care.
///
/// Rows stand below each other; the byte in column c of each is base[c] ^ pad[c]. A beam goes through the
/// columns from left to right and keeps the pads that make the likeliest rows; single columns are then
/// changed as long as the whole text, which runs on from each row to the next, gets likelier.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "core/lab/keystream.h"
#include "core/leak/language_model.h"

namespace mps::lab {

/// base[0] stands in column `first`. The text of a row goes on in the next one.
struct PadRow {
  std::size_t first = 0;
  Bytes base;
};

struct PadSolution {
  Bytes pad;
  double cost_bits = 0;       ///< of the whole text under the model
  double evidence_bits = 0;   ///< log2 odds of "text of this model" against uniformly random bytes, at least
  std::size_t text_size = 0;  ///< bytes in all rows
  bool accepted = false;      ///< reads as well as known text does, and could hardly do so by chance
  const LanguageModel* model = nullptr;  ///< of the models given, the one that made this
};

/// Always the best guess, for random bytes, too. Of several models, of which there must be one, each is tried
/// until one accepts what it reads; if none does, the one with the most evidence counts. Every row must fit:
/// first + base.size() <= columns.
PadSolution solve_repeating_pad(std::span<const PadRow> rows, std::size_t columns,
                                std::span<const LanguageModel* const> models, const std::stop_token& stop);

/// The rows' text under a pad, one after the other.
Bytes text_of(std::span<const PadRow> rows, std::span<const std::uint8_t> pad);

}  // namespace mps::lab
