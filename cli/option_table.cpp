// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mps {
namespace {

OptionRow row_of(const CLI::Option& option) {
  OptionRow row;
  for (const auto& name : option.get_snames()) row.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) row.names.push_back("--" + name);
  row.positional = option.get_positional();
  const bool flag = option.get_items_expected_max() == 0;
  if (!option.get_option_text().empty())
    row.value = option.get_option_text();
  else if (!flag)
    row.value = row.positional ? option.get_name(true) : option.get_type_name();
  row.help = option.get_description();
  row.repeats = !flag && option.get_expected_max() > 1;
  return row;
}

/// Appends what `app` itself declares, by group; `prefix` names the subcommand.
void add_groups(const CLI::App& app, const std::string& prefix, std::vector<OptionGroup>& table) {
  for (const CLI::Option* option : app.get_options()) {
    const bool hidden = option->get_group().empty();
    const bool inherited =
        app.get_name().empty() && option == app.get_help_ptr();  // each option group has a --help
    if (hidden || inherited) continue;
    const std::string heading = prefix + option->get_group();
    auto group =
        std::find_if(table.begin(), table.end(), [&](const auto& g) { return g.heading == heading; });
    if (group == table.end()) group = table.insert(table.end(), {heading, {}});
    group->rows.push_back(row_of(*option));
  }
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    auto end = text.rfind(' ', width);
    if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

/// "-T, --format text|json"; a positional argument that has names as well shows them behind it.
std::string synopsis(const OptionRow& row, std::string_view between = " ") {
  std::string text = fmt::format("{}", fmt::join(row.names, ", "));
  if (row.positional) return row.names.empty() ? row.value : fmt::format("{}, {}", row.value, text);
  if (!row.value.empty()) text += fmt::format("{}{}", between, row.value);
  return text;
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// In single quotes of a POSIX shell.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    if (c == '\'')
      out += R"('\'')";
    else
      out += c;
  return out + "'";
}

std::string function_name(const CLI::App& app) {
  std::string name = "_" + app.get_name();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

template <typename Use>
void for_each_row(const CLI::App& app, Use use) {
  for (const auto& group : option_table(app))
    for (const auto& row : group.rows) use(row);
}

class HelpFormat final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    return help_text(*app);
  }
};

struct Output {
  std::string_view word;
  std::string (*print)(const CLI::App&);
};
constexpr std::array outputs{Output{"help", help_text}, Output{"bash", bash_completion},
                             Output{"zsh", zsh_completion}, Output{"fish", fish_completion},
                             Output{"scdoc", manual_options}};

}  // namespace

std::vector<std::string> OptionRow::words() const {
  std::vector<std::string> found;
  std::string_view rest = value;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of("|,"), rest.size());
    const auto word = rest.substr(0, end);
    if (!word.empty() && std::all_of(word.begin(), word.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }))
      found.emplace_back(word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

bool OptionRow::takes_file() const {
  return value.find("FILE") != std::string::npos;
}
bool OptionRow::takes_folder() const {
  return value == "DIR";
}

std::vector<OptionGroup> option_table(const CLI::App& app) {
  std::vector<OptionGroup> table;
  add_groups(app, "", table);
  for (const CLI::App* part : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!part->get_name().empty()) {
      add_groups(*part, part->get_name() + ": ", table);
    } else {  // an option group: its heading stands at the group itself
      std::vector<OptionGroup> own;
      add_groups(*part, "", own);
      for (auto& group : own) table.push_back({part->get_group(), std::move(group.rows)});
    }
  }
  // "Options", which CLI11 gives to --help and --version, says least and comes last.
  std::stable_partition(table.begin(), table.end(), [](const auto& g) { return g.heading != "Options"; });
  return table;
}

std::string help_text(const CLI::App& app) {
  constexpr std::size_t column = 34, width = 110;
  const auto table = option_table(app);
  std::string arguments;
  for (const auto& group : table)
    for (const auto& row : group.rows)
      if (row.positional) arguments += fmt::format(" {}{}", row.value, row.repeats ? "..." : "");
  std::string text =
      fmt::format("{}\n\nUsage: {} [OPTION]...{}\n", app.get_description(), app.get_name(), arguments);
  for (const auto& group : table) {
    text += fmt::format("\n{}:\n", group.heading);
    for (const auto& row : group.rows) {
      // Options without a short name stand under the long ones of those that have both.
      std::string left =
          (!row.names.empty() && row.names[0].starts_with("--") ? "      " : "  ") + synopsis(row);
      if (left.size() + 2 > column) {
        text += left + "\n";
        left.clear();
      }
      for (const auto& line : wrap(row.help, width - column)) {
        text += fmt::format("{:<{}}{}\n", left, column, line);
        left.clear();
      }
    }
  }
  if (!app.get_footer().empty()) text += fmt::format("\n{}\n", app.get_footer());
  return text;
}

