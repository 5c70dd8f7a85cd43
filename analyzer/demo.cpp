// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/demo.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "analyzer/run.h"
#include "analyzer/table.h"
#include "analyzer/terminal.h"
#include "core/session/bundled_captures.h"

namespace mps {
namespace {

constexpr const char* capture_name = "http_text";

constexpr const char* both_paths =
    R"(A client fetches a text over two paths at once: LTE (lte0), which it trusts, and a WLAN (wlan0) that somebody
taps. What it sends and gets is scrambled. Whoever has both paths puts it together again, byte for byte:
)";
constexpr const char* one_path = R"(
Whoever taps the WLAN alone misses the first bytes and every stretch that went over LTE. Exact decoding gives
him nothing. Somebody who expects a text and makes guesses ("a cryptanalyst") is another matter; whether he
guessed right is checked against the bytes above ("against the truth"):
)";
constexpr const char* next = R"(
So "0 bytes determined" is not secrecy. Next: --help, or the same with a capture of your own.
)";

int step(const Options& options, const char* text, const std::string& arguments) {
  fmt::print("{}\n{}\n\n", text,
             Style(options.color, stdout).bold(printable("$ mpscramble-analyze " + arguments)));
  std::fflush(stdout);  // the run itself may end by a signal
  return run(options);
}

}  // namespace

int run_demo(const Options& options) {
  const auto complain = [](const std::string& error) {
    fmt::print(stderr, "mpscramble-analyze: --demo: {}\n", printable(error));
    return exit_input;
  };
  const auto folder = bundled_captures();
  if (!folder) return complain(folder.error());
  auto capture = find_bundled_capture(*folder, capture_name);
  if (!capture) return complain(capture.error());

  Options both = options;
  both.inputs = std::move(capture->inputs);
  both.session.trust = std::move(capture->trust);
  std::string arguments;
  for (const auto& rule : both.session.trust.rules)
    arguments += fmt::format("--{} {} ", to_string(rule.trust), rule.interface_name);
  for (const auto& input : both.inputs) arguments += input.path;
  if (const int code = step(both, both_paths, arguments)) return code;

  Options tapped = both;
  tapped.views.push_back({.kind = View::Kind::leakage});
  tapped.leakage.observers = {"untrusted"};
  tapped.direction =
      Direction::listener_to_initiator;  // the text; what the phone sends falls in the same way
  if (const int code = step(tapped, one_path, "-z leakage --observe untrusted --direction s2c " + arguments))
    return code;
  fmt::print("{}", next);
  return exit_recovered;
}

}  // namespace mps
