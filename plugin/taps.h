// SPDX-License-Identifier: GPL-2.0-or-later
/// What listeners outside dissection get: Follow Stream, Export PDUs, the statistics tree.
#pragma once

#include "plugin/epan_traits.h"
#include "plugin/story.h"

namespace mps::plugin {

/// Stream bytes for Follow; allocated for one packet.
struct FollowBytes {
  std::uint32_t connection;
  bool from_listener;
  tvbuff_t* bytes;
  address initiator, listener;
  std::uint16_t initiator_port, listener_port;
};

/// One segment for statistics; allocated for one packet.
struct SegmentFacts {
  std::uint32_t connection;
  std::uint16_t subflow;
  bool from_listener;
  std::uint32_t payload;
  Status status;
  bool repeated;
  std::uint64_t gap_length;
};

void register_taps();
bool wants_follow();
bool wants_statistics();
void offer_follow(packet_info* pinfo, const FollowBytes& bytes);
void offer_statistics(packet_info* pinfo, const SegmentFacts& facts);
/// A piece of a stream that `dissector` can read without this plugin: the name of a dissector, or the short
/// name of a heuristic one.
void offer_pdu(packet_info* pinfo, tvbuff_t* bytes, const char* dissector, bool heuristic);

}  // namespace mps::plugin
