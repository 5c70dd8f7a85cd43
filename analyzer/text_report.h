// SPDX-License-Identifier: GPL-2.0-or-later
/// The default report, for people.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "analyzer/options.h"
#include "analyzer/report_writer.h"
#include "analyzer/terminal.h"
#include "core/session/report.h"

namespace mps {

/// Fails as `write` does.
tl::expected<void, std::string> write_text_report(const SessionReport& report, const Options& options,
                                                  const Style& style, const ReportWriter& write);

}  // namespace mps
