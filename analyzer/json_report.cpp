// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/json_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analyzer/leakage_json.h"
#include "analyzer/table.h"
#include "mps_version.h"

namespace mps {
namespace {

using Json = nlohmann::ordered_json;

std::string big(std::uint64_t value) {
  return fmt::format("{}", value);
}

Json range_json(const StreamRange& range) {
  return Json::array({big(range.from), big(range.to)});
}

const char* name_of(KeySource source) {
  switch (source) {
    case KeySource::handshake:
      return "handshake";
    case KeySource::key_log:
      return "key-log";
    case KeySource::unknown:
      return "unknown";
  }
  return "";
}

const char* name_of(Subflow::Hmac state) {
  switch (state) {
    case Subflow::Hmac::right:
      return "right";
    case Subflow::Hmac::wrong:
      return "wrong";
    case Subflow::Hmac::not_checked:
      return "not-checked";
  }
  return "";
}

const char* name_of(GapReason::Kind kind) {
  switch (kind) {
    case GapReason::Kind::announced:
      return "announced";
    case GapReason::Kind::elsewhere:
      return "elsewhere";
    case GapReason::Kind::unknown:
      return "unknown";
  }
  return "";
}

Json stream_json(const StreamReport& s) {
  Json j;
  j["direction"] = short_name(s.direction);
  j["state"] = to_string(s.state);
  j["start_known"] = s.start_known;
  j["first_dsn"] = big(s.first_dsn);
  j["length"] = s.length ? Json(big(*s.length)) : Json();
  j["end_seen"] = big(s.end_seen);
  j["captured"] = big(s.captured);
  j["contiguous"] = big(s.contiguous);
  j["recovered"] = big(s.recovered);
  j["recovered_ranges"] = Json::array();
  for (const auto& range : s.recovered_ranges) j["recovered_ranges"].push_back(range_json(range));
  j["recovered_ranges_cut"] = s.recovered_ranges_cut;
  j["gap_count"] = big(s.gap_count);
  j["gap_bytes"] = big(s.gap_bytes);
  j["gaps"] = Json::array();
  for (const auto& gap : s.gaps) {
    Json g;
    g["range"] = range_json(gap.range);
    g["dsn"] = big(gap.dsn);
    g["reasons"] = Json::array();
    for (const auto& reason : gap.reasons) {
      Json r;
      r["range"] = range_json(reason.range);
      r["kind"] = name_of(reason.kind);
      if (reason.kind != GapReason::Kind::unknown) r["subflow"] = reason.subflow;
      g["reasons"].push_back(r);
    }
    j["gaps"].push_back(g);
  }
  j["sha256"] = s.sha256 ? Json(*s.sha256) : Json();
  j["key_order"] = !s.key_order ? Json() : Json(*s.key_order == KeyOrder::wire ? "wire" : "host");
  j["retransmitted"] = big(s.counters.retransmitted);
  j["reinjected"] = big(s.counters.reinjected);
  j["differing"] = big(s.counters.differing);
  j["not_compared"] = big(s.counters.not_compared);
  j["dropped_by_limit"] = big(s.counters.dropped_by_limit);
  j["checks_passed"] = big(s.checks_passed);
  j["checks_failed"] = big(s.checks_failed);
  return j;
}

Json subflow_json(const SubflowReport& f) {
  Json j;
  j["subflow"] = f.index;
  j["initial"] = f.initial;
  j["opened_by"] = f.opened_by_listener ? "listener" : "initiator";
  j["initiator"] = to_string(f.initiator);
  j["listener"] = to_string(f.listener);
  j["path"] = f.path;
  j["path_name"] = f.path_name;
  j["trust"] = f.trust == Trust::unknown ? Json() : Json(to_string(f.trust));
  j["syn_seen"] = f.syn_seen;
  j["backup"] = f.backup;
  j["reset"] = f.reset;
  j["first_frame"] = big(f.first_frame);
  j["token"] = f.token ? Json(fmt::format("{:08x}", *f.token)) : Json();
  j["hmac"] = Json{{"opener", name_of(f.opener_hmac)}, {"accepter", name_of(f.accepter_hmac)}};
  for (const Direction d : both_directions) {
    const SubflowShare& share = f.share[index(d)];
    j[short_name(d)] = Json{{"bytes", big(share.first_bytes)},
                            {"payload", big(share.payload_bytes)},
                            {"segments", big(share.segments)},
                            {"cut", big(share.cut_bytes)},
                            {"checksums_right", big(share.checksums_right)},
                            {"checksums_wrong", big(share.checksums_wrong)},
                            {"checksums_not_judged", big(share.checksums_not_judged)},
                            {"isn_guessed", share.isn_guessed}};
  }
  return j;
}

Json connection_json(const ConnectionReport& c, const Options& options) {
  Json j;
  j["connection"] = c.number;
  j["version"] = c.version ? Json(*c.version) : Json();
  j["scrambling"] = to_string(c.scrambling);
  const bool decided = c.scrambling != Scrambling::plain && c.scrambling != Scrambling::not_visible;
  j["scheme"] = decided ? Json(to_string(c.scheme)) : Json();
  for (int side = 0; side < 2; ++side) {
    Json key;
    key["known"] = c.keys[side].has_value();
    key["source"] = name_of(c.key_source[side]);
    if (options.show_keys && c.keys[side]) key["key"] = to_string(*c.keys[side]);
    key["capable_flags"] =
        c.capable_flags[side] ? Json(fmt::format("{:#04x}", *c.capable_flags[side])) : Json();
    j[side == 0 ? "initiator" : "listener"] = key;
  }
  j["token"] = c.orphan_token ? Json(fmt::format("{:08x}", *c.orphan_token)) : Json();
  j["handshake_seen"] = c.handshake_seen;
  j["fallback"] = c.fallback;
  j["infinite_mapping"] = c.infinite_mapping;
  j["fastclose"] = c.fastclose;
  j["addresses_announced"] = big(c.addresses_announced);
  j["addresses_removed"] = big(c.addresses_removed);
  j["subflows"] = Json::array();
  for (const auto& subflow : c.subflows)
    if (selected(options, subflow)) j["subflows"].push_back(subflow_json(subflow));
  j["streams"] = Json::array();
  for (const auto& stream : c.streams)
    if (selected(options, stream.direction)) j["streams"].push_back(stream_json(stream));
  return j;
}

// ASCII only: names in a capture may hold what turns a terminal's text around.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace);
}

/// `json` as it stands at that depth. Strings hold no line ends of their own, so indenting lines changes
/// nothing else.
std::string indented_text_of(const Json& json, std::size_t depth) {
  std::string out;
  for (const char c : text_of(json)) {
    out += c;
    if (c == '\n') out.append(2 * depth, ' ');
  }
  return out;
}

/// As a tree, the report of one connection takes 14 kB: of a million, only one is there at a time.
tl::expected<void, std::string> write_connections(const SessionReport& report, const Options& options,
                                                  const ReportWriter& write) {
  bool any = false;
  for (const auto& connection : report.connections) {
    if (!selected(options, connection)) continue;
    const std::string text = indented_text_of(connection_json(connection, options), 2);
    if (auto written = write((any ? ",\n    " : "\n    ") + text); !written) return written;
    any = true;
  }
  return any ? write("\n  ") : tl::expected<void, std::string>();
}

/// The members that every report begins with.
Json json_envelope() {
  constexpr int schema_version = 1;
  return {{"schema_version", schema_version}, {"program", "mpscramble-analyze " MPS_VERSION}};
}

}  // namespace

