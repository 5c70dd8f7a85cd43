// SPDX-License-Identifier: GPL-2.0-or-later
/// The language models that are built into the program; core/leak/models/README.md says what they were
/// trained on.
#pragma once

#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "core/leak/language_model.h"

namespace mps {

/// "generic": English prose, HTML, HTTP headers, JSON, source text and a little of other scripts.
inline constexpr std::string_view default_model_name = "generic";

/// Names that load_bundled_model knows.
std::span<const std::string_view> bundled_model_names();

/// A fresh copy; takes a few milliseconds. Fails for an unknown name.
tl::expected<LanguageModel, std::string> load_bundled_model(std::string_view name = default_model_name);

}  // namespace mps
