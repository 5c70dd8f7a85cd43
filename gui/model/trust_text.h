// SPDX-License-Identifier: GPL-2.0-or-later
/// Who is trusted, as people write it: "10.0.1.0/24", an interface's name, "subflow:2".
#pragma once

#include <string>
#include <vector>

#include "core/session/session.h"

namespace mps::gui {

TrustRules::Rule trust_rule(const std::string& text, Trust trust);
/// Several, separated by commas or spaces.
std::vector<TrustRules::Rule> trust_rules(const std::string& list, Trust trust);
/// The rules of one kind, as a list that trust_rules() reads.
std::string trust_text(const std::vector<TrustRules::Rule>& rules, Trust trust);

}  // namespace mps::gui
