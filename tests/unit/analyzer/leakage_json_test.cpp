// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/unit/analyzer/made_leakage.h"

namespace mps {
namespace {

using Json = nlohmann::ordered_json;

TEST(LeakageJson, HasEveryNumberUnderItsName) {
  Options options;
  options.show_keys = true;
  Json stream = leakage_json({made_stream()}, options).at(0);
  Json& observer = stream["observers"].at(0);
  EXPECT_EQ(observer["verdict"], verdict_sentence(made_leakage()));
  EXPECT_EQ(observer["sign"]["lag_rate"].size(), 130u);
  EXPECT_EQ(observer["sign"]["lag_rate"].at(64), 0.28125) << "the first one is of lag 1";
  EXPECT_EQ(observer["randomness"]["histogram"].size(), 256u);
  EXPECT_EQ(observer["randomness"]["histogram"].at(255), 33);
  observer.erase("verdict");
  observer["sign"].erase("lag_rate");
  observer["randomness"].erase("histogram");
  EXPECT_EQ(
      stream,
      Json::parse(
          R"({"connection": 4, "direction": "s2c", "truth_known": true, "observers": [{"observer": "0+2",
    "tapped_mask": "5", "sees_handshake": true, "has_key": false, "scrambled": true, "scheme": "paper",
    "start_known": true, "stream_bytes": "1000", "seen_bytes": "220", "runs": [["0", "80"], ["300",
    "380"], ["540", "600"]], "claim_of_the_paper_bytes": "0", "curve": {"seen": 0.22, "exact": 0.013,
    "inferred": 0.15, "right": 0.16}, "truth_at": "11", "exact": {"determined": "17", "determined_seen":
    "13", "determined_ranges": [["0", "13"], ["100", "104"]], "targets": {"seen": {"prior_bits": "1760",
    "equivocation_bits": "500", "leak_bits": "1260"}, "seen_and_64_before": {"prior_bits": "3000",
    "equivocation_bits": "700", "leak_bits": "2300"}, "whole": {"prior_bits": "8000",
    "equivocation_bits": "7100", "leak_bits": "900"}}, "independent_equations": "201",
    "redundant_equations": "19", "checks_passed": "17", "checks_failed": "2", "failed_checks": [["70",
    "72"]], "key_equivocation_bits": "48", "runs": [{"from": "0", "to": "80", "columns": 65,
    "columns_open": 12, "bytes_to_open": 6}, {"from": "300", "to": "380", "columns": 65, "columns_open":
    0, "bytes_to_open": 64}, {"from": "540", "to": "600", "columns": 60, "columns_open": 0,
    "bytes_to_open": 60}]}, "head": {"exposed": [["0", "60"]], "determined_without_key": "11",
    "key_bytes_exposed": "5"}, "inferred": {"verified": true, "model": "some model",
    "model_bits_per_byte": 2.25, "attacked_bytes": "210", "all_attacked": false, "runs": 3,
    "runs_accepted": 1, "runs_accepted_in_part": 1, "bytes_accepted": 150, "bytes_guessed": 40,
    "expected_right": 140.5, "unicity_runs": 2, "score": {"bytes": 200, "bytes_right": 160,
    "accepted_bytes": 145, "accepted_bytes_right": 141, "guessed_bytes": 55, "guessed_bytes_right": 19,
    "before_bytes": 128, "before_right": 96, "mean": 0.625, "median": 0.5, "least": 0.125, "opened":
    {"hits": 1, "trials": 4, "share": 0.25, "low": 0.0625, "high": 0.6875}, "accepted": {"hits": 2,
    "trials": 5, "share": 0.375, "low": 0.1875, "high": 0.75}, "accepted_right": {"hits": 3, "trials":
    6, "share": 0.4375, "low": 0.3125, "high": 0.8125}}, "per_run": [{"from": "0", "to": "80",
    "verdict": "accepted", "bytes_accepted": 80, "parity": true, "parity_mass": 0.5, "from_area": false,
    "bits_per_byte": 2.125, "accept_below": 3.5, "evidence_bits": 321.5, "confidence": 0.75}, {"from":
    "300", "to": "380", "verdict": "accepted in part", "bytes_accepted": 77, "parity": true,
    "parity_mass": 0.0, "from_area": true, "bits_per_byte": 2.375, "accept_below": 3.75,
    "evidence_bits": 0.0, "confidence": 0.5, "columns_in_doubt": [44, 16]}, {"from": "540", "to": "600",
    "verdict": "parity fails", "bytes_accepted": 0, "parity": false, "parity_mass": 0.0, "from_area":
    false, "bits_per_byte": 7.5, "accept_below": 4.0, "evidence_bits": 0.0, "confidence": 0.25}],
    "key_candidates": [{"probability": 0.875, "bytes": "010aff"}, {"probability": 0.125, "bytes":
    "c0ffee"}]}, "zero_work": {"bytes": 219, "equal_rate": 0.015625, "equal_low": 0.0078, "equal_high":
    0.0234, "naive_rate": 0.21875}, "sign": {"detected": true, "false_alarm": 0.0001, "zero_rate":
    0.0925, "z": 20.5, "enough": true, "top_lag": 65}, "randomness": {"bytes": 220, "entropy": 6.5,
    "entropy_expected": 7.25, "chi_square": 512.5, "chi_square_p": 0.0078125, "top_bit_share": 0.1875,
    "serial_correlation": -0.375}, "controls": {"prf_runs": 3, "prf_accepted": 1, "prf_right": 0.0043,
    "prf_z": -1.25, "prf_entropy": 7.125, "gzip_bytes": 333, "gzip_accepted": false}, "cancelled":
    false}], "matrix": [{"taps": "0", "seen": "510", "exact_without_key": "12", "exact_with_key": "14"},
    {"taps": "0+1", "seen": "1000", "exact_without_key": "980", "exact_with_key": "990"}], "dragged":
    [{"crib": "GET\u001b[2J", "observer": "0+2", "run": 1, "places": [{"position_in_run": 0,
    "bits_per_byte": 2.5, "implied": 90}, {"position_in_run": -61, "bits_per_byte": 4.25, "implied":
    80}]}, {"crib": "Host", "observer": "0+2", "run": 2, "places": [{"position_in_run": 6,
    "bits_per_byte": 1.5, "implied": 7}]}]})"))
      << stream.dump(1);
}

