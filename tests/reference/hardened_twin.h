// SPDX-License-Identifier: GPL-2.0-or-later
/// H1 and H2 as docs/hardened.md defines them and as nobody would ship them: every keystream byte from
/// nothing, one cipher per block, no state kept between calls.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/hardened/stream_keys.h"

namespace mps::reference {

/// Coding and decoding of H1 alike; `offset` of in[0] in the stream.
std::vector<std::uint8_t> h1(const StreamKeys& stream, std::uint64_t offset,
                             std::span<const std::uint8_t> in);

/// A whole stream from its first byte on.
std::vector<std::uint8_t> h2_encoded(const StreamKeys& stream, std::span<const std::uint8_t> plain);
std::vector<std::uint8_t> h2_decoded(const StreamKeys& stream, std::span<const std::uint8_t> wire);

/// A whole stream of either scheme from its first byte on. Precondition: is_hardened(scheme).
std::vector<std::uint8_t> hardened_encoded(Scheme scheme, const StreamKeys& stream,
                                           std::span<const std::uint8_t> plain);
std::vector<std::uint8_t> hardened_decoded(Scheme scheme, const StreamKeys& stream,
                                           std::span<const std::uint8_t> wire);

}  // namespace mps::reference
