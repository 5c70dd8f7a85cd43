// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lab_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "analyzer/terminal.h"

namespace mps {
namespace {

std::string number(std::uint64_t value) {
  return fmt::format("{}", value);
}

std::string cost_text(const lab::Cost& cost) {
  return fmt::format("{:.2f} / {:.2f}", cost.encode_ns, cost.decode_ns);
}

std::string heading(const LabResult& result) {
  const lab::LabReport& report = result.report;
  std::string text =
      fmt::format("Lab: {}, {} bytes of plaintext\n", printable(result.subject.name), report.length);
  text += fmt::format("  sent by    {}; {} segments, {} bytes repeated\n", report.schedule, report.segments,
                      report.repeated_bytes);
  for (std::size_t k = 0; k < report.paths.size(); ++k) {
    const lab::PathResult& path = report.paths[k];
    text +=
        fmt::format("  path {:<5} {}, {}{}: {} bytes, first with {} of the stream\n", k, printable(path.name),
                    path.trusted ? "trusted" : "untrusted", path.handshake ? ", the handshake" : "",
                    path.sent_bytes, lab_percent(path.first_bytes, report.length));
  }
  text += fmt::format(
      "  attacks    {}\n\n",
      report.models.empty() ? "none" : "models: " + report.models + "; checked against the plaintext");
  return text;
}

Table text_table(const lab::LabReport& report) {
  Table table;
  table.columns = {{"scheme"},      {"expansion", true}, {"observer"},        {"keys"},     {"touched", true},
                   {"exact", true}, {"leaked", true},    {"recovered", true}, {"rests on"}, {"attack"}};
  bool any_cost = false;
  for (const lab::SchemeResult& scheme : report.schemes) any_cost = any_cost || scheme.cost;
  if (any_cost) table.columns.insert(table.columns.begin() + 2, {"ns/byte", true});
  for (const lab::SchemeResult& scheme : report.schemes) {
    bool first = true;
    for (const lab::ObserverResult& observer : scheme.observers) {
      std::vector<std::string> row{first ? scheme.info.name : "",
                                   first ? fmt::format("{:.3f}", scheme.expansion) : "",
                                   observer.name,
                                   observer.sees_handshake ? "yes" : "",
                                   lab_percent(observer.covered, report.length),
                                   lab_percent(observer.determined, report.length),
                                   lab_percent(observer.covered_leak_bits, 8 * observer.covered),
                                   lab_percent(observer.recovered(), report.length),
                                   to_string(observer.basis),
                                   attack_words(observer)};
      if (any_cost) row.insert(row.begin() + 2, first && scheme.cost ? cost_text(*scheme.cost) : "");
      table.rows.push_back(std::move(row));
      first = false;
    }
  }
  return table;
}

std::string legend(const lab::LabReport& report) {
  std::string text =
      "\n  touched    share of the stream that something on a tapped path speaks about\n"
      "  exact      share of the stream that follows with certainty\n"
      "  leaked     bits that the tapped bytes tell about the touched ones, of all their bits\n"
      "  recovered  share of the stream that is exact, guessed right, or legible out of order\n"
      "  rests on   what the columns exact and leaked rest on:\n";
  std::set<lab::Basis> used;
  for (const lab::SchemeResult& scheme : report.schemes)
    for (const lab::ObserverResult& observer : scheme.observers) used.insert(observer.basis);
  for (const lab::Basis basis : used)
    text += fmt::format("    {:<11} {}\n", to_string(basis), explain(basis));
  for (const lab::SchemeResult& scheme : report.schemes) {
    if (scheme.not_possible)
      text += fmt::format("  {}: left out, {}\n", scheme.info.name, *scheme.not_possible);
    if (scheme.info.block > 1)
      text += fmt::format("  {}: {} bytes of padding if each segment were padded by itself\n",
                          scheme.info.name, scheme.padding_if_each);
  }
  for (const lab::SchemeResult& scheme : report.schemes)
    if (scheme.cost) {
      text += fmt::format(
          "  ns/byte    encoding / decoding in processor time of this machine, in this run, least of 5; "
          "memcpy of the\n"
          "             same bytes took {:.3f}: only ratios mean something\n",
          scheme.cost->memcpy_ns);
      break;
    }
  if (report.cancelled) text += "  interrupted: attacks are not complete, and what comes after is missing\n";
  return text;
}

nlohmann::ordered_json json_of(const lab::ObserverResult& o) {
  nlohmann::ordered_json json{{"observer", o.name},
                              {"tapped_mask", number(o.taps)},
                              {"sees_handshake", o.sees_handshake},
                              {"wire_seen", number(o.wire_seen)},
                              {"covered", number(o.covered)},
                              {"determined", number(o.determined)},
                              {"covered_leak_bits", number(o.covered_leak_bits)},
                              {"whole_leak_bits", number(o.whole_leak_bits)},
                              {"basis", to_string(o.basis)},
                              {"recovered", number(o.recovered())},
                              {"attack", nullptr}};
  if (o.attack)
    json["attack"] = {{"method", o.attack->method},
                      {"control", o.attack->control},
                      {"guessed", number(o.attack->guessed)},
                      {"guessed_right", number(o.attack->guessed_right)},
                      {"swapped", number(o.attack->swapped)},
                      {"accepted", number(o.attack->accepted)},
                      {"accepted_right", number(o.attack->accepted_right)},
                      {"legible", number(o.attack->legible)},
                      {"attackable", number(o.attack->attackable)},
                      {"attacked", number(o.attack->attacked)}};
  return json;
}

nlohmann::ordered_json json_of(const lab::SchemeResult& s) {
  nlohmann::ordered_json json{{"scheme", s.info.name},
                              {"title", s.info.title},
                              {"reference", s.info.reference},
                              {"rule", s.info.rule},
                              {"secret", s.info.secret},
                              {"block", s.info.block},
                              {"not_possible", nullptr},
                              {"wire_once", number(s.wire_once)},
                              {"wire_sent", number(s.wire_sent)},
                              {"padding_if_each", number(s.padding_if_each)},
                              {"expansion", s.expansion},
                              {"cost", nullptr},
                              {"observers", nlohmann::ordered_json::array()}};
  if (s.not_possible) json["not_possible"] = *s.not_possible;
  if (s.cost)
    json["cost"] = {{"encode_ns_per_byte", s.cost->encode_ns},
                    {"decode_ns_per_byte", s.cost->decode_ns},
                    {"memcpy_ns_per_byte", s.cost->memcpy_ns}};
  for (const lab::ObserverResult& observer : s.observers) json["observers"].push_back(json_of(observer));
  return json;
}

}  // namespace

std::string lab_percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string attack_words(const lab::ObserverResult& observer) {
  if (!observer.attack) return "";
  const lab::AttackScore& attack = *observer.attack;
  if (attack.legible) return fmt::format("{} bytes legible, out of order", attack.legible);
  std::string words = attack.guessed == 0
                          ? "no guesses"
                          : fmt::format("{} of {} guesses right",
                                        lab_percent(attack.guessed_right, attack.guessed), attack.guessed);
  if (attack.swapped)
    words += fmt::format(", {} right for the other text", lab_percent(attack.swapped, attack.guessed));
  if (attack.control) words = fmt::format("control: {} accepted, {}", attack.accepted, words);
  if (attack.attacked < attack.attackable)
    words += fmt::format("; {} of {} bytes attacked", attack.attacked, attack.attackable);
  return words;
}

std::string lab_text(const std::vector<LabResult>& results) {
  std::string text;
  for (const LabResult& result : results) {
    if (!text.empty()) text += "\n";
    text += heading(result) + as_text(text_table(result.report)) + legend(result.report);
  }
  return text;
}

Table lab_table(const std::vector<LabResult>& results) {
  Table table;
  for (const char* name : {"stream", "scheme", "observer"}) table.columns.push_back({name});
  for (const char* name :
       {"bytes", "wire_once", "wire_sent", "padding_if_each", "sees_handshake", "wire_seen", "covered",
        "determined", "covered_leak_bits", "whole_leak_bits", "guessed", "guessed_right", "swapped",
        "accepted", "accepted_right", "legible", "attackable", "attacked", "recovered"})
    table.columns.push_back({name, true});
  table.columns.push_back({"basis"});
  for (const LabResult& result : results)
    for (const lab::SchemeResult& s : result.report.schemes)
      for (const lab::ObserverResult& o : s.observers) {
        const lab::AttackScore attack = o.attack.value_or(lab::AttackScore{});
        table.rows.push_back({printable(result.subject.name),
                              s.info.name,
                              o.name,
                              number(result.report.length),
                              number(s.wire_once),
                              number(s.wire_sent),
                              number(s.padding_if_each),
                              o.sees_handshake ? "1" : "0",
                              number(o.wire_seen),
                              number(o.covered),
                              number(o.determined),
                              number(o.covered_leak_bits),
                              number(o.whole_leak_bits),
                              number(attack.guessed),
                              number(attack.guessed_right),
                              number(attack.swapped),
                              number(attack.accepted),
                              number(attack.accepted_right),
                              number(attack.legible),
                              number(attack.attackable),
                              number(attack.attacked),
                              number(o.recovered()),
                              to_string(o.basis)});
      }
  return table;
}

nlohmann::ordered_json lab_json(const std::vector<LabResult>& results) {
  auto list = nlohmann::ordered_json::array();
  for (const LabResult& result : results) {
    const lab::LabReport& r = result.report;
    nlohmann::ordered_json json{
        {"stream", result.subject.name},
        {"bytes", number(r.length)},
        {"schedule", r.schedule},
        {"segments", number(r.segments)},
        {"repeated_bytes", number(r.repeated_bytes)},
        {"paths", nlohmann::ordered_json::array()},
        {"model", r.models.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(r.models)},
        {"cancelled", r.cancelled},
        {"schemes", nlohmann::ordered_json::array()}};
    for (const lab::PathResult& path : r.paths)
      json["paths"].push_back({{"name", path.name},
                               {"trusted", path.trusted},
                               {"handshake", path.handshake},
                               {"first_bytes", number(path.first_bytes)},
                               {"sent_bytes", number(path.sent_bytes)}});
    for (const lab::SchemeResult& scheme : r.schemes) json["schemes"].push_back(json_of(scheme));
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace mps
