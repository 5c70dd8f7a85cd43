// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/command_line.h"

#include <cstdio>
#include <tuple>

#include "cli/option_table.h"
#include "core/session/trust_rule.h"

namespace mps::gui {
namespace {

constexpr int usage_error = 1;

CaptureInput input_of(const std::string& text) {
  for (const auto& [suffix, trust] :
       {std::pair{std::string("=trusted"), Trust::trusted}, {std::string("=untrusted"), Trust::untrusted}})
    if (text.size() > suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0)
      return {text.substr(0, text.size() - suffix.size()), trust};
  return {text, Trust::unknown};
}

}  // namespace

std::optional<std::pair<int, int>> parse_size(const std::string& text) {
  constexpr int largest = 16384;
  int width = 0, height = 0, read = 0;
  if (std::sscanf(text.c_str(), "%dx%d%n", &width, &height, &read) != 2 ||
      static_cast<std::size_t>(read) != text.size() || width < 1 || height < 1 || width > largest ||
      height > largest)
    return std::nullopt;
  return std::pair{width, height};
}

LoadRequest CommandLine::request() const {
  LoadRequest request;
  for (const std::string& trace : traces) request.inputs.push_back(input_of(trace));
  request.key_log = keys;
  request.session.trust.rules = trust;
  return request;
}

InitialView CommandLine::first() const {
  InitialView first;
  first.connection = connection;
  if (direction == "c2s") first.direction = Direction::initiator_to_listener;
  if (direction == "s2c") first.direction = Direction::listener_to_initiator;
  if (!taps.empty()) {
    SubflowMask mask = 0;
    for (const std::uint16_t tap : taps) mask |= mask_of(tap);
    first.tapped = mask;
  }
  first.keys_known = keys_known;
  return first;
}

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  ParsedCommandLine parsed;
  CommandLine& options = parsed.options;
  CLI::App app("Shows what a tapped path of scrambled Multipath TCP gives away.", "mpscramble-gui");
  app.footer(
      "Examples:\n  mpscramble-gui --demo http_bitmap\n  mpscramble-gui lte.pcap=trusted "
      "wlan.pcap=untrusted\n"
      "  mpscramble-gui --tap 1 --report out.html capture.pcapng");
  add_option_table(app);
  app.set_version_flag("-V,--version", "mpscramble-gui " MPS_VERSION);
  app.add_option("trace", options.traces, "Captures; FILE=trusted and FILE=untrusted label a path")
      ->type_name("FILE");
  app.add_option("--keys", options.keys, "Key log")->type_name("FILE")->group("Input");
  app.add_option("--demo", options.demo, "Opens a bundled demonstration, such as http_text")
      ->type_name("NAME")
      ->group("Input");
  for (const auto& [name, trust, what] :
       {std::tuple{"--trusted", Trust::trusted, "Network, interface or subflow:N that is trusted"},
        std::tuple{"--untrusted", Trust::untrusted, "The same for untrusted ones"}})
    app.add_option_function<std::vector<std::string>>(
           name,
           [&options, name = name, trust = trust](const std::vector<std::string>& words) {
             for (const std::string& word : words) {
               auto rule = parse_trust_rule(word, trust);
               if (!rule) throw CLI::ValidationError(name, rule.error());
               options.trust.push_back(std::move(*rule));
             }
           },
           what)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("WHO")
        ->group("Trust");
  app.add_option("--connection", options.connection, "Connection to show")->type_name("N")->group("View");
  app.add_option("--direction", options.direction, "c2s or s2c")
      ->check(CLI::IsMember({"c2s", "s2c"}))
      ->group("View");
  app.add_option("--tap", options.taps, "Subflows that are tapped, such as 1,2")
      ->delimiter(',')
      ->type_name("N[,N]")
      ->group("View");
  app.add_flag("--keys-known", options.keys_known, "The observer was told the keys")->group("View");
  app.add_option("--page", options.pages,
                 "Tabs in front: bytes, text, image, segments, lab, attack, known, anomalies, log, lag, "
                 "histogram, recovered")
      ->delimiter(',')
      ->type_name("NAME[,NAME]")
      ->group("View");
  app.add_flag("--dark", options.dark, "Dark colours")->group("View");
  app.add_option("--text-scale", options.text_scale, "Larger text for projectors, such as 1.5")
      ->check(CLI::Range(0.5, 4.0))
      ->type_name("FACTOR")
      ->group("View");
  app.add_option("--report", options.report,
                 "Attacks, writes a report (.html, .pdf, .json) and ends; needs no display")
      ->type_name("FILE")
      ->group("Output");
  app.add_option("--screenshot", options.screenshot,
                 "Writes a picture of the window and ends; needs no display")
      ->type_name("FILE")
      ->group("Output");
  app.add_option("--size", options.size, "Of the screenshot")
      ->type_name("WxH")
      ->check(CLI::Validator(
          [](std::string& text) {
            return parse_size(text) ? std::string() : std::string("must be like 1280x800");
          },
          ""))
      ->capture_default_str()
      ->group("Output");
  try {
    app.parse(argc, argv);
    if (!options.demo.empty() && !options.traces.empty())
      throw CLI::ValidationError("--demo", "does not go with captures");
    if (!options.report.empty() && options.demo.empty() && options.traces.empty())
      throw CLI::ValidationError("--report", "needs a capture or --demo");
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : usage_error;
  }
  return parsed;
}

}  // namespace mps::gui
