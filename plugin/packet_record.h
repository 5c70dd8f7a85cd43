// SPDX-License-Identifier: GPL-2.0-or-later
/// What is remembered of one TCP segment that belongs to MPTCP. Everything is computed when Wireshark
/// dissects a frame for the first time; later dissections, in any order, only look it up. Small, because
/// there is one for every segment of the capture: bytes that can be computed again from the frame itself are
/// not kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/mptcp/anomaly.h"
#include "core/mptcp/connection.h"

namespace mps::plugin {

inline constexpr std::uint32_t no_index = 0xffffffff;

/// Bytes of one stream that became contiguous with one segment.
struct Delivery {
  std::uint32_t connection = 0;
  Direction direction = Direction::initiator_to_listener;
  bool ends_stream = false;  ///< the DATA_FIN is reached: no more bytes will come
  std::uint64_t offset = 0;  ///< in the stream
  std::uint32_t length = 0;
  std::uint32_t payload_at = 0;  ///< where the bytes stand in the segment's own payload; unless in a release
  std::uint32_t history = no_index;  ///< index of the register (H2: ratchet) before the first byte; none if
                                     ///< there is no such thing
  std::uint32_t release =
      no_index;  ///< index in RecoveredStream::releases: bytes that other segments brought
};

/// A piece of a stream that an inner dissector consumed while this frame was dissected.
struct PduSpan {
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint16_t delivery = 0;  ///< in the segment
  std::uint32_t spanning =
      no_index;  ///< index in PduAssembler::spanning(): the piece began in an earlier segment
};

/// The rare parts of a record.
struct RecordExtra {
  std::vector<Delivery> deliveries;
  std::vector<PduSpan> pdus;
  std::vector<Anomaly> notes;
};

enum RecordMark : std::uint8_t {
  mark_claimed = 0x01,    ///< the subflow's payload is not to be shown to application dissectors as it is
  mark_simple = 0x02,     ///< one delivery, computed from simple_at, simple_length, history
  mark_whole_pdu = 0x04,  ///< one PDU: just the simple delivery
  mark_repeated = 0x08,   ///< all bytes had been captured before
  mark_placed = 0x10,
  mark_differs = 0x20,       ///< repeated bytes are not what they were
  mark_to_initiator = 0x40,  ///< direction of the simple delivery
};

struct PacketRecord {
  std::uint32_t frame = 0;
  std::uint32_t fingerprint = 0;  ///< tells several TCP segments of one frame apart (tunnels)
  const Subflow* subflow = nullptr;
  std::uint64_t dsn = 0;     ///< of the first placed byte
  std::uint32_t placed = 0;  ///< bytes that have a place in the stream
  std::uint32_t simple_at = 0;
  std::uint32_t simple_length = 0;
  std::uint32_t history = no_index;
  std::uint32_t extra = no_index;
  std::uint8_t marks = 0;
};
static_assert(sizeof(PacketRecord) <= 48);

}  // namespace mps::plugin
