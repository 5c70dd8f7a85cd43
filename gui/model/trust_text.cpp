// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/trust_text.h"

namespace mps::gui {

tl::expected<std::vector<TrustRules::Rule>, std::string> trust_rules(const std::string& list, Trust trust) {
  constexpr const char* separators = ", ;\t";
  std::vector<TrustRules::Rule> rules;
  for (std::size_t begin = list.find_first_not_of(separators); begin != std::string::npos;) {
    const std::size_t end = list.find_first_of(separators, begin);
    auto rule = parse_trust_rule(std::string_view(list).substr(begin, end - begin), trust);
    if (!rule) return tl::unexpected(std::move(rule.error()));
    rules.push_back(std::move(*rule));
    begin = list.find_first_not_of(separators, end);
  }
  return rules;
}

std::string trust_text(const std::vector<TrustRules::Rule>& rules, Trust trust) {
  std::string text;
  for (const TrustRules::Rule& rule : rules)
    if (rule.trust == trust) text += (text.empty() ? "" : ", ") + to_string(rule);
  return text;
}

}  // namespace mps::gui
