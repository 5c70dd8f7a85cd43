// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/repeating_areas.h"

#include <algorithm>
#include <array>

namespace mps {
namespace {

struct Period {
  std::size_t length;
  /// An original byte is the scrambled one so many places later: 65 places hold each byte of the pattern an
  /// even number of times but for this one. 65 = 21 * 3 + 2, and 1 modulo the other lengths.
  std::size_t later;
};
constexpr std::array<Period, 5> periods{{{1, 0}, {2, 0}, {3, 2}, {4, 0}, {8, 0}}};

}  // namespace

std::vector<RepeatingArea> repeating_areas(std::span<const std::uint8_t> run, std::size_t least) {
  std::vector<RepeatingArea> out;
  for (const Period& period : periods) {
    std::size_t begin = 0;
    for (std::size_t i = period.length; i <= run.size(); ++i) {
      if (i < run.size() && run[i] == run[i - period.length]) continue;
      const std::size_t size = i - begin;
      const bool within = std::any_of(out.begin(), out.end(), [&](const RepeatingArea& area) {
        return begin + period.length >= area.begin && i <= area.begin + area.size + period.length;
      });
      if (size >= least && !within) out.push_back({begin, size, period.length, run[begin]});
      begin = i + 1 - period.length;
    }
  }
  std::sort(out.begin(), out.end(),
            [](const RepeatingArea& a, const RepeatingArea& b) { return a.begin < b.begin; });
  return out;
}

Pad pad_of_area(const PadProblem& problem, std::span<const std::uint8_t> run, const RepeatingArea& area) {
  const auto period =
      std::find_if(periods.begin(), periods.end(), [&](const Period& p) { return p.length == area.period; });
  Pad pad{};
  // Position k of the 65 stands 64 - k bytes before the area's first.
  const std::size_t shift = (area.period - pad_window % area.period) % area.period;
  for (std::size_t k = 0; k < pad_columns; ++k) {
    const std::size_t phase = (k + shift + period->later) % area.period;
    const std::size_t p = area.begin + k;
    pad[PadProblem::column(p)] = problem.base[p] ^ run[area.begin + phase];
  }
  return pad;
}

}  // namespace mps
