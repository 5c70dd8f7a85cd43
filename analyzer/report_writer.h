// SPDX-License-Identifier: GPL-2.0-or-later
/// The reports for people and for programs are written piece by piece: of a hundred thousand connections the
/// text takes more memory than the analysis.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mps {

/// Takes the next piece of the text; an error ends the report.
using ReportWriter = std::function<tl::expected<void, std::string>(std::string_view)>;

}  // namespace mps