std::string json_document(const char* member, nlohmann::ordered_json content) {
  Json document = json_envelope();
  document[member] = std::move(content);
  return text_of(document) + "\n";
}

tl::expected<void, std::string> write_json_report(const SessionReport& report, const Options& options,
                                                  const std::vector<StreamLeakage>* leakage,
                                                  const ReportWriter& write) {
  Json j = json_envelope();
  j["interrupted"] = report.interrupted;
  j["packets"] = big(report.source.packets);
  j["duplicates"] = big(report.source.duplicates);
  j["tcp_segments"] = big(report.tcp_segments);
  j["mptcp_segments"] = big(report.mptcp_segments);
  Json unused;
  for (std::size_t i = 1; i < report.dissect.size(); ++i)
    unused[std::string(to_string(static_cast<DissectStatus>(i)))] = big(report.dissect[i]);
  j["unused_packets"] = unused;
  j["refused_connections"] = big(report.refused_connections);
  j["paths"] = Json::array();
  for (const auto& path : report.paths)
    j["paths"].push_back(
        Json{{"file", path.file},
             {"interface", path.interface_name},
             {"description", path.description},
             {"comment", path.comment},
             {"link_type", path.link},
             {"snaplen", path.snaplen},
             {"trust", path.trust == Trust::unknown ? Json() : Json(to_string(path.trust))}});
  j["errors"] = Json::array();
  for (const auto& error : report.errors)
    j["errors"].push_back(
        Json{{"file", error.file}, {"packet", big(error.packet)}, {"reason", error.reason}});
  j["connections"] = Json::array();  // filled below
  if (leakage) j["leakage"] = leakage_json(*leakage, options);
  Json anomalies;
  anomalies["total"] = big(report.anomalies.total());
  anomalies["counts"] = Json::object();
  for (std::size_t k = 0; k < anomaly_kinds; ++k) {
    const auto kind = static_cast<AnomalyKind>(k);
    if (const auto n = report.anomalies.count(kind))
      anomalies["counts"][std::string(to_string(kind))] = big(n);
  }
  anomalies["list"] = Json::array();
  for (const auto& a : report.anomalies.list()) {
    const ConnectionReport* owner = owner_of(report, a);
    if (owner && !selected(options, *owner)) continue;
    anomalies["list"].push_back(Json{{"kind", std::string(to_string(a.kind))},
                                     {"frame", big(a.frame)},
                                     {"connection", owner ? Json(owner->number) : Json()},
                                     {"subflow", a.subflow},
                                     {"value", big(a.value)},
                                     {"bytes", big(a.count)}});
  }
  j["anomalies"] = anomalies;
  const std::string text = text_of(j) + "\n";
  constexpr std::string_view place = "\n  \"connections\": [";
  const std::size_t at = text.find(place) + place.size();
  return write(std::string_view(text).substr(0, at))
      .and_then([&] { return write_connections(report, options, write); })
      .and_then([&] { return write(std::string_view(text).substr(at)); });
}

}  // namespace mps
