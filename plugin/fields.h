// SPDX-License-Identifier: GPL-2.0-or-later
/// The protocol's numbers in Wireshark: fields, subtrees, expert infos, taps. Wireshark writes them at
/// registration and identifies them by address, which is why they are global; nothing else in the plugin is,
/// but for State.
#pragma once

#include "plugin/epan_traits.h"

namespace mps::plugin {

struct Fields {
  int stream = -1, subflow = -1, subflows = -1, direction = -1, scrambled = -1, recognized_by = -1,
      scheme = -1, flags = -1, flag = -1;
  int key = -1, key_source = -1, token = -1;
  int dsn = -1, offset = -1, length = -1, status = -1, repeated = -1, cut = -1;
  int data = -1, data_length = -1, raw = -1, recovered_to = -1;
  int gap = -1, gap_start = -1, gap_length = -1, gap_dsn = -1, gap_reason = -1;
  int recovered_in = -1, dissected_in = -1;
  int determined = -1, determined_offset = -1, determined_data = -1, determined_length = -1;
  int pdu_offset = -1, pdu_length = -1;
};

struct ExpertInfos {
  expert_field waiting = EI_INIT, not_recoverable = EI_INIT, no_key = EI_INIT, no_mapping = EI_INIT,
               cut = EI_INIT, orphan = EI_INIT, fallback = EI_INIT, stopped = EI_INIT;
};

extern int protocol;  ///< "mpscramble"
extern Fields fields;
extern ExpertInfos infos;
extern int tree_protocol, tree_gap, tree_determined;

/// Registers protocol, fields, subtrees and expert infos.
void register_fields();
/// The expert info of a tracker's anomaly, by AnomalyKind.
expert_field* info_of_anomaly(unsigned kind);

}  // namespace mps::plugin
