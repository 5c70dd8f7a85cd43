// SPDX-License-Identifier: GPL-2.0-or-later
/// The options of a program as a table, read off its CLI11 parser, and what is made of it: the help text,
/// completion for three shells and the OPTIONS section of the manual page. So an option is described in one
/// place only.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace mps {

struct OptionRow {
  std::vector<std::string> names;  ///< "-T", "--format"; empty for a positional argument
  std::string value;               ///< what the user puts there, "FILE" or "text|json"; empty for a flag
  std::string help;
  bool positional = false;  ///< may be given without its name; `value` says what it is
  bool repeats = false;

  /// The words of `value` that can be typed as they stand: "text", "json"; none for "FILE".
  std::vector<std::string> words() const;
  bool takes_file() const;
  bool takes_folder() const;
};

struct OptionGroup {
  std::string heading;
  std::vector<OptionRow> rows;
};

/// Groups in the order of their declaration; options with an empty group are hidden and not listed. The
/// groups of a subcommand are headed "NAME: GROUP".
std::vector<OptionGroup> option_table(const CLI::App& app);

std::string help_text(const CLI::App& app);
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);
/// The OPTIONS section of a manual page, for scdoc.
std::string manual_options(const CLI::App& app);

/// Gives `app` this help text and the hidden option --option-table help|bash|zsh|fish|scdoc, with which
/// builds and packages print the above. It ends parsing as --version does, with the text in
/// CLI::CallForVersion.
void add_option_table(CLI::App& app);

}  // namespace mps
