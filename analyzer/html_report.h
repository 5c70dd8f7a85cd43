// SPDX-License-Identifier: GPL-2.0-or-later
/// --report FILE.html: one page that needs no network and no other file: the paper's claim, the measurement,
/// the reason, then a chapter for each direction, then what is needed to repeat it. The same inputs and
/// options give the same page, byte by byte.
#pragma once

#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/lab_run.h"
#include "analyzer/leakage_run.h"
#include "analyzer/options.h"
#include "core/session/report.h"

namespace mps {

struct HtmlInputs {
  const Options& options;
  const SessionReport* session = nullptr;  ///< null for a raw run
  const std::vector<StreamLeakage>& streams;
  std::span<const LabResult> lab = {};  ///< with --lab, instead of streams
};

std::string html_page(const HtmlInputs& inputs);

/// Under a temporary name beside `options.leakage.report_file`, then renamed, so that nobody ever sees half a
/// page. The error names the file.
tl::expected<void, std::string> write_html_report(const HtmlInputs& inputs);

}  // namespace mps
