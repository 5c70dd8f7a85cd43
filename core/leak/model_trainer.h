// SPDX-License-Identifier: GPL-2.0-or-later
/// Makes a language model from sample texts: the bundled ones at build time of the project's data, and the
/// analyst's own
/// (--model FILE) from text of the same site.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/language_model.h"

namespace mps {

struct TrainingOptions {
  std::string name = "custom";                ///< at most 255 bytes
  unsigned order = LanguageModel::max_order;  ///< 2 .. max_order
  /// Rough size of the serialised model; contexts that save the fewest bits go first. 68 KiB of it is the
  /// bigram table.
  std::size_t size_limit = std::size_t{4} << 20;
  /// An n-gram that one document has k times counts as sqrt(k) of them: a document repeats its own words, and
  /// these say little about other documents. For texts of many kinds.
  bool damped = false;
};

/// Counts n-grams (absolute discounting, interpolated), prunes to the size, and calibrates h and its
/// deviation on every tenth document, which is left out of the counts; fewer than 20 documents are first cut
/// into pieces. Fails on less than 2048 bytes in all, more than 256 MiB, or a bad order or name.
/// Deterministic.
tl::expected<LanguageModel, std::string> train_language_model(
    std::span<const std::span<const std::uint8_t>> documents, const TrainingOptions& options = {});

/// A model out of a file's bytes: a model file is read, anything else is taken as text to train on.
tl::expected<LanguageModel, std::string> language_model_from(std::span<const std::uint8_t> file,
                                                             const std::string& name);

}  // namespace mps