std::string bash_completion(const CLI::App& app) {
  std::string names, values;
  for_each_row(app, [&](const OptionRow& row) {
    for (const auto& name : row.names) names += name + " ";
    if (row.value.empty() || row.names.empty()) return;
    values += fmt::format("    {}) ", fmt::join(row.names, "|"));
    if (row.takes_folder())
      values += R"(COMPREPLY=($(compgen -d -- "$current")))";
    else if (const auto words = row.words(); !words.empty())
      values += fmt::format(R"(COMPREPLY=($(compgen -W "{}" -- "$current")))", fmt::join(words, " "));
    else if (row.takes_file())
      values += R"(COMPREPLY=($(compgen -f -- "$current")))";
    else
      values += "COMPREPLY=()";
    values += "; return ;;\n";
  });
  return fmt::format(
      R"(# Completion of {0} for bash, made by {0} --option-table bash.
{1}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  case $previous in
{2}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "{3}" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F {1} {0}
)",
      app.get_name(), function_name(app), values, names.empty() ? names : names.substr(0, names.size() - 1));
}

std::string zsh_completion(const CLI::App& app) {
  std::string specs;
  for_each_row(app, [&](const OptionRow& row) {
    const auto words = row.words();
    const std::string action = row.takes_folder() ? "_files -/"
                               : !words.empty()   ? fmt::format("({})", fmt::join(words, " "))
                               : row.takes_file() ? "_files"
                                                  : " ";
    const std::string help = escaped(row.help, "[]:");
    const std::string value =
        row.value.empty() || row.positional ? "" : fmt::format(":{}:{}", escaped(row.value, ":"), action);
    for (const auto& name : row.names)
      specs +=
          fmt::format(" \\\n  {}", in_quotes(fmt::format("{}{}[{}]{}", row.repeats ? "*" : "", name, help,
                                                         row.positional ? ":file:_files" : value)));
    if (row.positional)
      specs +=
          fmt::format(" \\\n  {}", in_quotes(fmt::format("{}:{}:_files", row.repeats ? "*" : "", row.value)));
  });
  return fmt::format(
      "#compdef {0}\n# Completion of {0} for zsh, made by {0} --option-table zsh.\n_arguments -s{1}\n",
      app.get_name(), specs);
}

std::string fish_completion(const CLI::App& app) {
  std::string text =
      fmt::format("# Completion of {0} for fish, made by {0} --option-table fish.\n", app.get_name());
  for_each_row(app, [&](const OptionRow& row) {
    if (row.names.empty()) return;
    text += fmt::format("complete -c {}", app.get_name());
    for (const auto& name : row.names)
      text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                     : fmt::format(" -s {}", name.substr(1));
    if (const auto words = row.words(); !words.empty())
      text += fmt::format(" -x -a '{}'", fmt::join(words, " "));
    else if (row.takes_folder())
      text += " -x -a '(__fish_complete_directories)'";
    else if (row.takes_file())
      text += " -r -F";
    else if (!row.value.empty())
      text += " -x";
    text += fmt::format(" -d '{}'\n", escaped(row.help, "\\'"));
  });
  return text;
}

std::string manual_options(const CLI::App& app) {
  constexpr std::string_view special = "\\_*<#`~";
  std::string text = "# OPTIONS\n";
  for (const auto& group : option_table(app)) {
    text += fmt::format("\n## {}\n", group.heading);
    for (const auto& row : group.rows) {
      std::string names;
      for (const auto& name : row.names) names += fmt::format("{}*{}*", names.empty() ? "" : ", ", name);
      const std::string value = row.value.empty() ? "" : fmt::format("_{}_", escaped(row.value, special));
      text += fmt::format("\n{}{}{}\n\t{}\n", row.positional ? value : names,
                          value.empty() || names.empty() ? "" : (row.positional ? ", " : " "),
                          row.positional ? names : value, escaped(row.help, special));
    }
  }
  return text;
}

void add_option_table(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormat>());
  app.add_option_function<std::string>(
         "--option-table",
         [&app](const std::string& word) {
           for (const auto& output : outputs)
             if (output.word == word) {
               std::string text = output.print(app);
               text.pop_back();  // a version is printed with a line end of its own
               throw CLI::CallForVersion(text, CLI::ExitCodes::Success);
             }
           throw CLI::ValidationError("--option-table",
                                      fmt::format("'{}' is not one of help|bash|zsh|fish|scdoc", word));
         },
         "The options as help, completion or manual page")
      ->type_name("help|bash|zsh|fish|scdoc")
      ->group("");
}

}  // namespace mps
