// SPDX-License-Identifier: GPL-2.0-or-later
/// The default report, for people.
#pragma once

#include <string>

#include "analyzer/options.h"
#include "analyzer/terminal.h"
#include "core/session/report.h"

namespace mps {

std::string text_report(const SessionReport& report, const Options& options, const Style& style);

}  // namespace mps
