// SPDX-License-Identifier: GPL-2.0-or-later
/// Original bytes behind the first gap of a stream under a hardened scheme: all that was captured under H1,
/// the rest of the block that the gap begins in under H2 (docs/hardened.md). What follows from the bytes
/// behind a gap under the paper's scheme is the exact engine's to tell (core/leak), from the register.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "core/mptcp/connection.h"
#include "core/mptcp/payload_store.h"
#include "core/mptcp/stream_decoder.h"

namespace mps {

/// Pieces come in stream order, with offsets as in the DataStream; none while keys are missing. `decoder` has
/// decoded everything before the gap; null if that was nothing. False if the capture could not be read again,
/// which ends it. Precondition: the connection is scrambled under a hardened scheme.
bool decode_behind_gap(
    const Connection& connection, Direction direction, StreamDecoder* decoder, const PayloadStore& store,
    const std::function<void(std::uint64_t offset, std::span<const std::uint8_t> bytes)>& found);

/// The paper's register at the first gap; none where the stream could not be decoded from its start.
/// `decoder` as above. Precondition: the stream is released only if it can be decoded.
std::optional<mps_state> register_at_gap(const Connection& connection, Direction direction,
                                         const StreamDecoder* decoder, const RegisterChoice& choice);

}  // namespace mps
