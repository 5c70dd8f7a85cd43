// SPDX-License-Identifier: GPL-2.0-or-later
/// -z leakage for people: what exact decoding determines and, beside it, what a cryptanalyst infers.
#pragma once

#include <string>
#include <vector>

#include "analyzer/leakage_run.h"
#include "analyzer/terminal.h"

namespace mps {

std::string leakage_text(const std::vector<StreamLeakage>& results, const Options& options,
                         const Style& style);

}  // namespace mps
