// SPDX-License-Identifier: GPL-2.0-or-later
/// Who is trusted, as people write it: "10.0.1.0/24", an interface's name, "subflow:2". One notation for the
/// command line and the window.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/session/session.h"

namespace mps {

/// What begins with "subflow:" is a subflow or an error of one line; what is no network is an interface,
/// whatever its name.
tl::expected<TrustRules::Rule, std::string> parse_trust_rule(std::string_view text, Trust trust);
/// The rule as parse_trust_rule() reads it.
std::string to_string(const TrustRules::Rule& rule);

}  // namespace mps
