// SPDX-License-Identifier: GPL-2.0-or-later
/// The report for programs: one JSON object, described in docs/json.md. 64-bit numbers are strings, since many readers
/// of JSON have only doubles.
#pragma once

#include <string>

#include "analyzer/leakage_run.h"
#include "analyzer/options.h"
#include "core/session/report.h"

namespace mps {

inline constexpr int json_schema_version = 1;

/// `leakage` may be null: not asked for.
std::string json_report(const SessionReport& report, const Options& options, const std::vector<StreamLeakage>* leakage);

}  // namespace mps
