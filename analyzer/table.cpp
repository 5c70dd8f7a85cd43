// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/terminal.h"

namespace mps {
namespace {

using Row = std::vector<std::string>;

std::string text_of(std::uint64_t value) {
  return fmt::format("{}", value);
}
template <typename T>
std::string text_of(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

std::string hmac_text(Subflow::Hmac state) {
  switch (state) {
    case Subflow::Hmac::right:
      return "right";
    case Subflow::Hmac::wrong:
      return "wrong";
    case Subflow::Hmac::not_checked:
      return "";
  }
  return "";
}

/// Calls visit(connection, stream) for every selected direction.
template <typename Visit>
void for_streams(const SessionReport& report, const Options& options, Visit&& visit) {
  for (const auto& connection : report.connections) {
    if (!selected(options, connection)) continue;
    for (const auto& stream : connection.streams)
      if (selected(options, stream.direction)) visit(connection, stream);
  }
}

Table connections_table(const SessionReport& report, const Options& options) {
  Table t;
  t.columns = {{"connection", true},
               {"direction"},
               {"version"},
               {"scrambling"},
               {"keys"},
               {"subflows", true},
               {"state"},
               {"length", true},
               {"captured", true},
               {"recovered", true},
               {"gaps", true},
               {"gap_bytes", true},
               {"retransmitted", true},
               {"reinjected", true},
               {"differing", true},
               {"sha256"}};
  for_streams(report, options, [&](const ConnectionReport& c, const StreamReport& s) {
    const auto source = c.key_source[index(s.direction)];
    t.rows.push_back({text_of(c.number), short_name(s.direction),
                      c.version ? fmt::format("v{}", *c.version) : "", to_string(c.scrambling),
                      source == KeySource::handshake ? "handshake"
                      : source == KeySource::key_log ? "key-log"
                                                     : "",
                      text_of(c.subflows.size()), to_string(s.state), text_of(s.length), text_of(s.captured),
                      text_of(s.recovered), text_of(s.gap_count), text_of(s.gap_bytes),
                      text_of(s.counters.retransmitted), text_of(s.counters.reinjected),
                      text_of(s.counters.differing), s.sha256.value_or("")});
  });
  return t;
}

Table subflows_table(const SessionReport& report, const Options& options) {
  Table t;
  t.columns = {{"connection", true}, {"subflow", true}, {"kind"},        {"opened_by"},
               {"initiator"},        {"listener"},      {"path"},        {"trust"},
               {"direction"},        {"bytes", true},   {"share", true}, {"payload", true},
               {"segments", true},   {"cut", true},     {"token"},       {"hmac"}};
  for_streams(report, options, [&](const ConnectionReport& c, const StreamReport& s) {
    for (const auto& f : c.subflows) {
      if (!selected(options, f)) continue;
      const SubflowShare& share = f.share[index(s.direction)];
      const double percent =
          s.captured ? 100.0 * static_cast<double>(share.first_bytes) / static_cast<double>(s.captured) : 0;
      const bool from_opener = (s.direction == Direction::initiator_to_listener) != f.opened_by_listener;
      t.rows.push_back({text_of(c.number), text_of(f.index), f.initial ? "initial" : "join",
                        f.opened_by_listener ? "listener" : "initiator", to_string(f.initiator),
                        to_string(f.listener), printable(f.path_name), to_string(f.trust),
                        short_name(s.direction), text_of(share.first_bytes), fmt::format("{:.1f}", percent),
                        text_of(share.payload_bytes), text_of(share.segments), text_of(share.cut_bytes),
                        f.token ? fmt::format("{:08x}", *f.token) : "",
                        hmac_text(from_opener ? f.opener_hmac : f.accepter_hmac)});
    }
  });
  return t;
}

Table gaps_table(const SessionReport& report, const Options& options) {
  Table t;
  t.columns = {{"connection", true}, {"direction"}, {"from", true}, {"to", true},
               {"bytes", true},      {"dsn", true}, {"reason"}};
  for_streams(report, options, [&](const ConnectionReport& c, const StreamReport& s) {
    for (const auto& gap : s.gaps)
      for (const auto& reason : gap.reasons)
        t.rows.push_back({text_of(c.number), short_name(s.direction), text_of(reason.range.from),
                          text_of(reason.range.to), text_of(reason.range.size()),
                          text_of(gap.dsn + (reason.range.from - gap.range.from)), to_text(reason)});
  });
  return t;
}

Table checksums_table(const SessionReport& report, const Options& options) {
  Table t;
  t.columns = {{"connection", true}, {"subflow", true}, {"direction"},
               {"right", true},      {"wrong", true},   {"not_judged", true}};
  for_streams(report, options, [&](const ConnectionReport& c, const StreamReport& s) {
    for (const auto& f : c.subflows)
      if (selected(options, f))
        t.rows.push_back({text_of(c.number), text_of(f.index), short_name(s.direction),
                          text_of(f.share[index(s.direction)].checksums_right),
                          text_of(f.share[index(s.direction)].checksums_wrong),
                          text_of(f.share[index(s.direction)].checksums_not_judged)});
  });
  return t;
}

Table anomalies_table(const SessionReport& report, const Options& options) {
  Table t;
  t.columns = {{"frame", true}, {"connection", true}, {"subflow", true}, {"kind"},
               {"value", true}, {"bytes", true},      {"meaning"}};
  for (const Anomaly& a : report.anomalies.list()) {
    const ConnectionReport* owner = owner_of(report, a);
    if (owner && !selected(options, *owner)) continue;
    t.rows.push_back({a.frame ? text_of(a.frame) : "", owner ? text_of(owner->number) : "",
                      text_of(a.subflow), std::string(to_string(a.kind)), text_of(a.value), text_of(a.count),
                      std::string(explanation(a.kind))});
  }
  return t;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// Fills `cell` up to `width` columns.
void append_padded(std::string& out, const std::string& cell, std::size_t width, bool right) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::all_of(cell.begin(), cell.end(), is_ascii)) {  // columns are not bytes
    out += right ? fmt::format("{:>{}}", cell, width) : fmt::format("{:<{}}", cell, width);
    return;
  }
  const std::size_t missing = width - std::min(width, cell.size());
  if (right) out.append(missing, ' ');
  out += cell;
  if (!right) out.append(missing, ' ');
}

}  // namespace

const ConnectionReport* owner_of(const SessionReport& report, const Anomaly& anomaly) {
  const auto found =
      std::lower_bound(report.connections.begin(), report.connections.end(), anomaly.connection,
                       [](const ConnectionReport& c, std::uint32_t id) { return c.id < id; });
  return found != report.connections.end() && found->id == anomaly.connection ? &*found : nullptr;
}
bool selected(const Options& options, const ConnectionReport& connection) {
  return !options.connection || *options.connection == connection.number;
}
bool selected(const Options& options, Direction direction) {
  return !options.direction || *options.direction == direction;
}
bool selected(const Options& options, const SubflowReport& subflow) {
  return options.subflows.empty() ||
         std::find(options.subflows.begin(), options.subflows.end(), subflow.index) != options.subflows.end();
}

const char* to_string(Trust trust) {
  return trust == Trust::trusted ? "trusted" : trust == Trust::untrusted ? "untrusted" : "";
}

std::string to_string(const StreamRange& range) {
  return fmt::format("{}..{}", range.from, range.to);
}

std::string to_text(const GapReason& reason) {
  switch (reason.kind) {
    case GapReason::Kind::announced:
      return fmt::format("sent on subflow {}, whose mapping announces them; the packets are missing or cut",
                         reason.subflow);
    case GapReason::Kind::elsewhere:
      return fmt::format("sent on another path: subflow {} goes on without a hole in its own numbering",
                         reason.subflow);
    case GapReason::Kind::unknown:
      return "not announced by any subflow of this capture";
  }
  return "";
}

Table make_table(View::Kind kind, const SessionReport& report, const Options& options) {
  switch (kind) {
    case View::Kind::subflows:
      return subflows_table(report, options);
    case View::Kind::gaps:
      return gaps_table(report, options);
    case View::Kind::checksums:
      return checksums_table(report, options);
    case View::Kind::anomalies:
      return anomalies_table(report, options);
    default:
      return connections_table(report, options);
  }
}

std::string as_text(const Table& table) {
  std::vector<std::size_t> width;
  for (const auto& column : table.columns) width.push_back(column.name.size());
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  std::string out;
  const auto line = [&](auto&& cell) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      append_padded(out, cell(i), width[i], table.columns[i].number);
      out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  line([&](std::size_t i) -> const std::string& { return table.columns[i].name; });
  for (const auto& row : table.rows) line([&](std::size_t i) -> const std::string& { return row[i]; });
  return out;
}

std::string as_csv(const Table& table) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += (i ? "," : "") + csv_cell(table.columns[i].name);
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i ? "," : "") + csv_cell(row[i]);
    out += "\r\n";
  }
  return out;
}

tl::expected<std::string, std::string> as_fields(const Table& table, const Options& options) {
  std::vector<std::size_t> chosen;
  for (const auto& field : options.fields) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const auto& column) { return column.name == field; });
    if (found == table.columns.end()) {
      std::string names;
      for (const auto& column : table.columns) names += (names.empty() ? "" : ", ") + column.name;
      return tl::unexpected(fmt::format("-e {}: no such field in this table; there are {}", field, names));
    }
    chosen.push_back(static_cast<std::size_t>(found - table.columns.begin()));
  }
  std::string out;
  const auto line = [&](auto&& cell) {
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (i) out += options.fields_separator;
      out += cell(chosen[i]);
    }
    out += '\n';
  };
  if (options.fields_header) line([&](std::size_t i) { return table.columns[i].name; });
  for (const auto& row : table.rows) line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace mps
