// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/session/trust_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mps {
namespace {

constexpr std::string_view subflow_word = "subflow:";
constexpr std::uint16_t last_subflow = 65534;

}  // namespace

tl::expected<TrustRules::Rule, std::string> parse_trust_rule(std::string_view text, Trust trust) {
  TrustRules::Rule rule;
  rule.trust = trust;
  if (text.starts_with(subflow_word)) {
    const std::string_view number = text.substr(subflow_word.size());
    std::uint16_t subflow = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), subflow);
    if (error != std::errc() || end != number.data() + number.size() || subflow > last_subflow)
      return tl::unexpected(fmt::format("subflow '{}' is not a number from 0 to {}", number, last_subflow));
    rule.subflow = subflow;
  } else if (const auto network = parse_ip_network(text)) {
    rule.network = network;
  } else {
    rule.interface_name = text;
  }
  return rule;
}

std::string to_string(const TrustRules::Rule& rule) {
  if (rule.subflow) return fmt::format("{}{}", subflow_word, *rule.subflow);
  if (!rule.network) return rule.interface_name;
  const unsigned hidden = rule.network->address.is_v4() ? 96 : 0;  // IPv4 in 128 bits
  return fmt::format("{}/{}", to_string(rule.network->address),
                     rule.network->prefix_length - std::min(hidden, rule.network->prefix_length));
}

}  // namespace mps
