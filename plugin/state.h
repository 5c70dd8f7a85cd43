// SPDX-License-Identifier: GPL-2.0-or-later
/// Everything that lives as long as one dissection of a capture: made by Wireshark's init routine, destroyed
/// by its cleanup routine (opening a file, changed preferences or Decode As entries).
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "plugin/epan_traits.h"
#include "plugin/preferences.h"
#include "plugin/recovery.h"

namespace mps::plugin {

struct State {
  State();
  KeyRing keys;
  Recovery recovery;
  bool handing_over = false;  ///< an inner dissector runs: what it passes to TCP's table is not a subflow
  // Looking conversations up costs more than all else that is done for a segment.
  std::unordered_set<const Subflow*> claimed;  ///< their conversations have our dissector
  std::unordered_map<std::uint32_t, conversation_t*>
      conversations;              ///< what inner dissectors see, by Connection::id
  unsigned keyless_segments = 0;  ///< looked up again in the key log every few of them
};

/// Null while no capture is open.
extern State* state;

}  // namespace mps::plugin
