// SPDX-License-Identifier: GPL-2.0-or-later
/// The protocol tree, byte tabs, columns and expert infos of one segment.
#pragma once

#include "plugin/epan_traits.h"
#include "plugin/story.h"

namespace mps::plugin {

/// What the dissector that shows a segment is told, by its `data` argument.
struct Shown {
  unsigned payload_at;  ///< where the payload begins in the TCP segment
  PacketRecord* record;
  const Story* story;
  bool first_visit;
};

void register_present();
/// Called after TCP has dissected `segment`. A dissector call like any other, so that the protocol stands
/// among the frame's protocols and expert infos are counted under its name.
void present(packet_info* pinfo, proto_tree* tree, tvbuff_t* segment, const Shown& shown);

}  // namespace mps::plugin
