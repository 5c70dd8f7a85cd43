// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/bundled_models.h"

#include <fmt/format.h>
#include <array>

extern "C" {
// Of bundled_models.S.
extern const std::uint8_t mps_model_generic_begin[];
extern const std::uint8_t mps_model_generic_end[];
extern const std::uint8_t mps_model_binary_begin[];
extern const std::uint8_t mps_model_binary_end[];
}

namespace mps {
namespace {

constexpr std::array<std::string_view, 2> names{default_model_name, "binary"};

}  // namespace

std::span<const std::string_view> bundled_model_names() {
  return names;
}

tl::expected<LanguageModel, std::string> load_bundled_model(std::string_view name) {
  if (name == names[0]) return LanguageModel::parse({mps_model_generic_begin, mps_model_generic_end});
  if (name == names[1]) return LanguageModel::parse({mps_model_binary_begin, mps_model_binary_end});
  return tl::unexpected(fmt::format("no bundled model is called \"{}\"", name));
}

tl::expected<std::vector<LanguageModel>, std::string> load_bundled_models() {
  std::vector<LanguageModel> out;
  for (const std::string_view name : names) {
    auto model = load_bundled_model(name);
    if (!model) return tl::unexpected(model.error());
    out.push_back(std::move(*model));
  }
  return out;
}

}  // namespace mps
