// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/handshake_table.h"

#include "core/packet/mptcp_option.h"

namespace mps::peer {

bool HandshakeTable::note(const SegmentView& segment) {
  MptcpOptions options;
  parse_mptcp_options(segment.options, options);
  const auto* capable = options.find<MpCapable>();
  if (!capable) return false;
  const auto phase = segment.flags & (tcp_syn | tcp_ack);
  const bool from_listener = phase == (tcp_syn | tcp_ack);
  Handshake& handshake = handshakes_[from_listener ? std::pair(segment.destination, segment.source)
                                                   : std::pair(segment.source, segment.destination)];
  const auto& known = from_listener ? handshake.listener : handshake.initiator;
  if (phase == tcp_syn || (handshake.taken && known != capable->sender_key)) handshake = {};
  if (!capable->sender_key) return false;  // the SYN of version 1
  handshake.version = capable->version;
  (from_listener ? handshake.listener : handshake.initiator) = capable->sender_key;
  if (capable->receiver_key && !from_listener) handshake.listener = capable->receiver_key;
  return true;
}

bool HandshakeTable::is_complete(const Endpoint& initiator, const Endpoint& listener) const {
  const auto found = handshakes_.find({initiator, listener});
  return found != handshakes_.end() && !found->second.taken && found->second.initiator &&
         found->second.listener;
}

HandshakeKeys HandshakeTable::take(const Endpoint& initiator, const Endpoint& listener) {
  Handshake& handshake = handshakes_.at({initiator, listener});
  handshake.taken = true;
  return {{*handshake.initiator, *handshake.listener},
          handshake.version == 0 ? KeyHash::sha1 : KeyHash::sha256};
}

}  // namespace mps::peer
