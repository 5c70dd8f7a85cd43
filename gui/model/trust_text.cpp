// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/trust_text.h"

#include <charconv>

#include "core/packet/ip_address.h"

namespace mps::gui {
namespace {

constexpr std::string_view subflow_word = "subflow:";

std::string text_of(const TrustRules::Rule& rule) {
  if (rule.subflow) return std::string(subflow_word) + std::to_string(*rule.subflow);
  if (!rule.network) return rule.interface_name;
  const unsigned hidden = rule.network->address.is_v4() ? 96 : 0;  // IPv4 in 128 bits
  return to_string(rule.network->address) + "/" +
         std::to_string(rule.network->prefix_length - std::min(hidden, rule.network->prefix_length));
}

}  // namespace

TrustRules::Rule trust_rule(const std::string& text, Trust trust) {
  TrustRules::Rule rule;
  rule.trust = trust;
  std::uint16_t subflow = 0;
  if (const auto network = parse_ip_network(text)) {
    rule.network = network;
  } else if (text.starts_with(subflow_word) &&
             std::from_chars(text.data() + subflow_word.size(), text.data() + text.size(), subflow).ptr ==
                 text.data() + text.size()) {
    rule.subflow = subflow;
  } else {
    rule.interface_name = text;
  }
  return rule;
}

std::vector<TrustRules::Rule> trust_rules(const std::string& list, Trust trust) {
  constexpr const char* separators = ", ;\t";
  std::vector<TrustRules::Rule> rules;
  for (std::size_t begin = list.find_first_not_of(separators); begin != std::string::npos;) {
    const std::size_t end = list.find_first_of(separators, begin);
    rules.push_back(trust_rule(list.substr(begin, end - begin), trust));
    begin = list.find_first_not_of(separators, end);
  }
  return rules;
}

std::string trust_text(const std::vector<TrustRules::Rule>& rules, Trust trust) {
  std::string text;
  for (const TrustRules::Rule& rule : rules)
    if (rule.trust == trust) text += (text.empty() ? "" : ", ") + text_of(rule);
  return text;
}

}  // namespace mps::gui
