// SPDX-License-Identifier: GPL-2.0-or-later
/// libgcrypt wants one call before its first use; a host program such as Wireshark may have made it already.
#pragma once

namespace mps {

/// Cheap after the first time; from any thread.
void ensure_gcrypt();

}  // namespace mps
