// SPDX-License-Identifier: GPL-2.0-or-later
// What Wireshark looks for in a plugin file.
#include <ws_version.h>

#include "plugin/epan_traits.h"
#include "plugin/fields.h"
#include "plugin/hand_over.h"
#include "plugin/preferences.h"
#include "plugin/taps.h"
#include "plugin/wrapper.h"

namespace {

void register_protocol() {
  mps::plugin::register_fields();
  mps::plugin::register_preferences(mps::plugin::protocol);
  mps::plugin::register_wrapper();
  mps::plugin::register_hand_over();
  mps::plugin::register_taps();
}

void all_dissectors_registered() {
  mps::plugin::hand_over_ready();
  mps::plugin::wrap_tcp_dissector();
}

}  // namespace

// Declared before they are defined: a const global of C++ is invisible outside its file otherwise.
extern "C" {
WS_DLL_PUBLIC const char plugin_version[];
WS_DLL_PUBLIC const int plugin_want_major;
WS_DLL_PUBLIC const int plugin_want_minor;
WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC std::uint32_t plugin_describe(void);

const char plugin_version[] = MPS_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void plugin_register(void) {
  static proto_plugin plugin{register_protocol, all_dissectors_registered};
  proto_register_plugin(&plugin);
}

std::uint32_t plugin_describe(void) {
  constexpr std::uint32_t is_dissector = 1;
  return is_dissector;
}
}
