// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/hand_over.h"

#include <epan/column-utils.h>
#include <epan/decode_as.h>
#include <epan/dissectors/packet-tcp.h>

#include <cstdio>

#include "plugin/fields.h"
#include "plugin/segment.h"
#include "plugin/state.h"
#include "plugin/taps.h"

namespace mps::plugin {
namespace {

dissector_table_t inner_table;
dissector_table_t tcp_ports;
heur_dissector_list_t tcp_heuristics;
dissector_handle_t data_handle;
int proto_tcp;

/// The connection as inner dissectors are to see it: always between the same two endpoints.
struct Sides {
  address source, destination;
  std::uint16_t source_port, destination_port;
  std::uint16_t listener_port;
};

/// What is changed in packet_info for the time of the call.
struct SavedInfo {
  address src, dst;
  std::uint32_t srcport, destport, match_uint;
  decltype(packet_info::use_conv_addr_port_endpoints) use_endpoints;
  conversation_addr_port_endpoints* endpoints;
  std::uint16_t can_desegment;
  int desegment_offset;
  std::uint32_t desegment_len;
};

SavedInfo save(const packet_info* pinfo) {
  return {pinfo->src,
          pinfo->dst,
          pinfo->srcport,
          pinfo->destport,
          pinfo->match_uint,
          pinfo->use_conv_addr_port_endpoints,
          pinfo->conv_addr_port_endpoints,
          pinfo->can_desegment,
          pinfo->desegment_offset,
          pinfo->desegment_len};
}

void restore(packet_info* pinfo, const SavedInfo& saved) {
  pinfo->src = saved.src;
  pinfo->dst = saved.dst;
  pinfo->srcport = saved.srcport;
  pinfo->destport = saved.destport;
  pinfo->match_uint = saved.match_uint;
  pinfo->use_conv_addr_port_endpoints = saved.use_endpoints;
  pinfo->conv_addr_port_endpoints = saved.endpoints;
  pinfo->can_desegment = saved.can_desegment;
  pinfo->desegment_offset = saved.desegment_offset;
  pinfo->desegment_len = saved.desegment_len;
}

const Subflow& face_of(const Connection& connection) {
  for (const auto& subflow : connection.subflows)
    if (subflow->initial) return *subflow;
  return *connection.subflows.front();
}

Sides sides_of(wmem_allocator_t* pool, const Connection& connection, Direction direction) {
  const Subflow& face = face_of(connection);
  const bool from_initiator = direction == Direction::initiator_to_listener;
  const Endpoint& source = from_initiator ? face.initiator() : face.listener();
  const Endpoint& destination = from_initiator ? face.listener() : face.initiator();
  return {to_epan_address(pool, source.address), to_epan_address(pool, destination.address), source.port,
          destination.port, face.listener().port};
}

conversation_t* known_conversation(std::uint32_t connection) noexcept {
  const auto found = state->conversations.find(connection);
  return found == state->conversations.end() ? nullptr : found->second;
}
void note_conversation(std::uint32_t connection, conversation_t* conversation) noexcept {
  try {
    state->conversations.emplace(connection, conversation);
  } catch (...) {  // then it is looked up again
  }
}

/// A conversation of its own for each MPTCP connection, so that a request and its answer meet whichever
/// subflows carried them. Its "ports" are numbers that no TCP conversation can have.
conversation_t* enter_conversation(packet_info* pinfo, Sides& sides, std::uint32_t connection,
                                   Direction direction) {
  constexpr std::uint32_t pseudo_port = 0x10000;
  const bool from_initiator = direction == Direction::initiator_to_listener;
  const std::uint32_t initiator = pseudo_port + 2 * connection;
  pinfo->src = sides.source;
  pinfo->dst = sides.destination;
  pinfo->srcport = sides.source_port;
  pinfo->destport = sides.destination_port;
  pinfo->match_uint = sides.listener_port;
  conversation_set_conv_addr_port_endpoints(pinfo, &sides.source, &sides.destination, CONVERSATION_NONE,
                                            from_initiator ? initiator : initiator + 1,
                                            from_initiator ? initiator + 1 : initiator);
  pinfo->use_conv_addr_port_endpoints = true;
  if (conversation_t* known = known_conversation(connection)) return known;
  conversation_t* conversation = find_or_create_conversation(pinfo);
  note_conversation(connection, conversation);
  if (!conversation_get_proto_data(conversation, proto_tcp)) {
    // Dissectors that ask TCP for the stream's number get that of the first subflow.
    conversation_t* tcp = find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP,
                                            sides.source_port, sides.destination_port, 0);
    void* analysis = tcp ? conversation_get_proto_data(tcp, proto_tcp) : nullptr;
    if (analysis) conversation_add_proto_data(conversation, proto_tcp, analysis);
  }
  return conversation;
}

/// Which dissector took a piece, for Export PDUs.
struct Taken {
  const char* by = nullptr;
  bool heuristic = false;
};

bool try_handle(dissector_handle_t handle, tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, tcpinfo* info,
                Taken* taken) {
  if (!handle || dissector_handle_get_protocol_index(handle) == protocol) return false;
  if (call_dissector_only(handle, tvb, pinfo, tree, info) == 0) return false;
  taken->by = dissector_handle_get_dissector_name(handle);
  return true;
}

/// In the order that a user expects: what the stream itself has agreed on (an upgrade), Decode As, the port,
/// guesses.
void choose_and_call(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, tcpinfo* info,
                     conversation_t* conversation, std::uint16_t port, Taken* taken) {
  if (try_handle(conversation_get_dissector(conversation, pinfo->num), tvb, pinfo, tree, info, taken)) return;
  if (try_handle(dissector_get_uint_handle(inner_table, port), tvb, pinfo, tree, info, taken)) return;
  dissector_handle_t by_port = dissector_get_uint_handle(tcp_ports, port);
  if (try_handle(by_port, tvb, pinfo, tree, info, taken)) return;
  dissector_handle_t by_default = dissector_get_default_uint_handle("tcp.port", port);
  if (by_default != by_port && try_handle(by_default, tvb, pinfo, tree, info, taken)) return;
  heur_dtbl_entry_t* entry = nullptr;
  if (dissector_try_heuristic(tcp_heuristics, tvb, pinfo, tree, &entry, info)) {
    taken->by = entry ? entry->short_name : nullptr;
    taken->heuristic = true;
    return;
  }
  try_handle(data_handle, tvb, pinfo, tree, info, taken);
}

/// Shows one piece; what the dissector still wants stands in packet_info afterwards.
void dissect_piece(tvbuff_t* tvb, packet_info* pinfo, proto_tree* tree, conversation_t* conversation,
                   const Sides& sides, std::uint64_t offset, bool ends, Taken* taken) {
  tcpinfo info{};
  info.seq = static_cast<std::uint32_t>(offset);
  info.nxtseq = info.seq + tvb_reported_length(tvb);
  info.is_reassembled = true;
  info.flags = static_cast<std::uint16_t>(tcp_ack | (ends ? tcp_fin : 0));
  state->handing_over = true;
  TRY {
    choose_and_call(tvb, pinfo, tree, &info, conversation, sides.listener_port, taken);
  }
  CATCH_BOUNDS_AND_DISSECTOR_ERRORS {
    pinfo->desegment_len = 0;
    show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
  }
  FINALLY {
    state->handing_over = false;
  }
  ENDTRY;
}

Wanted wanted_by(const packet_info* pinfo) {
  switch (pinfo->desegment_len) {
    case 0:
      return {};
    case DESEGMENT_ONE_MORE_SEGMENT:
      return {Wanted::Kind::one_more_segment, 0};
    case DESEGMENT_UNTIL_FIN:
      return {Wanted::Kind::until_end, 0};
    default:
      return {Wanted::Kind::bytes, pinfo->desegment_len};
  }
}

/// C++ exceptions end here.
bool next_piece(PduAssembler& pdus, PduAssembler::Piece& piece) noexcept {
  try {
    return pdus.next(piece);
  } catch (...) {
    return false;
  }
}
std::uint32_t note_dissected(PduAssembler& pdus, const PduAssembler::Piece& piece, std::uint32_t consumed,
                             Wanted wanted, std::uint32_t frame) noexcept {
  try {
    return pdus.dissected(piece, consumed, wanted, frame);
  } catch (...) {
    return PduAssembler::none_spanning;
  }
}

tvbuff_t* spanning_tvb(packet_info* pinfo, tvbuff_t* segment, std::uint8_t* bytes, std::uint32_t length) {
  tvbuff_t* tvb = tvb_new_child_real_data(segment, bytes, length, static_cast<int>(length));
  add_new_data_source(pinfo, tvb, "Reassembled MPTCP data");
  return tvb;
}

void add_pdu_items(proto_tree* tree, tvbuff_t* tvb, std::uint64_t offset, std::uint32_t length) {
  proto_item_set_generated(proto_tree_add_uint64(tree, fields.pdu_offset, tvb, 0, 0, offset));
  proto_item_set_generated(proto_tree_add_uint(tree, fields.pdu_length, tvb, 0, 0, length));
}

struct Round {
  packet_info* pinfo;
  proto_tree* tree;
  proto_tree* own_tree;
  tvbuff_t* segment;
  tvbuff_t* delivered;
  conversation_t* conversation;
  const Sides* sides;
};

/// After a dissector: the next one of this frame is to add to the columns.
void piece_done(const Round& round, tvbuff_t* tvb, std::uint64_t offset, std::uint32_t length,
                const Taken& taken) {
  col_set_fence(round.pinfo->cinfo, COL_INFO);
  if (round.own_tree) add_pdu_items(round.own_tree, tvb, offset, length);
  if (taken.by) offer_pdu(round.pinfo, tvb, taken.by, taken.heuristic);
}

unsigned first_visit_pieces(const Round& round, PacketRecord* record, unsigned index,
                            const Delivery& delivery, RecoveredStream* stream) {
  packet_info* pinfo = round.pinfo;
  const std::uint8_t* bytes =
      delivery.length ? tvb_get_ptr(round.delivered, 0, static_cast<int>(delivery.length)) : nullptr;
  stream->pdus.begin(delivery.offset, {bytes, delivery.length}, delivery.ends_stream);
  unsigned dissected = 0;
  PduAssembler::Piece piece;
  while (next_piece(stream->pdus, piece)) {
    tvbuff_t* tvb;
    if (piece.spans) {
      auto* copy = static_cast<std::uint8_t*>(wmem_alloc(pinfo->pool, piece.length));
      stream->pdus.copy(piece, copy);
      tvb = tvb_new_child_real_data(round.segment, copy, piece.length, static_cast<int>(piece.length));
    } else {
      tvb = tvb_new_subset_length(round.delivered, static_cast<int>(piece.offset - delivery.offset),
                                  static_cast<int>(piece.length));
    }
    pinfo->can_desegment = piece.may_ask && may_desegment() ? 2 : 0;
    pinfo->desegment_offset = 0;
    pinfo->desegment_len = 0;
    Taken taken;
    dissect_piece(tvb, pinfo, round.tree, round.conversation, *round.sides, piece.offset,
                  delivery.ends_stream, &taken);
    const Wanted wanted = piece.may_ask && may_desegment() ? wanted_by(pinfo) : Wanted{};
    const std::uint32_t offered = piece.length;
    const auto asked_from =
        static_cast<std::uint32_t>(pinfo->desegment_offset < 0 ? 0 : pinfo->desegment_offset);
    const std::uint32_t consumed =
        wanted.kind == Wanted::Kind::nothing || asked_from > offered ? offered : asked_from;
    const std::uint32_t spanning = note_dissected(stream->pdus, piece, consumed, wanted, pinfo->num);
    if (consumed == 0) continue;
    if (piece.spans) add_new_data_source(pinfo, tvb, "Reassembled MPTCP data");
    state->recovery.add_pdu(*record, {piece.offset, consumed, static_cast<std::uint16_t>(index), spanning});
    piece_done(round, consumed == offered ? tvb : tvb_new_subset_length(tvb, 0, static_cast<int>(consumed)),
               piece.offset, consumed, taken);
    ++dissected;
  }
  return dissected;
}

unsigned later_visit_pieces(const Round& round, const PacketRecord* record, unsigned index,
                            const Delivery& delivery, const RecoveredStream* stream) {
  packet_info* pinfo = round.pinfo;
  const Recovery& recovery = state->recovery;
  const std::size_t count = recovery.pdu_count(*record);
  unsigned dissected = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const PduSpan span = recovery.pdu(*record, i);
    if (span.delivery != index) continue;
    tvbuff_t* tvb;
    if (span.spanning != no_index) {
      const SpanningPdu& pdu = stream->pdus.spanning()[span.spanning];
      auto* copy = static_cast<std::uint8_t*>(wmem_memdup(pinfo->pool, pdu.bytes.data(), pdu.bytes.size()));
      tvb = spanning_tvb(pinfo, round.segment, copy, span.length);
    } else {
      tvb = tvb_new_subset_length(round.delivered, static_cast<int>(span.offset - delivery.offset),
                                  static_cast<int>(span.length));
    }
    pinfo->can_desegment = 0;
    pinfo->desegment_offset = 0;
    pinfo->desegment_len = 0;
    Taken taken;
    const bool ends = delivery.ends_stream && span.offset + span.length == delivery.offset + delivery.length;
    dissect_piece(tvb, pinfo, round.tree, round.conversation, *round.sides, span.offset, ends, &taken);
    piece_done(round, tvb, span.offset, span.length, taken);
    ++dissected;
  }
  return dissected;
}

