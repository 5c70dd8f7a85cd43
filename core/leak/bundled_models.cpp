// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/bundled_models.h"

#include <fmt/format.h>
#include <array>

extern "C" {
// Of bundled_models.S.
extern const std::uint8_t mps_model_generic_begin[];
extern const std::uint8_t mps_model_generic_end[];
}

namespace mps {
namespace {

constexpr std::array<std::string_view, 1> names{default_model_name};

}  // namespace

std::span<const std::string_view> bundled_model_names() {
  return names;
}

tl::expected<LanguageModel, std::string> load_bundled_model(std::string_view name) {
  if (name != default_model_name)
    return tl::unexpected(fmt::format("no bundled model is called \"{}\"", name));
  return LanguageModel::parse({mps_model_generic_begin, mps_model_generic_end});
}

}  // namespace mps
