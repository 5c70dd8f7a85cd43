// SPDX-License-Identifier: GPL-2.0-or-later
/// What-if calculator: leakage of imagined captures, described as JSON, for questions that need no capture
/// file.
///
/// Input: {"cases": [{"id", "W", "key_len", "stream_len", "key_known", "seen": [[a,e)...],
///                    "known_plaintext": [[a,e)...], "target": "seen" | "all" | [[a,e)...]}...]}
/// All intervals are half-open offsets in the stream, in any order, and may overlap. The register before
/// offset 0 is W - key_len zeros and then the key. "known_plaintext" defaults to none and "target" to "seen";
/// every other field is required; fields not named here are ignored. "id" is any string or number.
///
/// Output: {"cases": [...]}, per case and in the same order
///   id                        as given
///   determined                [[a,e)...], known positions included
///   determined_count, newly_determined_count    the latter without the known positions
///   target_prior_bits         8 * target positions that are not given as known
///   target_equivocation_bits, target_leak_bits   leak = prior - equivocation
///   stream_prior_bits, stream_equivocation_bits, stream_leak_bits     the same for the whole stream
///   key_equivocation_bits     8 * what remains unknown of the key; 0 if it is known
///   independent_equations, redundant_equations   seen positions that add to, or only check, zeros, key and
///   known bytes determined_truncated      true, and present only, when "determined" stops after `max_ranges`
///   ranges; the counts
///                             are complete nevertheless
/// Structure only, so no bytes are needed; the cost of a case is (number of intervals) * W plus the ranges
/// listed.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mps {

struct WhatIfLimits {
  std::size_t max_ranges = 1'000'000;  ///< of "determined", per case
};

/// JSON text to JSON text (one case a line). Errors are one line that names the case and the field: not JSON,
/// fields missing or of the wrong type, negative or reversed intervals, intervals outside the stream, W not
/// in 1..65535, key_len over W, stream_len over 2^60. Never throws, whatever the text.
tl::expected<std::string, std::string> what_if(std::string_view json, const WhatIfLimits& limits = {});

}  // namespace mps
