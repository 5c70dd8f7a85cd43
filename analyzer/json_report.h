// SPDX-License-Identifier: GPL-2.0-or-later
/// The report for programs: one JSON object, described in docs/json.md. 64-bit numbers are strings, since
/// many readers of JSON have only doubles.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/leakage_run.h"
#include "analyzer/options.h"
#include "analyzer/report_writer.h"
#include "core/session/report.h"

namespace mps {

/// A report of one more member alone, as --raw and --lab print it.
std::string json_document(const char* member, nlohmann::ordered_json content);

/// `leakage` may be null: not asked for. Fails as `write` does.
tl::expected<void, std::string> write_json_report(const SessionReport& report, const Options& options,
                                                  const std::vector<StreamLeakage>* leakage,
                                                  const ReportWriter& write);

}  // namespace mps
