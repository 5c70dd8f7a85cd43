// SPDX-License-Identifier: GPL-2.0-or-later
/// The report as tables: one truth for -z (aligned text), -T csv and -T fields.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/options.h"
#include "core/session/report.h"

namespace mps {

struct Table {
  struct Column {
    std::string name;
    bool number = false;  ///< right-aligned in text
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Precondition: `kind` is not follow.
Table make_table(View::Kind kind, const SessionReport& report, const Options& options);

std::string as_text(const Table& table);
std::string as_csv(const Table& table);  ///< RFC 4180
/// The columns named; the error names an unknown one and lists those there are.
tl::expected<std::string, std::string> as_fields(const Table& table, const Options& options);

/// Whether the user's selection (--connection, --direction, --subflow) covers it.
/// Null if the connection is not in the report: it turned out to be a part of another one.
const ConnectionReport* owner_of(const SessionReport& report, const Anomaly& anomaly);
bool selected(const Options& options, const ConnectionReport& connection);
bool selected(const Options& options, Direction direction);
bool selected(const Options& options, const SubflowReport& subflow);

const char* to_string(Trust trust);
std::string to_text(const GapReason& reason);
std::string to_string(const StreamRange& range);  ///< "10..20", half-open

}  // namespace mps
