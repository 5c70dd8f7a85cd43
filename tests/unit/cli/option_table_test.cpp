// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace mps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// One of each kind of option; the names and helps hold what shells and scdoc take for something else.
class OptionTable : public testing::Test {
 protected:
  OptionTable() {
    app.footer("Example: probe it's");
    app.add_option("FILE,-r,--read", files, "Captures: [pcap] or it's pcapng");
    auto* output = app.add_option_group("Output");
    output->add_option("-T,--format", format, "Format of the report [text]")->type_name("text|json");
    output->add_option("--extract", folder, "Write to this folder")->type_name("DIR");
    output->add_option("--keys", keys, "Key log with _underscores_")->type_name("FILE");
    output->add_flag("-q,--quiet", quiet, "No report");
    output->add_option("--secret", format, "Not for people")->group("");
    add_option_table(app);
  }

  std::vector<OptionRow> rows() const {
    std::vector<OptionRow> all;
    for (auto& group : option_table(app)) all.insert(all.end(), group.rows.begin(), group.rows.end());
    return all;
  }
  const OptionRow row(const std::string& name) const {
    for (auto& row : rows())
      if (std::count(row.names.begin(), row.names.end(), name)) return row;
    ADD_FAILURE() << name << " is not in the table";
    return {};
  }
  /// Output of `script` run by `shell`, with `completion` in the file $1.
  std::string run(const std::string& shell, const std::string& completion, const std::string& script) {
    const std::string file = testing::TempDir() + "completion." + shell;
    std::ofstream(file) << completion;
    FILE* pipe = popen((shell + " -c '" + script + "' " + (shell == "fish" ? "" : "x ") + file).c_str(), "r");
    std::string text;
    for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0) << shell << ": " << script << "\n" << text;
    std::remove(file.c_str());
    return text;
  }

  CLI::App app{"Probes.", "mps-probe"};
  std::vector<std::string> files;
  std::string format, folder, keys;
  bool quiet = false;
};

TEST_F(OptionTable, GroupsStandInTheirOrderWithHelpLast) {
  std::vector<std::string> headings;
  for (const auto& group : option_table(app)) headings.push_back(group.heading);
  EXPECT_THAT(headings, ElementsAre("Output", "Options"));
}

TEST_F(OptionTable, HiddenOptionsAreNotListed) {
  for (const auto& row : rows())
    for (const auto& name : row.names) EXPECT_THAT(name, Not(testing::AnyOf("--secret", "--option-table")));
}

TEST_F(OptionTable, TellsFlagsValuesAndPositionalsApart) {
  EXPECT_EQ(row("--quiet").value, "");
  EXPECT_THAT(row("-T").words(), ElementsAre("text", "json"));
  EXPECT_THAT(row("--keys").words(), IsEmpty());
  EXPECT_TRUE(row("--keys").takes_file());
  EXPECT_TRUE(row("--extract").takes_folder());
  EXPECT_TRUE(row("--read").positional);
  EXPECT_TRUE(row("--read").repeats);
  EXPECT_FALSE(row("--keys").repeats);
}

TEST_F(OptionTable, HelpShowsUsageGroupsAndFooter) {
  const std::string help = app.help();
  EXPECT_THAT(help, testing::StartsWith("Probes.\n\nUsage: mps-probe [OPTION]... FILE...\n"));
  EXPECT_THAT(help, HasSubstr("\nOutput:\n  -T, --format text|json"));
  EXPECT_THAT(help, HasSubstr("\n      --extract DIR"));
  EXPECT_THAT(help, testing::EndsWith("\n\nExample: probe it's\n"));
}

TEST_F(OptionTable, LongHelpIsWrapped) {
  app.add_flag("--long", quiet, std::string("word ") + std::string(40, 'a') + " " + std::string(40, 'b'));
  for (std::size_t begin = 0, end; (end = app.help().find('\n', begin)) != std::string::npos; begin = end + 1)
    EXPECT_LE(end - begin, 110u);
}

TEST_F(OptionTable, PrintsByTheHiddenOption) {
  try {
    app.parse("--option-table scdoc");
    FAIL() << "went on";
  } catch (const CLI::CallForVersion& printed) {
    EXPECT_EQ(std::string(printed.what()) + "\n", manual_options(app));
  }
  EXPECT_THROW(app.parse("--option-table troff"), CLI::ValidationError);
}

TEST_F(OptionTable, ManualEscapesMarkup) {
  EXPECT_THAT(manual_options(app), HasSubstr("\n*--keys* _FILE_\n\tKey log with \\_underscores\\_\n"));
}

TEST_F(OptionTable, BashCompletesOptionsWordsAndFolders) {
  const auto complete = [&](const std::string& words) {
    return run("bash", bash_completion(app),
               "source \"$1\"; COMP_WORDS=(mps-probe " + words +
                   "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mps_probe; echo ${COMPREPLY[@]}");
  };
  EXPECT_EQ(complete("--ex"), "--extract\n");
  EXPECT_EQ(complete("-T j"), "json\n");
  EXPECT_EQ(complete("--extract /pro"), "/proc\n");
  EXPECT_EQ(complete("--keys /proc/versio"), "/proc/version\n");
}

TEST_F(OptionTable, ZshReadsItsScript) {
  run("zsh", zsh_completion(app), "zsh -n \"$1\"");
  EXPECT_THAT(zsh_completion(app),
              HasSubstr("'*--read[Captures\\: \\[pcap\\] or it'\\''s pcapng]:file:_files'"));
}

TEST_F(OptionTable, FishCompletesOptionsAndWords) {
  EXPECT_EQ(run("fish", fish_completion(app), "source $argv[1]; complete -C \"mps-probe --ext\""),
            "--extract\tWrite to this folder\n");
  EXPECT_EQ(run("fish", fish_completion(app), "source $argv[1]; complete -C \"mps-probe --format j\""),
            "json\tFormat of the report [text]\n");
}

}  // namespace
}  // namespace mps
