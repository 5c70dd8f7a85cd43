// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/fields.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/mptcp/anomaly.h"
#include "plugin/story.h"

namespace mps::plugin {

int protocol = -1;
Fields fields;
ExpertInfos infos;
int tree_protocol = -1, tree_gap = -1, tree_determined = -1;

namespace {

std::array<expert_field, anomaly_kinds> anomaly_infos;

const value_string direction_words[] = {
    {0, "initiator to listener"}, {1, "listener to initiator"}, {0, nullptr}};

constexpr unsigned statuses = static_cast<unsigned>(Status::ignored) + 1;
value_string status_words[statuses + 1];

int severity_of(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::isn_guessed:
    case AnomalyKind::version_contradiction:
    case AnomalyKind::subflow_reset:
    case AnomalyKind::infinite_mapping:
    case AnomalyKind::fallback:
      return PI_NOTE;
    default:
      return is_damage(kind) ? PI_WARN : PI_CHAT;
  }
}

int group_of(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::dss_checksum_wrong:
      return PI_CHECKSUM;
    case AnomalyKind::key_mismatch:
    case AnomalyKind::join_hmac_wrong:
    case AnomalyKind::join_unknown_token:
      return PI_SECURITY;
    case AnomalyKind::damaged_options:
    case AnomalyKind::conflicting_mapping:
      return PI_PROTOCOL;
    case AnomalyKind::limit_reached:
      return PI_UNDECODED;
    case AnomalyKind::scheme_unavailable:
      return PI_DECRYPTION;
    default:
      return PI_SEQUENCE;
  }
}

void register_expert_infos() {
  expert_module_t* module = expert_register_protocol(protocol);
  static ei_register_info own[] = {
      {&infos.waiting,
       {"mpscramble.expert.waiting", PI_SEQUENCE, PI_NOTE, "Waiting for missing bytes", EXPFILL}},
      {&infos.not_recoverable,
       {"mpscramble.expert.not_recoverable", PI_SEQUENCE, PI_WARN,
        "Not recoverable: bytes are not in this capture", EXPFILL}},
      {&infos.no_key,
       {"mpscramble.expert.no_key", PI_DECRYPTION, PI_WARN, "The sender's key is not known", EXPFILL}},
      {&infos.no_mapping,
       {"mpscramble.expert.no_mapping", PI_SEQUENCE, PI_NOTE, "No mapping places this payload in the stream",
        EXPFILL}},
      {&infos.cut, {"mpscramble.expert.cut", PI_UNDECODED, PI_WARN, "Payload cut by the snaplen", EXPFILL}},
      {&infos.orphan,
       {"mpscramble.expert.orphan", PI_DECRYPTION, PI_WARN,
        "The connection's handshake is not in this capture", EXPFILL}},
      {&infos.fallback,
       {"mpscramble.expert.fallback_payload", PI_SEQUENCE, PI_CHAT, "Fallback to plain TCP", EXPFILL}},
      {&infos.stopped,
       {"mpscramble.expert.stopped", PI_UNDECODED, PI_ERROR, "Recovery stopped: out of memory", EXPFILL}},
  };
  expert_register_field_array(module, own, array_length(own));

  // Names are kept by reference for as long as Wireshark runs.
  static std::array<std::string, anomaly_kinds> names;
  static std::array<std::string, anomaly_kinds> texts;
  static std::array<ei_register_info, anomaly_kinds> of_anomalies;
  for (std::size_t i = 0; i < anomaly_kinds; ++i) {
    const auto kind = static_cast<AnomalyKind>(i);
    names[i] = "mpscramble.expert." + std::string(to_string(kind));
    std::replace(names[i].begin(), names[i].end(), '-', '_');
    texts[i] = std::string(explanation(kind));
    texts[i].front() = g_ascii_toupper(texts[i].front());
    anomaly_infos[i] = EI_INIT;
    of_anomalies[i] = {&anomaly_infos[i],
                       {names[i].c_str(), group_of(kind), severity_of(kind), texts[i].c_str(), EXPFILL}};
  }
  expert_register_field_array(module, of_anomalies.data(), static_cast<int>(of_anomalies.size()));
}

}  // namespace

expert_field* info_of_anomaly(unsigned kind) {
  return &anomaly_infos[kind];
}

