// SPDX-License-Identifier: GPL-2.0-or-later
/// Lists of trust rules (core/session/trust_rule.h), as they stand in a line of the open dialog.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/session/trust_rule.h"

namespace mps::gui {

/// Separated by commas or spaces. The error is one line about the first word that is no rule.
tl::expected<std::vector<TrustRules::Rule>, std::string> trust_rules(const std::string& list, Trust trust);
/// The rules of one kind, as a list that trust_rules() reads.
std::string trust_text(const std::vector<TrustRules::Rule>& rules, Trust trust);

}  // namespace mps::gui
