// SPDX-License-Identifier: GPL-2.0-or-later
/// What the user sets under Preferences > Protocols > MPScramble, in the words of the command line, and the
/// keys that come from there: a key log file, read again while it grows, and a table.
#pragma once

#include "core/secrets/key_log.h"
#include "plugin/recovery.h"

namespace mps::plugin {

void register_preferences(int protocol);
/// Whether inner dissectors may ask for more bytes.
bool may_desegment();
/// As set now; they apply from the next (re)dissection on.
RecoveryOptions current_options();

/// The configured keys, as long as one dissection of the capture lasts.
class KeyRing {
 public:
  KeyRing() = default;
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  const KeyLog& log() const { return log_; }
  /// Takes the table's keys and what the file has gained since, from its start when it was replaced.
  /// True: there are more keys than before. Cheap when nothing has changed.
  bool refresh() noexcept;

 private:
  void read_lines();
  KeyLog log_;
  void* file_ = nullptr;  ///< FILE*
  bool table_read_ = false;
};

}  // namespace mps::plugin
