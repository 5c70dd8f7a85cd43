// SPDX-License-Identifier: GPL-2.0-or-later
/// --lab for people (text, a line for each scheme and observer), for tables (CSV) and for programs (JSON,
/// docs/json-lab.md). Nothing is computed here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analyzer/lab_run.h"
#include "analyzer/table.h"

namespace mps {

std::string lab_text(const std::vector<LabResult>& results);
Table lab_table(const std::vector<LabResult>& results);  ///< of -T csv: counts, not percentages
nlohmann::ordered_json lab_json(const std::vector<LabResult>& results);

/// "51.2 %" of a whole, "-" of nothing.
std::string lab_percent(std::uint64_t part, std::uint64_t whole);
/// What an attack came to, in a few words; empty where nothing was left to attack.
std::string attack_words(const lab::ObserverResult& observer);

}  // namespace mps
