// SPDX-License-Identifier: GPL-2.0-or-later
/// The sender's key out of a run that holds the begin of a stream (figure 14's initial register turned
/// round).
///
/// All of the register but the key bytes is zero, so most columns of the run are in clear and the key falls
/// byte by byte: its unknown bytes are columns between readable ones. Nothing like 2^64 is searched. A
/// candidate is inferred, not exact; a token seen in an MP_JOIN confirms it (core/secrets/keys.h).
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "core/leak/language_model.h"
#include "core/leak/pad_problem.h"

namespace mps {

struct KeyCandidate {
  std::vector<std::uint8_t> bytes;  ///< as they stood in the register
  double extra_bits = 0;            ///< cost above that of the best candidate
  double probability = 0;           ///< among the candidates returned
};

/// Best first, at most `count`. Empty unless the run's offset is known and at most 64 - key_size, so that the
/// whole key is within reach, and the run has more than 65 bytes (with fewer, nothing depends on the key
/// alone). key_size: 8, or 20 or 32 where the register starts from an HMAC. `known`: text known beforehand.
std::vector<KeyCandidate> recover_key(const ScrambledRun& run, const LanguageModel& model,
                                      std::size_t key_size = 8, std::size_t count = 16,
                                      std::span<const KnownText> known = {},
                                      const std::stop_token& stop = {});

}  // namespace mps
