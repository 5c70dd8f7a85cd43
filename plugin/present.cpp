// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/present.h"

#include <epan/column-utils.h>
#include <epan/to_str.h>

#include <cinttypes>

#include "plugin/fields.h"
#include "plugin/hand_over.h"
#include "plugin/segment.h"
#include "plugin/state.h"
#include "plugin/taps.h"

namespace mps::plugin {
namespace {

/// One segment on its way to the screen.
struct Scene {
  packet_info* pinfo;
  proto_tree* tree;  ///< Wireshark's top level
  proto_tree* own;   ///< null if nobody looks
  proto_item* item;
  tvbuff_t* segment;
  unsigned payload_at;
  unsigned payload_length;  ///< captured
  PacketRecord* record;
  const Story* story;
};

void generated(proto_item* item) {
  proto_item_set_generated(item);
}

void add_identity(const Scene& scene) {
  const Story& story = *scene.story;
  proto_tree* own = scene.own;
  tvbuff_t* tvb = scene.segment;
  generated(proto_tree_add_uint(own, fields.stream, tvb, 0, 0, story.connection));
  generated(proto_tree_add_uint(own, fields.subflow, tvb, 0, 0, story.subflow));
  generated(proto_tree_add_uint(own, fields.subflows, tvb, 0, 0, story.subflows));
  generated(
      proto_tree_add_uint(own, fields.direction, tvb, 0, 0, static_cast<unsigned>(index(story.direction))));
  generated(proto_tree_add_boolean(own, fields.scrambled, tvb, 0, 0, story.scrambled));
  generated(proto_tree_add_string(own, fields.recognized_by, tvb, 0, 0, story.recognized_by));
  if (*story.scheme) generated(proto_tree_add_string(own, fields.scheme, tvb, 0, 0, story.scheme));
  if (story.capable_flags >= 0) {
    generated(proto_tree_add_uint(own, fields.flags, tvb, 0, 0, static_cast<unsigned>(story.capable_flags)));
    generated(proto_tree_add_boolean(own, fields.flag, tvb, 0, 0, story.flag_set));
  }
  if (story.key) {
    const char* key = bytes_to_str(scene.pinfo->pool, story.key->data(), story.key->size());
    generated(proto_tree_add_string(own, fields.key, tvb, 0, 0, key));
    generated(proto_tree_add_string(own, fields.key_source, tvb, 0, 0, story.key_source));
  }
  if (story.has_token) generated(proto_tree_add_uint(own, fields.token, tvb, 0, 0, story.token));
}

void add_place(const Scene& scene) {
  const Story& story = *scene.story;
  proto_tree* own = scene.own;
  tvbuff_t* tvb = scene.segment;
  const int at = static_cast<int>(scene.payload_at);
  if (story.placed) {
    generated(proto_tree_add_uint64(own, fields.dsn, tvb, 0, 0, story.dsn));
    if (story.offset_known) generated(proto_tree_add_uint64(own, fields.offset, tvb, 0, 0, story.offset));
    generated(proto_tree_add_uint(own, fields.length, tvb, 0, 0, story.length));
  }
  if (story.status != Status::no_payload)
    generated(proto_tree_add_uint(own, fields.status, tvb, 0, 0, static_cast<unsigned>(story.status)));
  if (story.repeated) generated(proto_tree_add_boolean(own, fields.repeated, tvb, 0, 0, true));
  if (story.cut_bytes) generated(proto_tree_add_uint(own, fields.cut, tvb, 0, 0, story.cut_bytes));
  if (scene.payload_length)
    proto_tree_add_item(own, fields.raw, tvb, at, static_cast<int>(scene.payload_length), ENC_NA);
  if (story.offset_known || story.recovered_to)
    generated(proto_tree_add_uint64(own, fields.recovered_to, tvb, 0, 0, story.recovered_to));
  if (story.recovered_in)
    generated(proto_tree_add_uint(own, fields.recovered_in, tvb, 0, 0, story.recovered_in));
  if (story.dissected_in)
    generated(proto_tree_add_uint(own, fields.dissected_in, tvb, 0, 0, story.dissected_in));
  if (story.gap) {
    proto_item* item = proto_tree_add_item(own, fields.gap, tvb, 0, 0, ENC_NA);
    generated(item);
    proto_item_append_text(item, ": %" PRIu64 " bytes from %" PRIu64, story.gap_length, story.gap_start);
    proto_tree* gap = proto_item_add_subtree(item, tree_gap);
    generated(proto_tree_add_uint64(gap, fields.gap_start, tvb, 0, 0, story.gap_start));
    generated(proto_tree_add_uint64(gap, fields.gap_length, tvb, 0, 0, story.gap_length));
    generated(proto_tree_add_uint64(gap, fields.gap_dsn, tvb, 0, 0, story.gap_dsn));
    if (*story.gap_reason)
      generated(proto_tree_add_string(gap, fields.gap_reason, tvb, 0, 0, story.gap_reason));
  }
}

void add_determined(const Scene& scene) {
  const Story& story = *scene.story;
  if (!story.determined) return;
  proto_item* item = proto_tree_add_item(scene.own, fields.determined, scene.segment, 0, 0, ENC_NA);
  generated(item);
  proto_item_append_text(item, ": %u of %u bytes", story.determined, story.length);
  proto_tree* tree = proto_item_add_subtree(item, tree_determined);
  generated(proto_tree_add_uint(tree, fields.determined_length, scene.segment, 0, 0, story.determined));
  constexpr std::size_t max_shown = 128;
  DeterminedRun run;
  for (std::size_t i = 0; i < max_shown && determined_run(state->recovery, story, i, run); ++i) {
    auto* copy = static_cast<std::uint8_t*>(wmem_memdup(scene.pinfo->pool, run.bytes, run.length));
    generated(proto_tree_add_uint64(tree, fields.determined_offset, scene.segment, 0, 0, run.offset));
    generated(proto_tree_add_bytes_with_length(tree, fields.determined_data, scene.segment, 0, 0, copy,
                                               static_cast<int>(run.length)));
  }
}

void add_problems(const Scene& scene) {
  const Story& story = *scene.story;
  packet_info* pinfo = scene.pinfo;
  proto_item* item = scene.item;
  switch (story.status) {
    case Status::waiting:
      expert_add_info_format(pinfo, item, &infos.waiting,
                             "Waiting for %" PRIu64 " missing bytes from %" PRIu64 " (DSN %" PRIu64 ")",
                             story.gap_length, story.gap_start, story.gap_dsn);
      break;
    case Status::not_recoverable:
      expert_add_info_format(
          pinfo, item, &infos.not_recoverable,
          "Not recoverable: %" PRIu64 " bytes from %" PRIu64 " (DSN %" PRIu64 ") are not in this capture%s%s",
          story.gap_length, story.gap_start, story.gap_dsn, *story.gap_reason ? ": " : "", story.gap_reason);
      break;
    case Status::no_key:
      expert_add_info(pinfo, item, &infos.no_key);
      break;
    case Status::no_mapping:
      expert_add_info(pinfo, item, &infos.no_mapping);
      break;
    case Status::fallback:
      expert_add_info(pinfo, item, &infos.fallback);
      break;
    default:
      break;
  }
  if (story.has_token)
    expert_add_info_format(pinfo, item, &infos.orphan,
                           "The handshake of the connection with token 0x%08x is not in this capture",
                           story.token);
  else if (story.status == Status::orphan)
    expert_add_info(pinfo, item, &infos.orphan);
  if (story.cut_bytes)
    expert_add_info_format(pinfo, item, &infos.cut,
                           "%u payload bytes cut by the snaplen: they are missing bytes", story.cut_bytes);
  if (state->recovery.failed()) expert_add_info(pinfo, item, &infos.stopped);
  for (const Anomaly& note : state->recovery.notes(*scene.record)) {
    const auto kind = static_cast<unsigned>(note.kind);
    if (note.kind == AnomalyKind::join_unknown_token) continue;  // said above, with the token
    if (note.count)
      expert_add_info_format(pinfo, item, info_of_anomaly(kind), "%s (%" PRIu64 " bytes)",
                             expert_get_summary(info_of_anomaly(kind)), note.count);
    else
      expert_add_info(pinfo, item, info_of_anomaly(kind));
  }
}

/// A private copy: the bytes must outlive everything that is shown of this packet, and no longer.
tvbuff_t* recovered_tvb(const Scene& scene, const Delivery& delivery) {
  if (delivery.length == 0) return nullptr;
  auto* bytes = static_cast<std::uint8_t*>(wmem_alloc(scene.pinfo->pool, delivery.length));
  const std::uint8_t* payload = scene.payload_length
                                    ? tvb_get_ptr(scene.segment, static_cast<int>(scene.payload_at),
                                                  static_cast<int>(scene.payload_length))
                                    : nullptr;
  if (!state->recovery.read(delivery, {payload, scene.payload_length}, bytes)) return nullptr;
  tvbuff_t* tvb =
      tvb_new_child_real_data(scene.segment, bytes, delivery.length, static_cast<int>(delivery.length));
  add_new_data_source(scene.pinfo, tvb,
                      delivery.history != no_index || scene.story->scrambled ? "Descrambled MPTCP bytes"
                                                                             : "Recovered MPTCP bytes");
  return tvb;
}

void follow(const Scene& scene, const Delivery& delivery, tvbuff_t* bytes) {
  const Connection& connection = *state->recovery.tracker().connections()[delivery.connection];
  if (!wants_follow() || !bytes || connection.subflows.empty()) return;
  const Subflow& face = *connection.subflows.front();
  offer_follow(scene.pinfo, {delivery.connection, delivery.direction == Direction::listener_to_initiator,
                             bytes, to_epan_address(scene.pinfo->pool, face.initiator().address),
                             to_epan_address(scene.pinfo->pool, face.listener().address),
                             face.initiator().port, face.listener().port});
}

/// Returns how many pieces inner dissectors took.
unsigned deliver(const Scene& scene, bool first_visit) {
  const std::size_t count = state->recovery.delivery_count(*scene.record);
  unsigned dissected = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Delivery delivery = state->recovery.delivery(*scene.record, i);
    tvbuff_t* bytes = recovered_tvb(scene, delivery);
    if (!bytes && delivery.length > 0) continue;
    if (bytes && scene.own) {
      generated(proto_tree_add_uint(scene.own, fields.data_length, bytes, 0, 0, delivery.length));
      proto_tree_add_item(scene.own, fields.data, bytes, 0, static_cast<int>(delivery.length), ENC_NA);
    }
    follow(scene, delivery, bytes);
    if (scene.record->marks & mark_claimed)
      dissected += hand_over(scene.pinfo, scene.tree, scene.own, scene.segment, scene.record,
                             static_cast<unsigned>(i), bytes, first_visit);
  }
  return dissected;
}

void describe_in_columns(const Scene& scene, unsigned dissected) {
  const Story& story = *scene.story;
  if (dissected > 0 || story.status == Status::no_payload || story.status == Status::fallback) return;
  const char* text = nullptr;
  switch (story.status) {
    case Status::recovered:
    case Status::recovered_later:
      text = " [MPTCP segment of a reassembled PDU]";
      break;
    case Status::repeated:
      text = " [MPTCP: repeated]";
      break;
    case Status::waiting:
      text = " [MPTCP: waiting for missing bytes]";
      break;
    case Status::not_recoverable:
      text = " [MPTCP: not recoverable]";
      break;
    case Status::no_key:
      text = " [MPTCP: no key]";
      break;
    case Status::no_mapping:
      text = " [MPTCP: no mapping]";
      break;
    case Status::orphan:
      text = " [MPTCP: handshake not in this capture]";
      break;
    default:
      break;
  }
  if (text && (scene.record->marks & mark_claimed)) col_append_str(scene.pinfo->cinfo, COL_INFO, text);
}

void count_up(const Scene& scene) {
  const Story& story = *scene.story;
  if (!wants_statistics() || story.status == Status::no_payload) return;
  const bool held_up = story.status == Status::waiting || story.status == Status::not_recoverable;
  offer_statistics(scene.pinfo,
                   {story.connection, story.subflow, story.direction == Direction::listener_to_initiator,
                    scene.payload_length, story.status, story.repeated, held_up ? story.gap_length : 0});
}

int dissect_recovered(tvbuff_t* segment, packet_info* pinfo, proto_tree* tree, void* data) {
  const auto& shown = *static_cast<const Shown*>(data);
  const unsigned captured = tvb_captured_length(segment);
  const Story& story = *shown.story;
  Scene scene{pinfo,
              tree,
              nullptr,
              nullptr,
              segment,
              shown.payload_at,
              captured > shown.payload_at ? captured - shown.payload_at : 0,
              shown.record,
              &story};
  if (tree) {
    scene.item = proto_tree_add_item(tree, protocol, segment, static_cast<int>(scene.payload_at),
                                     static_cast<int>(scene.payload_length), ENC_NA);
    proto_item_append_text(scene.item, ", connection %u, subflow %u", story.connection, story.subflow);
    if (story.status != Status::no_payload) proto_item_append_text(scene.item, ", %s", words(story.status));
    // Programs that only count or filter other protocols make trees as well, in which nobody reads our
    // fields.
    if (proto_field_is_referenced(tree, protocol)) {
      scene.own = proto_item_add_subtree(scene.item, tree_protocol);
      add_identity(scene);
      add_place(scene);
      add_determined(scene);
    }
  }
  add_problems(scene);
  if (story.recovered_in) depend_upon(&mark_frame_as_depended_upon, pinfo, story.recovered_in);
  describe_in_columns(scene, deliver(scene, shown.first_visit));
  count_up(scene);
  return static_cast<int>(captured);
}

dissector_handle_t handle;

}  // namespace

void register_present() {
  handle = create_dissector_handle(dissect_recovered, protocol);
}

void present(packet_info* pinfo, proto_tree* tree, tvbuff_t* segment, const Shown& shown) {
  // A pure ACK that nobody looks at: a third of all segments.
  const bool silent = shown.story->status == Status::no_payload && !shown.story->has_token &&
                      shown.record->extra == no_index && !state->recovery.failed();
  if (!tree && silent) return;
  call_dissector_only(handle, segment, pinfo, tree, const_cast<Shown*>(&shown));
}

}  // namespace mps::plugin
