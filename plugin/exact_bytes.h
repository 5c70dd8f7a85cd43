// SPDX-License-Identifier: GPL-2.0-or-later
/// Stream bytes behind the first gap that follow from the capture all the same: a gap shorter than the
/// register leaves some of the 65 columns open to exact decoding, and a hardened scheme may be seekable.
/// Computed once, when the whole capture has been read.
#pragma once

#include <cstdint>
#include <vector>

#include "core/mptcp/connection.h"
#include "core/mptcp/payload_store.h"
#include "core/mptcp/stream_decoder.h"

namespace mps::plugin {

/// A maximal run of such bytes. `offset` counts as the DataStream does, also where the stream's start is
/// unknown.
struct DeterminedBytes {
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;
};

/// `decoder` has descrambled everything before the gap; null if there was nothing. Pieces in stream order.
std::vector<DeterminedBytes> determined_behind_gap(const Connection& connection, Direction direction,
                                                   StreamDecoder* decoder, const RegisterChoice& choice,
                                                   const PayloadStore& store);

}  // namespace mps::plugin
