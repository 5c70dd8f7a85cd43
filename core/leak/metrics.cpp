// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/metrics.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/scramble/mps_scramble.h"

namespace mps {
namespace {

constexpr double opened_share = 0.99;

std::size_t equal_bytes(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  return same;
}

}  // namespace

UnicityMargin unicity_margin(std::size_t run_size, double bits_per_byte) {
  const auto n = static_cast<double>(run_size);
  const double h = bits_per_byte;
  return {8 * n - h * (n + pad_window),
          h < 8 ? pad_window * h / (8 - h) : std::numeric_limits<double>::infinity()};
}

RecoveryScore score_recovery(std::span<const RunRecovery> results,
                             std::span<const std::span<const std::uint8_t>> truth) {
  RecoveryScore out;
  std::vector<double> shares;
  std::size_t opened = 0;
  std::size_t accepted = 0;
  std::size_t accepted_right = 0;
  for (std::size_t k = 0; k < std::min(results.size(), truth.size()); ++k) {
    const RunRecovery& result = results[k];
    const auto seen = result.seen();
    if (seen.empty()) continue;
    const bool whole = truth[k].size() == result.region.size();
    if (!whole && truth[k].size() != seen.size()) continue;
    const std::size_t right = equal_bytes(seen, truth[k].last(seen.size()));
    if (whole) {
      out.before_bytes += pad_window;
      out.before_right += equal_bytes(result.before(), truth[k].first(pad_window));
    }
    out.bytes += seen.size();
    out.bytes_right += right;
    const auto original = truth[k].last(seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!result.accepts(pad_window + i)) continue;
      ++out.accepted_bytes;
      out.accepted_bytes_right += seen[i] == original[i];
    }
    const double share = static_cast<double>(right) / static_cast<double>(seen.size());
    shares.push_back(share);
    opened += share >= opened_share;
    accepted += result.accepted();
    accepted_right += result.accepted() && share >= opened_share;
  }
  out.runs = shares.size();
  out.opened = wilson(opened, out.runs);
  out.accepted = wilson(accepted, out.runs);
  out.accepted_right = wilson(accepted_right, accepted);
  if (shares.empty()) return out;
  std::sort(shares.begin(), shares.end());
  for (const double share : shares) out.mean += share / static_cast<double>(shares.size());
  const std::size_t middle = shares.size() / 2;
  out.median = shares.size() % 2 ? shares[middle] : (shares[middle - 1] + shares[middle]) / 2;
  out.least = shares.front();
  return out;
}

RecoveryClaim claim_recovery(std::span<const RunRecovery> results) {
  RecoveryClaim out;
  for (const RunRecovery& result : results) {
    if (result.region.empty()) continue;
    ++out.runs;
    out.bytes += result.seen().size();
    out.runs_accepted += result.accepted();
    out.runs_in_part += result.verdict == Verdict::partly;
    for (std::size_t p = pad_window; p < result.region.size(); ++p) {
      if (!result.accepts(p)) continue;
      ++out.bytes_accepted;
      out.expected_right += static_cast<double>(result.column_probability[PadProblem::column(p)]);
    }
  }
  return out;
}

ZeroWorkLeak zero_work_leak(std::span<const std::uint8_t> run, std::span<const std::uint8_t> truth) {
  ZeroWorkLeak out;
  if (run.size() != truth.size() || run.empty()) return out;
  mps_state state;
  mps_state_init(&state, nullptr, 0);
  std::vector<std::uint8_t> naive(run.size());
  mps_descramble(&state, naive.data(), run.data(), run.size());

  std::array<std::size_t, pad_columns> count{};
  std::array<std::size_t, pad_columns> equal{};
  std::array<std::size_t, pad_columns> decoded{};
  for (std::size_t i = 0; i < run.size(); ++i) {
    ++count[i % pad_columns];
    equal[i % pad_columns] += run[i] == truth[i];
    decoded[i % pad_columns] += naive[i] == truth[i];
  }
  const std::size_t columns = std::min(run.size(), pad_columns);
  std::size_t equal_total = 0;
  std::size_t decoded_total = 0;
  std::size_t decoded_columns = 0;
  std::vector<double> rates;
  for (std::size_t c = 0; c < columns; ++c) {
    equal_total += equal[c];
    decoded_total += decoded[c];
    decoded_columns += decoded[c] == count[c];
    rates.push_back(static_cast<double>(equal[c]) / static_cast<double>(count[c]));
  }
  const auto n = static_cast<double>(run.size());
  out.bytes = run.size();
  out.equal_rate = static_cast<double>(equal_total) / n;
  out.naive_rate = static_cast<double>(decoded_total) / n;
  out.naive_columns = wilson(decoded_columns, columns);
  double square = 0;
  for (const double rate : rates) square += (rate - out.equal_rate) * (rate - out.equal_rate);
  const auto k = static_cast<double>(columns);
  const double half = columns > 1 ? 1.96 * std::sqrt(square / (k - 1) / k) : 1;
  out.equal_low = std::max(0.0, out.equal_rate - half);
  out.equal_high = std::min(1.0, out.equal_rate + half);
  return out;
}

}  // namespace mps
