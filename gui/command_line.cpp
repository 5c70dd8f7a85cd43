// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/command_line.h"

#include "cli/option_table.h"

namespace mps::gui {
namespace {

constexpr int usage_error = 1;

TrustRules::Rule rule_of(const std::string& text, Trust trust) {
  TrustRules::Rule rule;
  rule.trust = trust;
  if (const auto network = parse_ip_network(text))
    rule.network = network;
  else if (text.rfind("subflow:", 0) == 0)
    rule.subflow = static_cast<std::uint16_t>(std::strtoul(text.c_str() + 8, nullptr, 10));
  else
    rule.interface_name = text;
  return rule;
}

CaptureInput input_of(const std::string& text) {
  for (const auto& [suffix, trust] :
       {std::pair{std::string("=trusted"), Trust::trusted}, {std::string("=untrusted"), Trust::untrusted}})
    if (text.size() > suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0)
      return {text.substr(0, text.size() - suffix.size()), trust};
  return {text, Trust::unknown};
}

}  // namespace

LoadRequest CommandLine::request() const {
  LoadRequest request;
  for (const std::string& trace : traces) request.inputs.push_back(input_of(trace));
  request.key_log = keys;
  for (const std::string& text : trusted)
    request.session.trust.rules.push_back(rule_of(text, Trust::trusted));
  for (const std::string& text : untrusted)
    request.session.trust.rules.push_back(rule_of(text, Trust::untrusted));
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
  app.add_option("--trusted", options.trusted, "Network, interface or subflow:N that is trusted")
      ->type_name("WHO")
      ->group("Trust");
  app.add_option("--untrusted", options.untrusted, "The same for untrusted ones")
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
                 "Tabs in front: bytes, text, image, segments, attack, known, anomalies, log, lag, "
                 "histogram, recovered")
      ->delimiter(',')
      ->type_name("NAME[,NAME]")
      ->group("View");
  app.add_flag("--dark", options.dark, "Dark colours")->group("View");
  app.add_option("--report", options.report,
                 "Writes a report (.html, .pdf, .json) and ends; needs no display")
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
            return text.find('x') == std::string::npos ? std::string("must be like 1280x800") : std::string();
          },
          ""))
      ->capture_default_str()
      ->group("Output");
  try {
    app.parse(argc, argv);
    if (!options.report.empty() && options.demo.empty() && options.traces.empty())
      throw CLI::ValidationError("--report", "needs a capture or --demo");
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : usage_error;
  }
  return parsed;
}

}  // namespace mps::gui
