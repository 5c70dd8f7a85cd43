// SPDX-License-Identifier: GPL-2.0-or-later
/// The language models that are built into the program; core/leak/models/README.md says what they were
/// trained on.
#pragma once

#include <span>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/language_model.h"

namespace mps {

/// "generic": English prose, HTML, HTTP headers, JSON, source text and a little of other scripts.
inline constexpr std::string_view default_model_name = "generic";

/// All of them, in the order in which attacks try them: "generic", then "binary" (programs and libraries).
tl::expected<std::vector<LanguageModel>, std::string> load_bundled_models();

/// Names that load_bundled_model knows.
std::span<const std::string_view> bundled_model_names();

/// A fresh copy; takes a few milliseconds. Fails for an unknown name.
tl::expected<LanguageModel, std::string> load_bundled_model(std::string_view name = default_model_name);

}  // namespace mps
