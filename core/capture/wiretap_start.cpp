// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/wiretap_start.h"

#include <wireshark.h>

#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>
#include <wsutil/wslog.h>

#include <mutex>

namespace mps {
namespace {

/// All that goes wrong reaches us through return values; what wiretap would print besides is dropped.
/// Parameters differ between Wireshark's versions, so each fits any.
constexpr auto drop = [](auto...) {};
const report_message_routines silent_reports = {drop, drop, drop, drop, drop, drop, drop, drop, drop, drop};

}  // namespace

/// In the order of Wireshark's own programs. Plugins may add file formats; they are code from the user's own
/// folder, so that a process with borrowed privileges does not load them.
void start_wiretap() {
  static std::once_flag once;
  std::call_once(once, [] {
    init_process_policies();
    ws_log_init("mpscramble", nullptr);
    ws_log_set_level(LOG_LEVEL_ERROR);
    g_free(configuration_init("mpscramble", nullptr));
    init_report_message("mpscramble", &silent_reports);
    wtap_init(!started_with_special_privs());
  });
}

}  // namespace mps