TEST(LeakageJson, KeepsKeysToItself) {
  const Json json = leakage_json({made_stream()}, Options{});
  EXPECT_EQ(json.at(0)["observers"].at(0)["inferred"]["key_candidates"],
            Json::parse(R"([{"probability": 0.875}, {"probability": 0.125}])"));
}

TEST(LeakageJson, SaysNullForWhatIsNotThere) {
  StreamLeakage stream = made_stream();
  Leakage& l = stream.observers[0];
  l.inference->runs[0].bits_per_byte = std::numeric_limits<double>::infinity();
  l.scheme_known = false;
  l.exact.reset();
  l.head.reset();
  l.zero_work.reset();
  l.controls.reset();
  l.truth_at.reset();
  l.randomness.chi_square_valid = false;
  const Json observer = leakage_json({stream}, Options{}).at(0)["observers"].at(0);
  EXPECT_EQ(observer["inferred"]["per_run"].at(0)["bits_per_byte"], Json());
  for (const char* name : {"scheme", "exact", "zero_work", "truth_at"})
    EXPECT_EQ(observer.at(name), Json()) << name;
  EXPECT_EQ(observer["randomness"]["chi_square_p"], Json());
  EXPECT_FALSE(observer.contains("head"));
  EXPECT_FALSE(observer.contains("controls"));
  l.inference.reset();
  EXPECT_EQ(leakage_json({stream}, Options{}).at(0)["observers"].at(0).at("inferred"), Json());
}

/// The 64 bytes before an accepted run are told where there are that many.
TEST(LeakageJson, TellsTheBytesBeforeARun) {
  StreamLeakage stream = made_stream();
  Leakage& l = stream.observers[0];
  l.inference->runs[1].verdict = Verdict::accepted;
  l.inference->runs[1].region[63] = 0x0c;
  const Json runs = leakage_json({stream}, Options{}).at(0)["observers"].at(0)["inferred"]["per_run"];
  EXPECT_FALSE(runs.at(0).contains("before"));
  std::string expected;
  for (int i = 0; i < 63; ++i) expected += "ab";
  EXPECT_EQ(runs.at(1).at("before"), expected + "0c");
  EXPECT_FALSE(runs.at(2).contains("before"));
}

}  // namespace
}  // namespace mps
