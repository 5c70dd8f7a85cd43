// SPDX-License-Identifier: GPL-2.0-or-later
/// The command line of mpscramble-analyze, FILE=label included. Input: words, one a line. Nothing is opened.
#include <sstream>
#include <string>
#include <vector>

#include "analyzer/options.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mps::test::require;
  std::istringstream text(std::string(data, data + size));
  std::vector<std::string> words{"mpscramble-analyze"};
  for (std::string word; std::getline(text, word);) {
    word.resize(word.find('\0') == std::string::npos ? word.size() : word.find('\0'));
    words.push_back(word);
  }
  std::vector<const char*> arguments;
  for (const auto& word : words) arguments.push_back(word.c_str());
  const mps::ParsedOptions parsed = mps::parse_options(static_cast<int>(arguments.size()), arguments.data());
  if (!parsed.proceed) {
    require(!parsed.message.empty() && parsed.message.back() == '\n');
    require(parsed.exit_code == (parsed.to_stderr ? mps::exit_usage : mps::exit_recovered));
    return 0;
  }
  const mps::Options& options = parsed.options;
  require(parsed.message.empty());
  const bool without_capture = options.leakage.raw || !options.leakage.what_if_file.empty();
  require(options.inputs.empty() == (options.live.has_value() || without_capture));
  for (const auto& input : options.inputs) require(!input.path.empty() || input.trust == mps::Trust::unknown);
  return 0;
}
