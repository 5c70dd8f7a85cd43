// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/taps.h"

#include <epan/exported_pdu.h>
#include <epan/stats_tree.h>
#include <epan/to_str.h>
#include <wsutil/exported_pdu_tlvs.h>

#include <cinttypes>
#include <cstdio>

#include "plugin/fields.h"
#include "plugin/state.h"

namespace mps::plugin {
namespace {

int follow_tap = -1;
int statistics_tap = -1;
int pdu_tap = -1;

// --- Follow Stream ---

char* follow_this_packet(epan_dissect_t*, packet_info* pinfo, unsigned* stream, unsigned* sub_stream) {
  // Called with a null epan_dissect_t by sharkd; packet_info is all that can be relied on.
  const PacketRecord* record = state ? state->recovery.find(pinfo->num) : nullptr;
  if (!record) return nullptr;
  *stream = record->subflow->connection->id;
  if (sub_stream) *sub_stream = 0;
  return g_strdup_printf("mpscramble.stream eq %u", *stream);
}

char* follow_number(unsigned stream, unsigned) {
  return g_strdup_printf("mpscramble.stream eq %u", stream);
}

char* follow_endpoints(address* source, address* destination, int source_port, int destination_port) {
  char* from = address_to_str(nullptr, source);
  char* to = address_to_str(nullptr, destination);
  const char* source_kind = source->type == AT_IPv6 ? "ipv6" : "ip";
  const char* destination_kind = destination->type == AT_IPv6 ? "ipv6" : "ip";
  char* filter =
      g_strdup_printf("mpscramble and %s.addr eq %s and %s.addr eq %s and tcp.port eq %d and tcp.port eq %d",
                      source_kind, from, destination_kind, to, source_port, destination_port);
  wmem_free(nullptr, from);
  wmem_free(nullptr, to);
  return filter;
}

char* port_text(wmem_allocator_t* pool, unsigned port) {
  return wmem_strdup_printf(pool, "%u", port);
}

std::uint32_t connection_count() {
  return state ? static_cast<std::uint32_t>(state->recovery.tracker().connections().size()) : 0;
}

/// Wireshark's own handler takes the packet's addresses for the direction, which several subflows contradict.
tap_packet_status on_follow(void* data, packet_info* pinfo, epan_dissect_t*, const void* packet,
                            tap_flags_t) {
  auto* info = static_cast<follow_info_t*>(data);
  const auto* piece = static_cast<const FollowBytes*>(packet);
  if (info->client_port == 0) {
    info->client_port = piece->initiator_port;
    info->server_port = piece->listener_port;
    copy_address(&info->client_ip, &piece->initiator);
    copy_address(&info->server_ip, &piece->listener);
  }
  auto* record = g_new0(follow_record_t, 1);
  const unsigned length = tvb_captured_length(piece->bytes);
  record->is_server = piece->from_listener;
  record->packet_num = pinfo->num;
  record->abs_ts = pinfo->abs_ts;
  record->data = g_byte_array_append(g_byte_array_sized_new(length),
                                     tvb_get_ptr(piece->bytes, 0, static_cast<int>(length)), length);
  info->bytes_written[piece->from_listener] += length;
  info->payload = g_list_prepend(info->payload, record);
  return TAP_PACKET_DONT_REDRAW;
}

// --- statistics tree ---

int node_subflows, node_status, node_repeated, node_gaps;
constexpr char name_subflows[] = "Payload bytes by subflow";
constexpr char name_status[] = "Segments by status";
constexpr char name_repeated[] = "Repeated bytes (retransmitted or reinjected)";
constexpr char name_gaps[] = "Segments behind a gap, by its length";

void statistics_begin(stats_tree* tree) {
  node_subflows = stats_tree_create_node(tree, name_subflows, 0, STAT_DT_INT, true);
  node_status = stats_tree_create_node(tree, name_status, 0, STAT_DT_INT, true);
  node_repeated = stats_tree_create_node(tree, name_repeated, 0, STAT_DT_INT, true);
  node_gaps = stats_tree_create_node(tree, name_gaps, 0, STAT_DT_INT, true);
}

tap_packet_status on_statistics(stats_tree* tree, packet_info*, epan_dissect_t*, const void* packet,
                                tap_flags_t) {
  const auto* facts = static_cast<const SegmentFacts*>(packet);
  char name[64];
  std::snprintf(name, sizeof name, "Connection %u, subflow %u, %s", facts->connection, facts->subflow,
                facts->from_listener ? "from listener" : "from initiator");
  const int bytes = static_cast<int>(facts->payload);
  increase_stat_node(tree, name_subflows, 0, true, bytes);
  increase_stat_node(tree, name, node_subflows, false, bytes);
  tick_stat_node(tree, name_status, 0, true);
  tick_stat_node(tree, words(facts->status), node_status, false);
  if (facts->repeated) {
    increase_stat_node(tree, name_repeated, 0, true, bytes);
    increase_stat_node(tree, name, node_repeated, false, bytes);
  }
  if (facts->gap_length > 0) {
    tick_stat_node(tree, name_gaps, 0, true);
    std::snprintf(name, sizeof name, "Connection %u, %" PRIu64 " bytes", facts->connection,
                  facts->gap_length);
    tick_stat_node(tree, name, node_gaps, false);
  }
  return TAP_PACKET_REDRAW;
}

}  // namespace

void register_taps() {
  follow_tap = register_tap("mpscramble_follow");
  statistics_tap = register_tap("mpscramble");
  pdu_tap = register_export_pdu_tap("MPScramble");
  register_follower(&register_follow_stream, &connection_count, protocol, "mpscramble_follow",
                    &follow_this_packet, &follow_number, &follow_endpoints, &port_text, &on_follow);
  stats_tree_register_plugin("mpscramble", "mpscramble", "MPTCP/Subflows and gaps", 0, on_statistics,
                             statistics_begin, nullptr);
}

bool wants_follow() {
  return have_tap_listener(follow_tap);
}
bool wants_statistics() {
  return have_tap_listener(statistics_tap);
}

void offer_follow(packet_info* pinfo, const FollowBytes& bytes) {
  tap_queue_packet(follow_tap, pinfo, wmem_memdup(pinfo->pool, &bytes, sizeof bytes));
}

void offer_statistics(packet_info* pinfo, const SegmentFacts& facts) {
  tap_queue_packet(statistics_tap, pinfo, wmem_memdup(pinfo->pool, &facts, sizeof facts));
}

void offer_pdu(packet_info* pinfo, tvbuff_t* bytes, const char* dissector, bool heuristic) {
  if (!have_tap_listener(pdu_tap)) return;
  exp_pdu_data_t* pdu = export_pdu_create_common_tags(
      pinfo, dissector, heuristic ? EXP_PDU_TAG_HEUR_DISSECTOR_NAME : EXP_PDU_TAG_DISSECTOR_NAME);
  pdu->tvb_captured_length = tvb_captured_length(bytes);
  pdu->tvb_reported_length = tvb_reported_length(bytes);
  pdu->pdu_tvb = bytes;
  tap_queue_packet(pdu_tap, pinfo, pdu);
}

}  // namespace mps::plugin
