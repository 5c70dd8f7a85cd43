// SPDX-License-Identifier: GPL-2.0-or-later
/// For tests: a measurement made by hand, in which no two numbers are the same, so that one in another's
/// place shows. They do not fit together as those of a real one do.
#pragma once

#include "analyzer/leakage_run.h"

namespace mps {

/// Three runs of 1000 stream bytes: accepted, accepted but for columns 3 and 40, and a guess with a parity
/// that fails.
inline Leakage made_leakage() {
  Leakage l;
  l.observer = "0+2";
  l.tapped = 5;
  l.sees_handshake = true;
  l.start_known = true;
  l.stream_bytes = 1000;
  l.seen_bytes = 220;
  l.runs = {{0, 80}, {300, 380}, {540, 600}};

  ExactResult exact;
  exact.determined.append(Interval{0, 13});
  exact.determined.append(Interval{100, 104});
  exact.determined_seen_count = 13;
  exact.independent_equations = 201;
  exact.redundant_equations = 19;
  exact.checks_passed = 17;
  exact.checks_failed = 2;
  exact.failed_checks = {{70, 72}};
  exact.key_equivocation_bits = 48;
  exact.targets = {{1760, 500}, {3000, 700}, {8000, 7100}};
  exact.runs = {{{0, 80}, 65, 12, 6}, {{300, 380}, 65, 0, 64}, {{540, 600}, 60, 0, 60}};
  l.exact = exact;

  HeadExposure head;
  head.exposed = {{0, 60}};
  head.without_key.append(Interval{7, 18});
  head.key_bytes_bound = 5;
  l.head = head;

  const auto run = [](Verdict verdict, std::size_t size, double bits, double below, float confidence) {
    RunRecovery r;
    r.verdict = verdict;
    r.region.assign(64 + size, 0xab);
    r.column_probability.fill(1);
    r.bits_per_byte = bits;
    r.accept_below = below;
    r.confidence = confidence;
    r.parity = true;
    return r;
  };
  Inference inference;
  inference.model = "some model";
  inference.model_bits_per_byte = 2.25;
  inference.attacked_bytes = 210;
  inference.all_attacked = false;
  inference.claim = {.runs = 3,
                     .runs_accepted = 1,
                     .runs_in_part = 1,
                     .bytes = 190,
                     .bytes_accepted = 150,
                     .expected_right = 140.5};
  inference.runs = {run(Verdict::accepted, 80, 2.125, 3.5, 0.75F),
                    run(Verdict::partly, 80, 2.375, 3.75, 0.5F),
                    run(Verdict::parity_fails, 60, 7.5, 4, 0.25F)};
  inference.runs[0].parity_mass = 0.5;
  inference.runs[0].evidence_bits = 321.5;
  inference.runs[1].from_area = true;
  for (const std::size_t column : {3, 40}) inference.runs[1].column_probability[column] = 0.5F;
  inference.runs[2].parity = false;
  inference.key = {{{0x01, 0x0a, 0xff}, 0, 0.875}, {{0xc0, 0xff, 0xee}, 3, 0.125}};
  inference.unicity_runs = 2;
  RecoveryScore score;
  score.bytes = 200;
  score.bytes_right = 160;
  score.accepted_bytes = 145;
  score.accepted_bytes_right = 141;
  score.before_bytes = 128;
  score.before_right = 96;
  score.mean = 0.625;
  score.median = 0.5;
  score.least = 0.125;
  score.opened = {1, 4, 0.25, 0.0625, 0.6875};
  score.accepted = {2, 5, 0.375, 0.1875, 0.75};
  score.accepted_right = {3, 6, 0.4375, 0.3125, 0.8125};
  inference.score = score;
  l.inference = inference;

  l.sign.detected = true;
  l.sign.false_alarm = 0.0001;
  l.sign.difference = {.count = 217, .zeros = 20, .zero_rate = 0.0925, .z = 20.5, .enough = true};
  l.sign.spectrum.top_lag = 65;
  l.sign.spectrum.rate[65] = 0.28125;
  l.randomness.size = 220;
  l.randomness.entropy = 6.5;
  l.randomness.entropy_expected = 7.25;
  l.randomness.chi_square = 512.5;
  l.randomness.chi_square_p = 0.0078125;
  l.randomness.chi_square_valid = true;
  l.randomness.top_bit_share = 0.1875;
  l.randomness.serial_correlation = -0.375;
  l.randomness.histogram[255] = 33;
  l.zero_work = ZeroWorkLeak{219, 0.015625, 0.0078, 0.0234, 0.21875, {}};
  Controls controls;
  controls.prf_runs = 3;
  controls.prf_accepted = 1;
  controls.prf_right = 0.0043;
  controls.prf_difference.z = -1.25;
  controls.prf_randomness.entropy = 7.125;
  controls.gzip_bytes = 333;
  l.controls = controls;
  l.truth_at = 11;
  return l;
}

/// A stream with that observer, two cribs that were looked for in his runs, and two rows of the matrix.
inline StreamLeakage made_stream() {
  StreamLeakage stream;
  stream.connection = 4;
  stream.direction = Direction::listener_to_initiator;
  stream.truth_known = true;
  stream.observers = {made_leakage()};
  stream.dragged = {{"GET\x1b[2J", "0+2", 1, {{64, 2.5, 90}, {3, 4.25, 80}}},
                    {"Host", "0+2", 2, {{70, 1.5, 7}}}};
  stream.matrix = {{"0", 1, 510, 12, 14}, {"0+1", 3, 1000, 980, 990}};
  return stream;
}

}  // namespace mps
