// SPDX-License-Identifier: GPL-2.0-or-later
/// The dissector in front of TCP and the one behind it.
#pragma once

namespace mps::plugin {

/// At registration: the dissector "mpscramble" and the routines that make and destroy State.
void register_wrapper();
/// After all dissectors are registered: takes TCP's place in the table of IP protocols.
void wrap_tcp_dissector();

}  // namespace mps::plugin
