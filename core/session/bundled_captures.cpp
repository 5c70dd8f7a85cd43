// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/session/bundled_captures.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

namespace mps {
namespace {

namespace fs = std::filesystem;

constexpr const char* manifest_name = "MANIFEST.json";
constexpr const char* variable = "MPSCRAMBLE_CAPTURES";

bool holds_captures(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / manifest_name, error);
}

Trust trust_named(const std::string& name) {
  if (name == "trusted") return Trust::trusted;
  return name == "untrusted" ? Trust::untrusted : Trust::unknown;
}

/// None if it is not as a manifest should be: nlohmann throws where a member has another type.
std::optional<BundledCapture> read_entry(const nlohmann::json& capture, const fs::path& folder) try {
  BundledCapture found;
  for (const auto& file : capture.at("files"))
    if (file.at("role") == "merged")
      found.inputs.push_back({(folder / file.at("file").get<std::string>()).string(), Trust::unknown});
  for (const auto& path : capture.at("paths")) {
    TrustRules::Rule rule;
    rule.trust = trust_named(path.at("trust"));
    rule.interface_name = path.at("interface");
    found.trust.rules.push_back(std::move(rule));
  }
  if (found.inputs.empty()) return std::nullopt;
  return found;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

}  // namespace

tl::expected<fs::path, std::string> bundled_captures() {
  if (const char* named = std::getenv(variable)) {
    if (holds_captures(named)) return named;
    return tl::unexpected(fmt::format("{}={}: there is no {} in it", variable, named, manifest_name));
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = (program.parent_path() / MPS_CAPTURES_FROM_BIN).lexically_normal();
  if (!error && holds_captures(installed)) return installed;
  if (holds_captures(MPS_SOURCE_CAPTURES)) return MPS_SOURCE_CAPTURES;
  return tl::unexpected(
      fmt::format("the bundled captures are not installed: neither {} nor {} has a {} (Debian package "
                  "mpscramble-captures; "
                  "{} names another folder)",
                  installed.string(), MPS_SOURCE_CAPTURES, manifest_name, variable));
}

tl::expected<BundledCapture, std::string> find_bundled_capture(const fs::path& folder,
                                                               std::string_view name) {
  const fs::path path = folder / manifest_name;
  std::ifstream in(path);
  const auto manifest = nlohmann::json::parse(in, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("captures") || !manifest["captures"].is_array())
    return tl::unexpected(fmt::format("{}: not a manifest of captures", path.string()));
  for (const auto& capture : manifest["captures"]) {
    if (!capture.is_object() || !capture.contains("name") || capture["name"] != name) continue;
    if (auto found = read_entry(capture, folder)) return std::move(*found);
    return tl::unexpected(fmt::format("{}: the entry {} has no capture of all paths", path.string(), name));
  }
  return tl::unexpected(fmt::format("{}: there is no capture {}", path.string(), name));
}

}  // namespace mps
