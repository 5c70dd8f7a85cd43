// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/pad_problem.h"

#include <algorithm>

namespace mps {
namespace {

void fix(PadProblem& problem, std::size_t position, std::uint8_t value) {
  auto& pad = problem.fixed[PadProblem::column(position)];
  const auto wanted = static_cast<std::uint8_t>(value ^ problem.base[position]);
  if (pad && *pad != wanted) ++problem.contradictions;
  if (!pad) pad = wanted;
}

}  // namespace

std::size_t PadProblem::free_columns() const {
  return static_cast<std::size_t>(std::count(fixed.begin(), fixed.end(), std::nullopt));
}

PadProblem make_pad_problem(const ScrambledRun& run, std::size_t register_key_size,
                            std::span<const KnownText> known) {
  PadProblem problem;
  const auto seen = run.bytes;
  problem.parity = seen.front();
  problem.base.assign(seen.size() + pad_window, 0);
  for (std::size_t j = 1; j < seen.size(); ++j) {
    const std::size_t p = j + pad_window;
    problem.base[p] = problem.base[p - pad_columns] ^ seen[j] ^ seen[j - 1];
  }
  if (!run.offset) return problem;

  const auto first =
      static_cast<std::int64_t>(*run.offset) - static_cast<std::int64_t>(pad_window);  // of position 0
  if (first < 0) problem.text_begin = static_cast<std::size_t>(-first);
  const auto zeros_end = -static_cast<std::int64_t>(std::min(register_key_size, pad_window));
  for (std::size_t p = 0; first + static_cast<std::int64_t>(p) < zeros_end; ++p) fix(problem, p, 0);
  for (const KnownText& text : known) {
    for (std::size_t k = 0; k < text.bytes.size(); ++k) {
      const std::int64_t p = text.offset + static_cast<std::int64_t>(k) - first;
      if (p >= 0 && p < static_cast<std::int64_t>(problem.size()))
        fix(problem, static_cast<std::size_t>(p), text.bytes[k]);
    }
  }
  return problem;
}

std::vector<std::uint8_t> apply_pad(const PadProblem& problem, const Pad& pad) {
  std::vector<std::uint8_t> text(problem.size());
  for (std::size_t p = 0; p < text.size(); ++p) text[p] = problem.base[p] ^ pad[PadProblem::column(p)];
  return text;
}

std::uint8_t xor_of(const Pad& pad) {
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : pad) sum ^= byte;
  return sum;
}

std::vector<std::uint32_t> spread_rows(std::size_t region_size, std::size_t limit) {
  const std::size_t rows = (region_size + pad_columns - 1) / pad_columns;
  const std::size_t kept = std::min(rows, limit);
  std::vector<std::uint32_t> out(kept);
  for (std::size_t k = 0; k < kept; ++k) out[k] = static_cast<std::uint32_t>(k * rows / kept);
  return out;
}

}  // namespace mps
