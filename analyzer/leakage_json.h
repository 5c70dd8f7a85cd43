// SPDX-License-Identifier: GPL-2.0-or-later
/// Leakage results as the "leakage" array of the JSON report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "analyzer/leakage_run.h"

namespace mps {

nlohmann::ordered_json leakage_json(const std::vector<StreamLeakage>& results, const Options& options);

}  // namespace mps
