// SPDX-License-Identifier: GPL-2.0-or-later
/// Options that the programs of this folder and the oracle share.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/secrets/keys.h"

namespace mps {

/// An option whose value is one word of `values`. (CLI11's own transformers print byte-sized enums as
/// characters.)
template <typename Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Value& target,
                        const std::map<std::string, Value>& values, const std::string& description) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) words.push_back(word);
  return app
      .add_option_function<std::string>(
          name, [&target, values](const std::string& word) { target = values.at(word); }, description)
      ->check(CLI::IsMember(words))
      ->option_text(CLI::detail::join(words, "|"));
}

/// The words of --scheme, for add_choice().
inline std::map<std::string, Scheme> scheme_choices() {
  std::map<std::string, Scheme> choices;
  for (const Scheme scheme : all_schemes) choices.emplace(to_string(scheme), scheme);
  return choices;
}

/// --init and --key-order: how the initial register of the paper's scheme is made.
inline void add_register_options(CLI::App& app, InitialRegister& init, KeyOrder& order,
                                 const std::string& group) {
  add_choice<InitialRegister>(app, "--init", init,
                              {{"key", InitialRegister::key}, {"hmac", InitialRegister::hmac}},
                              "Initial register (default key)")
      ->group(group);
  add_choice<KeyOrder>(app, "--key-order", order, {{"wire", KeyOrder::wire}, {"host", KeyOrder::host}},
                       "Byte order of the key in it (default wire)")
      ->group(group);
}

}  // namespace mps
