// SPDX-License-Identifier: GPL-2.0-or-later
/// Wireshark's file library wants to be started once per process.
#pragma once

namespace mps {

/// Any thread, any number of times.
void start_wiretap();

}  // namespace mps
