// SPDX-License-Identifier: GPL-2.0-or-later
/// What the views say about a stream by the scheme that it is under. The paper's figures, its claim and its
/// equations are about its own scrambler; under a hardened scheme (docs/hardened.md) and on plain Multipath
/// TCP other sentences hold. Everywhere: no scheme means that the stream is not scrambled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/hardened/scheme.h"

namespace mps::gui {

struct Observation;

using Coding = std::optional<Scheme>;

/// Why there is no curve of known plaintext; empty for the paper's scheme.
std::string known_plaintext_obstacle(Coding coding);
/// Why figures 9 and 10 do not describe the stream; empty for the paper's scheme.
std::string step_through_note(Coding coding);
/// On what the exact figure rests.
std::string exact_reason(const Observation& observation);
/// What the inferred figure is.
std::string inferred_reason(const Observation& observation);
/// What the paper claims, or why it claims nothing here.
std::string claim_reason(Coding coding);
/// How the original byte at `offset` hangs together with the wire, without values: "b[500] = S[500] ^
/// S[499] ^ b[435]". `start_known`: offsets count from the stream's first byte.
std::string byte_rule(Coding coding, std::uint64_t offset, bool start_known);

}  // namespace mps::gui
