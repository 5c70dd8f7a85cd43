// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-gui's command line. Parsed before there is an application, so that --help, --version and
/// --report need no display.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gui/model/analysis.h"

namespace mps::gui {

struct CommandLine {
  std::vector<std::string> traces;  ///< FILE, FILE=trusted, FILE=untrusted
  std::string keys;
  std::vector<std::uint16_t> taps;
  std::optional<std::size_t> connection;
  std::string direction;
  bool keys_known = false;
  std::string demo;
  std::string report;
  std::string screenshot;
  std::string size = "1280x800";
  std::vector<std::string> pages;  ///< which tabs are in front
  std::vector<TrustRules::Rule> trust;
  bool dark = false;
  double text_scale = 1;

  bool headless() const { return !report.empty() || !screenshot.empty(); }
  LoadRequest request() const;
  InitialView first() const;
};

struct ParsedCommandLine {
  CommandLine options;
  std::optional<int> exit_code;  ///< set: end with it, everything was said
};
/// "1280x800"
std::optional<std::pair<int, int>> parse_size(const std::string& text);
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace mps::gui
