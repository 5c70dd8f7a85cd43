// SPDX-License-Identifier: GPL-2.0-or-later
/// What an observer reads of a stream under a hardened scheme (docs/hardened.md), where the exact engine has
/// nothing to say: without the keys nothing, with them what the scheme lets him decode. Exact; no assumption
/// about the content, but that nobody breaks the scheme.
#pragma once

#include "core/hardened/scheme.h"
#include "core/leak/exact_engine.h"
#include "core/leak/leakage.h"
#include "core/leak/observer.h"

namespace mps {

/// Of what an observer with both keys has seen, what he can decode: all of it under H1; under H2 what comes
/// before the end of the first block with an unseen byte. `seen` is normalised. Precondition: hardened.
Intervals readable_with_keys(Scheme scheme, const Intervals& seen);

/// Fills the sets of an ExactResult, and no target or run: bits are not counted here. `sink` may be null.
/// Precondition: the connection is scrambled under a hardened scheme.
ExactResult read_hardened(const StreamEvidence& evidence, const Observer& observer, ExactSink* sink);

}  // namespace mps
