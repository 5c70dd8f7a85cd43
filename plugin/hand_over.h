// SPDX-License-Identifier: GPL-2.0-or-later
/// Shows recovered stream bytes to Wireshark's own dissectors: chooses one, lets it ask for more bytes, gives
/// the connection one conversation whatever subflows its segments used.
#pragma once

#include "plugin/epan_traits.h"
#include "plugin/recovery.h"

namespace mps::plugin {

/// Looks up dissector tables, registers Decode As for the protocol inside.
void register_hand_over();
void hand_over_ready();

/// The dissector that a pair of TCP ports would have without us; null: none.
dissector_handle_t default_dissector(std::uint32_t port);

/// `delivered` holds the original bytes of the record's `index`-th delivery, or is null if that only ends the
/// stream; `segment` is the TCP segment. `first_visit`: decides what is a PDU and remembers it; later visits
/// show the same pieces again. Returns how many pieces were dissected.
unsigned hand_over(packet_info* pinfo, proto_tree* tree, proto_tree* own_tree, tvbuff_t* segment,
                   PacketRecord* record, unsigned index, tvbuff_t* delivered, bool first_visit);

}  // namespace mps::plugin
