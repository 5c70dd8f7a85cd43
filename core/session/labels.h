// SPDX-License-Identifier: GPL-2.0-or-later
/// What a report says of a connection's subflows, as observers and the lab ask for it: masks by label, and
/// the initial one.
#pragma once

#include "core/leak/observer.h"
#include "core/session/report.h"

namespace mps {

inline SubflowMask labelled(const ConnectionReport& connection, Trust trust) {
  SubflowMask mask = 0;
  for (const SubflowReport& subflow : connection.subflows)
    if (subflow.trust == trust) mask |= mask_of(subflow.index);
  return mask;
}

/// The subflow that carried MP_CAPABLE; where that is not in the capture, the first one that is.
inline std::uint16_t initial_subflow(const ConnectionReport& connection) {
  for (const SubflowReport& subflow : connection.subflows)
    if (subflow.initial) return subflow.index;
  return 0;
}

}  // namespace mps
