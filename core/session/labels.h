// SPDX-License-Identifier: GPL-2.0-or-later
/// What the labels of a reported connection say, as masks of its subflows.
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

/// The subflow that carried MP_CAPABLE; 0 where it is not in the capture.
inline std::uint16_t initial_subflow(const ConnectionReport& connection) {
  for (const SubflowReport& subflow : connection.subflows)
    if (subflow.initial) return subflow.index;
  return 0;
}

}  // namespace mps
