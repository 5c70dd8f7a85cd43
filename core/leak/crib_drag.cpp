// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/crib_drag.h"

#include <algorithm>

namespace mps {
namespace {

constexpr std::size_t max_rows_judged = 200;

/// Pad bytes under the crib at a place; false if the crib contradicts itself 65 bytes later.
bool imply_pad(const PadProblem& problem, std::span<const std::uint8_t> crib, std::size_t place,
               std::array<std::optional<std::uint8_t>, pad_columns>& pad) {
  pad.fill(std::nullopt);
  for (std::size_t k = 0; k < crib.size(); ++k) {
    auto& byte = pad[PadProblem::column(place + k)];
    const auto value = static_cast<std::uint8_t>(problem.base[place + k] ^ crib[k]);
    if (byte && *byte != value) return false;
    byte = value;
  }
  return true;
}

}  // namespace

std::vector<CribPlace> drag_crib(const ScrambledRun& run, std::span<const std::uint8_t> crib,
                                 const LanguageModel& model, std::size_t keep) {
  if (run.bytes.empty() || crib.empty()) return {};
  const PadProblem problem = make_pad_problem(run, pad_window, {});
  if (crib.size() > problem.size()) return {};
  const auto rows = spread_rows(problem.size(), max_rows_judged);
  const std::size_t width = std::min(crib.size(), pad_columns);
  std::vector<CribPlace> out;
  std::array<std::optional<std::uint8_t>, pad_columns> pad;
  std::vector<std::uint8_t> fragment;
  for (std::size_t place = problem.text_begin; place + crib.size() <= problem.size(); ++place) {
    if (!imply_pad(problem, crib, place, pad)) continue;
    CribPlace found{place, 0, 0};
    double bits = 0;
    for (const std::size_t row : rows) {
      const std::size_t begin = row * pad_columns + PadProblem::column(place);
      if (begin + width > place && begin < place + crib.size()) continue;  // the crib itself
      if (begin < problem.text_begin) continue;
      fragment.clear();
      for (std::size_t p = begin; p < std::min(begin + width, problem.size()); ++p)
        fragment.push_back(problem.base[p] ^ *pad[PadProblem::column(p)]);
      bits += model.cost_bits(fragment);
      found.implied += fragment.size();
    }
    if (found.implied == 0) continue;
    found.bits_per_byte = bits / static_cast<double>(found.implied);
    out.push_back(found);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const CribPlace& a, const CribPlace& b) { return a.bits_per_byte < b.bits_per_byte; });
  if (out.size() > keep) out.resize(keep);
  return out;
}

}  // namespace mps