// --- Decode As for the protocol inside ---

void* inner_port_value(packet_info* pinfo) {
  const PacketRecord* record = state ? state->recovery.find(pinfo->num) : nullptr;
  return GUINT_TO_POINTER(record ? face_of(*record->subflow->connection).listener().port : 0u);
}
void inner_port_label(packet_info* pinfo, char* result) {
  std::snprintf(result, MAX_DECODE_AS_PROMPT_LEN, "MPTCP data to port %u as",
                GPOINTER_TO_UINT(inner_port_value(pinfo)));
}

void offer_inside(const char*, void* value, void*) {
  auto* handle = static_cast<dissector_handle_t>(value);
  if (dissector_handle_get_protocol_index(handle) != protocol)
    dissector_add_for_decode_as("mpscramble.port", handle);
}

}  // namespace

void register_hand_over() {
  inner_table = register_dissector_table("mpscramble.port", "MPTCP data port", protocol, FT_UINT16, BASE_DEC);
  static build_valid_func values[] = {inner_port_value};
  static decode_as_value_t choices[] = {{inner_port_label, 1, values}};
  static decode_as_t inner = {"mpscramble",
                              "mpscramble.port",
                              1,
                              0,
                              choices,
                              "TCP",
                              "port(s) as",
                              decode_as_default_populate_list,
                              decode_as_default_reset,
                              decode_as_default_change,
                              nullptr};
  register_decode_as(&inner);
}

