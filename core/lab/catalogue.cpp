// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace mps::lab {
namespace {

/// A scheme with its parameters in the name; null if there is none.
SchemePtr with_parameters(const std::string& word) {
  std::istringstream parts(word);
  std::string name, text;
  std::getline(parts, name, ':');
  std::vector<std::uint32_t> numbers;
  while (std::getline(parts, text, ':')) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return nullptr;
    numbers.push_back(number);
  }
  const auto within = [&](std::size_t index, std::uint32_t least, std::uint32_t most) {
    return index < numbers.size() && numbers[index] >= least && numbers[index] <= most;
  };
  if (name == "chain" && numbers.size() == 1 && within(0, 1, 64)) return block_chaining(numbers[0]);
  if (name == "shamir" && numbers.size() == 1 && within(0, 1, max_lab_paths))
    return shamir_sharing(static_cast<std::uint16_t>(numbers[0]));
  if (name == "permute" && numbers.size() == 2 && within(0, 1, 4096) && within(1, 1, 4096))
    return block_permutation(false, numbers[0], numbers[1]);
  return nullptr;
}

}  // namespace

std::vector<SchemePtr> all_schemes() {
  return {plain_dispersion(),
          block_permutation(false),
          block_permutation(true),
          xor_sharing(),
          shamir_sharing(),
          network_coding(),
          block_chaining(8),
          block_chaining(16),
          scrambler(),
          block_cipher(CipherMode::cbc),
          block_cipher(CipherMode::ofb),
          hardened_h1(),
          hardened_h2()};
}

tl::expected<std::vector<SchemePtr>, std::string> schemes_named(const std::string& names) {
  const auto all = all_schemes();
  if (names == "all") return all;
  std::vector<SchemePtr> chosen;
  std::istringstream words(names);
  for (std::string word; std::getline(words, word, ',');) {
    const auto found =
        std::ranges::find(all, word, [](const SchemePtr& scheme) { return scheme->info().name; });
    const SchemePtr scheme = found != all.end() ? *found : with_parameters(word);
    if (!scheme) {
      std::string known;
      for (const SchemePtr& one : all) known += one->info().name + ", ";
      return tl::unexpected(
          fmt::format("'{}' is not one of {}chain:L, shamir:K, permute:B:M, all", word, known));
    }
    chosen.push_back(scheme);
  }
  if (chosen.empty()) return tl::unexpected(std::string("no scheme is named"));
  return chosen;
}

}  // namespace mps::lab
