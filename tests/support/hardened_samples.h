// SPDX-License-Identifier: GPL-2.0-or-later
/// The streams of the hardened schemes' known answers.
#pragma once

#include "core/hardened/stream_keys.h"
#include "tests/reference/hardened_vectors.h"

namespace mps::test {

inline const KeyPair sample_keys{*parse_key(reference::initiator_key), *parse_key(reference::listener_key)};
inline const StreamKeys initiator_sends{sample_keys, false};
inline const StreamKeys listener_sends{sample_keys, true};

}  // namespace mps::test
