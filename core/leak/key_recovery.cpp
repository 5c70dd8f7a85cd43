// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/key_recovery.h"

#include <algorithm>
#include <cmath>

#include "core/leak/bigram_chain.h"
#include "core/leak/pad_search.h"

namespace mps {

std::vector<KeyCandidate> recover_key(const ScrambledRun& run, const LanguageModel& model,
                                      std::size_t key_size, std::size_t count,
                                      std::span<const KnownText> known, const std::stop_token& stop) {
  if (!run.offset || key_size == 0 || key_size > pad_window || *run.offset > pad_window - key_size ||
      run.bytes.size() <= pad_columns)
    return {};
  const PadProblem problem = make_pad_problem(run, key_size, known);
  const BigramBlocks blocks(model);
  BigramChain chain(problem, blocks);
  chain.solve(problem);
  const PadSearch search(problem, model, chain, {});
  const auto guesses = search.ranked(count, stop);
  std::vector<KeyCandidate> out;
  const std::size_t key_at = pad_window - key_size - *run.offset;  // of stream offset -key_size
  double sum = 0;
  for (const PadGuess& guess : guesses) {
    const auto region = apply_pad(problem, guess.pad);
    const auto key = std::span(region).subspan(key_at, key_size);
    const bool met = std::any_of(out.begin(), out.end(), [&](const KeyCandidate& c) {
      return std::equal(c.bytes.begin(), c.bytes.end(), key.begin());
    });
    if (met) continue;
    KeyCandidate candidate{{key.begin(), key.end()}, 0, 0};
    candidate.extra_bits =
        static_cast<double>(guess.cost - guesses.front().cost) / LanguageModel::units_per_bit;
    candidate.probability = std::exp2(-candidate.extra_bits);
    sum += candidate.probability;
    out.push_back(std::move(candidate));
  }
  for (KeyCandidate& candidate : out) candidate.probability /= sum;
  return out;
}

}  // namespace mps
