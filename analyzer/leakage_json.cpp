// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace mps {
namespace {

using Json = nlohmann::ordered_json;

std::string big(std::uint64_t value) {
  return fmt::format("{}", value);
}
/// JSON has no infinity.
Json real(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json ranges(const Intervals& intervals) {
  Json list = Json::array();
  for (const Interval& i : intervals) list.push_back(Json::array({big(i.begin), big(i.end)}));
  return list;
}

Json share(const Proportion& p) {
  return Json{{"hits", p.hits}, {"trials", p.trials}, {"share", p.share}, {"low", p.low}, {"high", p.high}};
}

Json exact_json(const ExactResult& e) {
  constexpr std::size_t max_ranges = 4096;
  Json j;
  j["determined"] = big(e.determined.count());
  j["determined_seen"] = big(e.determined_seen_count);
  j["determined_ranges"] = ranges(e.determined.ranges(max_ranges));
  const char* names[] = {"seen", "seen_and_64_before", "whole"};
  for (std::size_t i = 0; i < e.targets.size() && i < 3; ++i)
    j["targets"][names[i]] = Json{{"prior_bits", big(e.targets[i].prior_bits)},
                                  {"equivocation_bits", big(e.targets[i].equivocation_bits)},
                                  {"leak_bits", big(e.targets[i].leak_bits())}};
  j["independent_equations"] = big(e.independent_equations);
  j["redundant_equations"] = big(e.redundant_equations);
  j["checks_passed"] = big(e.checks_passed);
  j["checks_failed"] = big(e.checks_failed);
  j["failed_checks"] = ranges(e.failed_checks);
  j["key_equivocation_bits"] = big(e.key_equivocation_bits);
  j["runs"] = Json::array();
  for (const RunSummary& run : e.runs)
    j["runs"].push_back(Json{{"from", big(run.where.begin)},
                             {"to", big(run.where.end)},
                             {"columns", run.columns},
                             {"columns_open", run.columns_open},
                             {"bytes_to_open", run.bytes_to_open}});
  return j;
}

Json inference_json(const Leakage& l, const Options& options) {
  const Inference& i = *l.inference;
  Json j;
  j["verified"] = i.score.has_value();
  j["model"] = i.model;
  j["model_bits_per_byte"] = real(i.model_bits_per_byte);
  j["attacked_bytes"] = big(i.attacked_bytes);
  j["all_attacked"] = i.all_attacked;
  j["runs"] = i.claim.runs;
  j["runs_accepted"] = i.claim.runs_accepted;
  j["runs_accepted_in_part"] = i.claim.runs_in_part;
  j["bytes_accepted"] = i.claim.bytes_accepted;
  j["bytes_guessed"] = i.claim.bytes - i.claim.bytes_accepted;
  j["expected_right"] = real(i.claim.expected_right);
  j["unicity_runs"] = i.unicity_runs;
  if (i.score) {
    const RecoveryScore& s = *i.score;
    j["score"] = Json{{"bytes", s.bytes},
                      {"bytes_right", s.bytes_right},
                      {"accepted_bytes", s.accepted_bytes},
                      {"accepted_bytes_right", s.accepted_bytes_right},
                      {"guessed_bytes", s.guessed_bytes()},
                      {"guessed_bytes_right", s.guessed_bytes_right()},
                      {"before_bytes", s.before_bytes},
                      {"before_right", s.before_right},
                      {"mean", s.mean},
                      {"median", s.median},
                      {"least", s.least},
                      {"opened", share(s.opened)},
                      {"accepted", share(s.accepted)},
                      {"accepted_right", share(s.accepted_right)}};
  }
  j["per_run"] = Json::array();
  for (std::size_t k = 0; k < i.runs.size() && k < l.runs.size(); ++k) {
    const RunRecovery& r = i.runs[k];
    j["per_run"].push_back(Json{{"from", big(l.runs[k].begin)},
                                {"to", big(l.runs[k].end)},
                                {"verdict", std::string(to_string(r.verdict))},
                                {"bytes_accepted", r.accepted_bytes()},
                                {"parity", r.parity},
                                {"parity_mass", r.parity_mass},
                                {"from_area", r.from_area},
                                {"bits_per_byte", real(r.bits_per_byte)},
                                {"accept_below", real(r.accept_below)},
                                {"evidence_bits", real(r.evidence_bits)},
                                {"confidence", r.confidence}});
    if (r.verdict == Verdict::partly) {  // by stream offset mod 65
      Json doubt = Json::array();
      for (std::size_t c = 0; c < pad_columns; ++c)
        if (!r.sure(c)) doubt.push_back((l.runs[k].begin + 1 + c) % pad_columns);
      j["per_run"].back()["columns_in_doubt"] = doubt;
    }
    // The 64 bytes that the observer did not see; at the stream's very start these are the register.
    if (r.accepted() && l.runs[k].begin >= pad_window)
      j["per_run"].back()["before"] = fmt::format("{:02x}", fmt::join(r.before(), ""));
  }
  j["key_candidates"] = Json::array();
  for (const KeyCandidate& key : i.key) {
    Json candidate{{"probability", real(key.probability)}};
    if (options.show_keys) candidate["bytes"] = fmt::format("{:02x}", fmt::join(key.bytes, ""));
    j["key_candidates"].push_back(candidate);
  }
  return j;
}

Json observer_json(const Leakage& l, const Options& options) {
  Json j;
  j["observer"] = l.observer;
  j["tapped_mask"] = big(l.tapped);
  j["sees_handshake"] = l.sees_handshake;
  j["has_key"] = l.has_key;
  j["scrambled"] = l.scrambled;
  j["scheme"] = l.scrambled && l.scheme_known ? Json(to_string(l.scheme)) : Json();
  j["start_known"] = l.start_known;
  j["stream_bytes"] = big(l.stream_bytes);
  j["seen_bytes"] = big(l.seen_bytes);
  j["runs"] = ranges(l.runs);
  j["claim_of_the_paper_bytes"] = "0";
  const double whole = l.stream_bytes ? static_cast<double>(l.stream_bytes) : 1;
  j["curve"] = Json{{"seen", static_cast<double>(l.seen_bytes) / whole},
                    {"exact", static_cast<double>(l.exact_seen()) / whole},
                    {"inferred", static_cast<double>(l.inferred_seen()) / whole}};
  if (l.inference && l.inference->score)
    j["curve"]["right"] = static_cast<double>(l.inference->score->bytes_right) / whole;
  j["truth_at"] = l.truth_at ? Json(big(*l.truth_at)) : Json();
  j["exact"] = l.exact ? exact_json(*l.exact) : Json();
  if (l.head)
    j["head"] = Json{{"exposed", ranges(l.head->exposed)},
                     {"determined_without_key", big(l.head->without_key.count())},
                     {"key_bytes_exposed", big(l.head->key_bytes_bound)}};
  j["inferred"] = l.inference ? inference_json(l, options) : Json();
  j["zero_work"] = l.zero_work ? Json{{"bytes", l.zero_work->bytes},
                                      {"equal_rate", l.zero_work->equal_rate},
                                      {"equal_low", l.zero_work->equal_low},
                                      {"equal_high", l.zero_work->equal_high},
                                      {"naive_rate", l.zero_work->naive_rate}}
                               : Json();
  Json spectrum = Json::array();
  for (std::size_t lag = 1; lag <= max_lag; ++lag) spectrum.push_back(l.sign.spectrum.rate[lag]);
  j["sign"] = Json{{"detected", l.sign.detected},
                   {"false_alarm", l.sign.false_alarm},
                   {"zero_rate", l.sign.difference.zero_rate},
                   {"z", real(l.sign.difference.z)},
                   {"enough", l.sign.difference.enough},
                   {"top_lag", l.sign.spectrum.top_lag},
                   {"lag_rate", spectrum}};
  j["randomness"] =
      Json{{"bytes", l.randomness.size},
           {"entropy", l.randomness.entropy},
           {"entropy_expected", l.randomness.entropy_expected},
           {"chi_square", real(l.randomness.chi_square)},
           {"chi_square_p", l.randomness.chi_square_valid ? Json(l.randomness.chi_square_p) : Json()},
           {"top_bit_share", l.randomness.top_bit_share},
           {"serial_correlation", real(l.randomness.serial_correlation)},
           {"histogram", l.randomness.histogram}};
  if (l.controls) {
    const Controls& c = *l.controls;
    j["controls"] = Json{{"prf_runs", c.prf_runs},
                         {"prf_accepted", c.prf_accepted},
                         {"prf_right", c.prf_right ? Json(*c.prf_right) : Json()},
                         {"prf_z", real(c.prf_difference.z)},
                         {"prf_entropy", c.prf_randomness.entropy},
                         {"gzip_bytes", c.gzip_bytes},
                         {"gzip_accepted", c.gzip_accepted}};
  }
  j["cancelled"] = l.cancelled;
  j["verdict"] = verdict_sentence(l);
  return j;
}

}  // namespace

nlohmann::ordered_json leakage_json(const std::vector<StreamLeakage>& results, const Options& options) {
  Json list = Json::array();
  for (const StreamLeakage& stream : results) {
    Json j;
    j["connection"] = stream.connection;
    j["direction"] = short_name(stream.direction);
    j["truth_known"] = stream.truth_known;
    j["observers"] = Json::array();
    for (const Leakage& l : stream.observers) j["observers"].push_back(observer_json(l, options));
    j["matrix"] = Json::array();
    for (const auto& row : stream.matrix)
      j["matrix"].push_back(Json{{"taps", row.taps},
                                 {"seen", big(row.seen)},
                                 {"exact_without_key", big(row.exact_without_key)},
                                 {"exact_with_key", big(row.exact_with_key)}});
    j["dragged"] = Json::array();
    for (const auto& d : stream.dragged) {
      Json places = Json::array();
      for (const CribPlace& p : d.places)
        places.push_back(Json{{"position_in_run", static_cast<std::int64_t>(p.position) - 64},
                              {"bits_per_byte", real(p.bits_per_byte)},
                              {"implied", p.implied}});
      j["dragged"].push_back(
          Json{{"crib", d.crib}, {"observer", d.observer}, {"run", d.run}, {"places", places}});
    }
    list.push_back(j);
  }
  return list;
}

}  // namespace mps
