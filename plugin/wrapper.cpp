// SPDX-License-Identifier: GPL-2.0-or-later
// Stands in front of Wireshark's TCP dissector. A dissector behind TCP does not see every byte
// (retransmissions, out-of-order segments, payload of resets), and one missing byte makes all that follows
// unreadable; so each segment is taken in before TCP looks at it, TCP then does what it always does, and the
// recovered stream is shown after it.
#include "plugin/wrapper.h"

#include <algorithm>
#include <array>

#include "plugin/fields.h"
#include "plugin/hand_over.h"
#include "plugin/present.h"
#include "plugin/segment.h"
#include "plugin/state.h"

namespace mps::plugin {

State* state = nullptr;

namespace {

dissector_handle_t tcp_handle;
dissector_handle_t subflow_handle;
std::array<dissector_table_t, 2> chosen_in;

/// In the row for the TCP port, or in the one for MPTCP data, which Wireshark's dialog offers first.
bool chosen_by_decode_as(std::uint16_t a, std::uint16_t b) {
  return std::any_of(chosen_in.begin(), chosen_in.end(), [&](dissector_table_t table) {
    return dissector_get_uint_handle(table, a) == subflow_handle ||
           dissector_get_uint_handle(table, b) == subflow_handle;
  });
}

PacketRecord* record_of(tvbuff_t* tvb, packet_info* pinfo, SegmentView& view) {
  if (!view_segment(tvb, pinfo, view)) return nullptr;
  if (PINFO_FD_VISITED(pinfo))
    return state->recovery.find(pinfo->num, Recovery::fingerprint(view.source.port, view.destination.port,
                                                                  view.seq, view.payload_on_wire));
  if ((view.flags & tcp_syn) && state->keys.refresh()) state->recovery.keys_grew();
  return state->recovery.take(view);
}

/// A key may have been logged since the handshake was captured.
void look_for_key(const Story& story) {
  constexpr unsigned every = 16;
  const bool keyless = story.status == Status::no_key || story.status == Status::orphan || story.has_token;
  if (!keyless || state->keyless_segments++ % every != 0) return;
  if (state->keys.refresh()) state->recovery.keys_grew();
}

bool is_claimed(const Subflow* subflow) noexcept {
  return state->claimed.contains(subflow);
}
void note_claimed(const Subflow* subflow) noexcept {
  try {
    state->claimed.insert(subflow);
  } catch (...) {  // then it is looked up again
  }
}

/// Keeps application dissectors away from what a subflow carries.
void claim(packet_info* pinfo, const SegmentView& view, const Subflow* subflow) {
  if (!(view.flags & tcp_syn) && is_claimed(subflow)) return;
  conversation_t* conversation = find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP,
                                                   view.source.port, view.destination.port, 0);
  if (!conversation) {
    if (view.flags & tcp_syn) return;  // TCP will make one, perhaps because the ports are used again
    conversation = conversation_new(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP, view.source.port,
                                    view.destination.port, 0);
  }
  if (conversation_get_dissector(conversation, pinfo->num) != subflow_handle)
    conversation_set_dissector(conversation, subflow_handle);
  if (!(view.flags & tcp_syn)) note_claimed(subflow);
}

int wrap_tcp(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, void* data) {
  if (!state || pinfo->flags.in_error_pkt || !proto_is_protocol_enabled(find_protocol_by_id(protocol)))
    return call_dissector_only(tcp_handle, tvb, pinfo, tree, data);
  const bool first_visit = !PINFO_FD_VISITED(pinfo);
  SegmentView view;
  PacketRecord* const record = record_of(tvb, pinfo, view);
  if (!record) return call_dissector_only(tcp_handle, tvb, pinfo, tree, data);
  const Story story = tell(state->recovery, *record, view.source, view.payload_on_wire,
                           static_cast<std::uint32_t>(view.payload.size()));
  if (first_visit) {
    look_for_key(story);
    if (record->marks & mark_claimed) claim(pinfo, view, record->subflow);
  }
  const unsigned payload_at = tvb_captured_length(tvb) - static_cast<unsigned>(view.payload.size());
  // The stock MPTCP dissector asserts on some real captures, and cut segments throw: what was recovered is
  // shown all the same, or the stream would lose this segment for the dissectors inside.
  volatile int consumed = static_cast<int>(tvb_captured_length(tvb));
  TRY {
    consumed = call_dissector_only(tcp_handle, tvb, pinfo, tree, data);
  }
  CATCH_BOUNDS_AND_DISSECTOR_ERRORS {
    show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
  }
  ENDTRY;
  present(pinfo, tree, tvb, {payload_at, record, &story, first_visit});
  return consumed;
}

/// The subflow's payload, as TCP hands it on: shown by present(), so here it is only kept from other
/// dissectors.
int dissect_subflow(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, void* data) {
  const int length = static_cast<int>(tvb_captured_length(tvb));
  if (state && !state->handing_over) {
    const PacketRecord* record = state->recovery.find(pinfo->num);
    if (record && (record->marks & mark_claimed)) return length;
    if (record) state->claimed.erase(record->subflow);  // another dissector may take the conversation now
  }
  // Decode As on a connection that is not MPTCP, or is left to TCP: as if nobody had asked.
  dissector_handle_t handle = default_dissector(pinfo->match_uint);
  return handle ? call_dissector_only(handle, tvb, pinfo, tree, data) : 0;
}

void begin_capture() {
  state = new (std::nothrow) State;
}
void end_capture() {
  delete state;
  state = nullptr;
}
void all_visited() {
  if (state) state->recovery.end_of_capture();
}

}  // namespace

State::State() : recovery(current_options(), &keys.log(), &chosen_by_decode_as) {
  keys.refresh();
}

void register_wrapper() {
  register_present();
  subflow_handle = register_dissector("mpscramble", dissect_subflow, protocol);
  register_init_routine(begin_capture);
  register_cleanup_routine(end_capture);
  register_postseq_cleanup_routine(all_visited);
}

void wrap_tcp_dissector() {
  tcp_handle = find_dissector("tcp");
  chosen_in = {find_dissector_table("tcp.port"), find_dissector_table("mpscramble.port")};
  const int tcp = proto_get_id_by_filter_name("tcp");
  // In name only: enabled and disabled together with TCP, and invisible in the list of a frame's protocols.
  const int in_name_only = proto_register_protocol_in_name_only(
      "TCP in front of MPTCP data scrambling", "TCP (MPScramble)", "mpscramble.tcp", tcp, FT_PROTOCOL);
  dissector_add_uint("ip.proto", 6, create_dissector_handle(wrap_tcp, in_name_only));
  dissector_add_for_decode_as_with_preference("tcp.port", subflow_handle);
  dissector_add_for_decode_as("mpscramble.port", subflow_handle);
}

}  // namespace mps::plugin
