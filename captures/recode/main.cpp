// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-recode: any real capture of plain MPTCP becomes a capture of scrambled MPTCP; or one of
/// scrambled MPTCP is edited as an attacker would.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "captures/command_line.h"
#include "captures/key_log_file.h"
#include "captures/recode/recoder.h"

namespace {

enum ExitCode : int { exit_done = 0, exit_usage = 1, exit_file = 2, exit_partly = 3, exit_nothing = 4 };

/// "keep", or a number with bits of the MP_CAPABLE flags. False if it is neither.
bool parse_flag_bit(const std::string& text, std::optional<std::uint8_t>& flag_bit) {
  flag_bit.reset();
  if (text == "keep") return true;
  unsigned number = 0;
  if (!CLI::detail::lexical_cast(text, number) || number == 0 || number > 0xff) return false;
  flag_bit = static_cast<std::uint8_t>(number);
  return true;
}

/// [c2s:|s2c:]OFFSET:HEX. False if it is something else.
bool parse_edit(std::string text, mps::StreamEdit& edit) {
  for (const mps::Direction d : mps::both_directions) {
    const std::string prefix = std::string(mps::short_name(d)) + ":";
    if (!text.starts_with(prefix)) continue;
    edit.direction = d;
    text.erase(0, prefix.size());
    break;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, colon), edit.offset))
    return false;
  const std::string digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() % 2 || digits.size() > 4096 || edit.offset > UINT32_MAX ||
      digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return false;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    edit.difference.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return true;
}

int complain(const std::string& reason, ExitCode code) {
  fmt::print(stderr, "mpscramble-recode: {}\n", reason);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  mps::RecodeSettings settings;
  std::string input, output, keys, key_log, flag_bit;
  std::vector<std::string> edits;

  CLI::App app(
      "Scrambles a capture of plain MPTCP in place: payloads, and the checksums that were right before.");
  app.footer("Exit: 0 done, 1 usage, 2 file error, 3 some connections left plain, 4 no MPTCP connection.");
  app.add_option("IN", input, "pcap or pcapng, not compressed")->required();
  app.add_option("OUT", output, "Same format, same packets")->required();
  mps::add_choice<mps::Scheme>(app, "--scheme", settings.scheme, mps::scheme_choices(),
                               "What is done to the streams (default paper)")
      ->group("Scrambling");
  mps::add_register_options(app, settings.init, settings.order, "Scrambling");
  app.add_option("--flag-bit", flag_bit,
                 "Bit to set in the MP_CAPABLE flags, or keep (default 0x10; h1 0x08, h2 0x04)")
      ->option_text("BIT");
  auto* tag = app.add_flag("--tag", settings.tag,
                           "Turn DSS checksums into keyed tags (docs/hardened.md, an experiment)");
  app.add_option(
         "--edit", edits,
         "Only XOR bytes into a stream as it will be decoded, by changing 65 bytes on the wire for each")
      ->option_text("[c2s:|s2c:]OFFSET:HEX")
      ->allow_extra_args(false)
      ->excludes(tag);
  app.add_option("--keys", keys, "Key log for connections whose handshake was not captured")
      ->option_text("FILE");
  app.add_option("--key-log", key_log, "Append the keys of the scrambled connections (mode 0600)")
      ->option_text("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (const auto needed = settings.tag ? mps::Scheme::h1 : settings.scheme; !mps::is_available(needed))
    return complain(std::string(mps::why_unavailable), exit_usage);
  for (const std::string& text : edits)
    if (!parse_edit(text, settings.edits.emplace_back()))
      return complain(
          fmt::format("--edit \"{}\": expected OFFSET:HEX, c2s:OFFSET:HEX or s2c:OFFSET:HEX", text),
          exit_usage);
  settings.flag_bit = mps::SchemeFlags{}.of(settings.scheme);
  if (!flag_bit.empty() && !parse_flag_bit(flag_bit, settings.flag_bit))
    return complain(fmt::format("--flag-bit \"{}\": expected keep, or a number from 1 to 0xff", flag_bit),
                    exit_usage);

  mps::KeyLog known;
  if (!keys.empty())
    if (const auto loaded = known.load(keys); !loaded) return complain(loaded.error(), exit_file);
  const auto report = mps::recode(input, known, settings);
  if (!report) return complain(report.error(), exit_file);

  errno = 0;
  std::ofstream file(output, std::ios::binary);
  file.write(reinterpret_cast<const char*>(report->file.data()),
             static_cast<std::streamsize>(report->file.size()));
  file.close();
  if (!file) return complain(fmt::format("{}: {}", output, std::strerror(errno ? errno : EIO)), exit_file);
  for (const mps::KeyPair& pair : report->keys)
    if (!key_log.empty())
      if (const auto logged = mps::append_key_log(key_log, pair); !logged)
        return complain(logged.error(), exit_file);

  if (!settings.edits.empty()) {
    fmt::print("changed {} payload bytes on subflow {}, TCP checksums {}, DSS checksums {}\n",
               report->payload_bytes, fmt::join(report->subflows, " and "), report->tcp_checksums,
               report->dss_checksums);
    for (const std::string& line : report->damage) complain(line, exit_file);
    return !report->damage.empty() ? exit_file : report->payload_bytes ? exit_done : exit_nothing;
  }
  fmt::print("connections {}, payload bytes {}, TCP checksums {}, DSS checksums {}\n", report->keys.size(),
             report->payload_bytes, report->tcp_checksums, report->dss_checksums);
  for (const std::string& line : report->left_plain)
    complain(fmt::format("{}: left plain: {}", input, line), exit_partly);
  for (const std::string& line : report->damage) complain(line, exit_file);
  if (!report->damage.empty()) return exit_file;
  if (!report->left_plain.empty()) return exit_partly;
  return report->keys.empty() ? exit_nothing : exit_done;
}