void hand_over_ready() {
  tcp_ports = find_dissector_table("tcp.port");
  tcp_heuristics = find_heur_dissector_list("tcp");
  data_handle = find_dissector("data");
  proto_tcp = proto_get_id_by_filter_name("tcp");
  // Whatever can be on top of TCP can be on top of MPTCP.
  dissector_table_foreach_handle("tcp.port", offer_inside, nullptr);
}

dissector_handle_t default_dissector(std::uint32_t port) {
  dissector_handle_t handle = dissector_get_default_uint_handle("tcp.port", port);
  return handle && dissector_handle_get_protocol_index(handle) != protocol ? handle : nullptr;
}

unsigned hand_over(packet_info* pinfo, proto_tree* tree, proto_tree* own_tree, tvbuff_t* segment,
                   PacketRecord* record, unsigned index, tvbuff_t* delivered, bool first_visit) {
  const Delivery delivery = state->recovery.delivery(*record, index);
  RecoveredStream* stream = state->recovery.stream(delivery.connection, delivery.direction);
  if (!stream) return 0;
  const Connection& connection = *state->recovery.tracker().connections()[delivery.connection];
  if (connection.subflows.empty()) return 0;
  const SavedInfo saved = save(pinfo);
  Sides sides = sides_of(pinfo->pool, connection, delivery.direction);
  conversation_t* conversation = enter_conversation(pinfo, sides, delivery.connection, delivery.direction);
  const Round round{pinfo, tree, own_tree, segment, delivered, conversation, &sides};
  const unsigned dissected = first_visit ? first_visit_pieces(round, record, index, delivery, stream)
                                         : later_visit_pieces(round, record, index, delivery, stream);
  restore(pinfo, saved);
  return dissected;
}

}  // namespace mps::plugin