void register_fields() {
  protocol = proto_register_protocol("MPTCP Data Scrambling", "MPScramble", "mpscramble");
  for (unsigned i = 0; i < statuses; ++i) status_words[i] = {i, words(static_cast<Status>(i))};
  status_words[statuses] = {0, nullptr};

  // clang-format off
  static hf_register_info own[] = {
      {&fields.stream, {"Connection number", "mpscramble.stream", FT_UINT32, BASE_DEC, nullptr, 0, "MPTCP connection, over all its subflows", HFILL}},
      {&fields.subflow, {"Subflow number", "mpscramble.subflow", FT_UINT16, BASE_DEC, nullptr, 0, "in order of appearance", HFILL}},
      {&fields.subflows, {"Subflows", "mpscramble.subflows", FT_UINT16, BASE_DEC, nullptr, 0, "seen so far", HFILL}},
      {&fields.direction, {"Direction", "mpscramble.direction", FT_UINT8, BASE_DEC, VALS(direction_words), 0, nullptr, HFILL}},
      {&fields.scrambled, {"Scrambled", "mpscramble.scrambled", FT_BOOLEAN, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.recognized_by, {"Recognized by", "mpscramble.recognized_by", FT_STRING, BASE_NONE, nullptr, 0, "how it was decided whether the connection is scrambled", HFILL}},
      {&fields.scheme, {"Scheme", "mpscramble.scheme", FT_STRING, BASE_NONE, nullptr, 0, "what the stream was decoded with: paper, h1, h2", HFILL}},
      {&fields.flags, {"MP_CAPABLE flags", "mpscramble.flags", FT_UINT8, BASE_HEX, nullptr, 0, "of both directions", HFILL}},
      {&fields.flag, {"Scrambling flag", "mpscramble.flag", FT_BOOLEAN, BASE_NONE, nullptr, 0, "one of the configured bits of the MP_CAPABLE flags", HFILL}},
      {&fields.key, {"Sender's key", "mpscramble.key", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.key_source, {"Key source", "mpscramble.key_source", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.token, {"Token", "mpscramble.token", FT_UINT32, BASE_HEX, nullptr, 0, "of the connection that this subflow joins", HFILL}},
      {&fields.dsn, {"Data sequence number", "mpscramble.dsn", FT_UINT64, BASE_DEC, nullptr, 0, "of the first payload byte", HFILL}},
      {&fields.offset, {"Stream offset", "mpscramble.offset", FT_UINT64, BASE_DEC, nullptr, 0, "of the first payload byte; 0 is the first byte of application data", HFILL}},
      {&fields.length, {"Length", "mpscramble.len", FT_UINT32, BASE_DEC, nullptr, 0, "payload bytes that have a place in the stream", HFILL}},
      {&fields.status, {"Status", "mpscramble.status", FT_UINT8, BASE_DEC, VALS(status_words), 0, nullptr, HFILL}},
      {&fields.repeated, {"Repeated", "mpscramble.repeated", FT_BOOLEAN, BASE_NONE, nullptr, 0, "retransmitted, or reinjected over another subflow", HFILL}},
      {&fields.cut, {"Bytes cut by the snaplen", "mpscramble.cut", FT_UINT32, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.data, {"Recovered bytes", "mpscramble.data", FT_BYTES, BASE_NONE, nullptr, 0, "original bytes that this frame completed", HFILL}},
      {&fields.data_length, {"Recovered length", "mpscramble.data.len", FT_UINT32, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.raw, {"Payload as on the wire", "mpscramble.raw", FT_BYTES, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.recovered_to, {"Recovered to", "mpscramble.recovered_to", FT_UINT64, BASE_DEC, nullptr, 0, "stream offset up to which nothing is missing", HFILL}},
      {&fields.gap, {"Gap", "mpscramble.gap", FT_NONE, BASE_NONE, nullptr, 0, "the first one of this direction", HFILL}},
      {&fields.gap_start, {"Start", "mpscramble.gap.start", FT_UINT64, BASE_DEC, nullptr, 0, "stream offset", HFILL}},
      {&fields.gap_length, {"Length", "mpscramble.gap.len", FT_UINT64, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.gap_dsn, {"Data sequence number", "mpscramble.gap.dsn", FT_UINT64, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.gap_reason, {"Reason", "mpscramble.gap.reason", FT_STRING, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.recovered_in, {"Recovered in frame", "mpscramble.recovered_in", FT_FRAMENUM, BASE_NONE, nullptr, 0, "the frame that closed the gap before this one", HFILL}},
      {&fields.dissected_in, {"Reassembled PDU in frame", "mpscramble.reassembled_in", FT_FRAMENUM, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.determined, {"Determined behind a gap", "mpscramble.determined", FT_NONE, BASE_NONE, nullptr, 0, "bytes of this frame that follow although bytes before them are missing", HFILL}},
      {&fields.determined_length, {"Bytes", "mpscramble.determined.len", FT_UINT32, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.determined_offset, {"Stream offset", "mpscramble.determined.offset", FT_UINT64, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.determined_data, {"Data", "mpscramble.determined.data", FT_BYTES, BASE_NONE, nullptr, 0, nullptr, HFILL}},
      {&fields.pdu_offset, {"Offset of dissected piece", "mpscramble.pdu.offset", FT_UINT64, BASE_DEC, nullptr, 0, nullptr, HFILL}},
      {&fields.pdu_length, {"Length of dissected piece", "mpscramble.pdu.len", FT_UINT32, BASE_DEC, nullptr, 0, nullptr, HFILL}},
  };
  // clang-format on
  proto_register_field_array(protocol, own, array_length(own));
  static int* subtrees[] = {&tree_protocol, &tree_gap, &tree_determined};
  proto_register_subtree_array(subtrees, array_length(subtrees));
  register_expert_infos();
}

}  // namespace mps::plugin
