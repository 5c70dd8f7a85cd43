// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/packet_source.h"

#include <fmt/format.h>

namespace mps {

std::string CaptureError::message() const {
  if (file.empty()) return reason;
  if (packet == 0) return fmt::format("{}: {}", file, reason);
  return fmt::format("{}: packet {}: {}", file, packet, reason);
}

}  // namespace mps
