// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/error_list.h"

#include <fmt/format.h>

namespace mps {

void ErrorList::add(std::uint64_t packet, std::string reason) {
  if (errors_.size() < limit) {
    errors_.push_back({file_, packet, std::move(reason)});
    return;
  }
  if (errors_.size() == limit) errors_.push_back({file_, 0, {}});
  errors_.back().reason =
      fmt::format("{} more damaged packets, the last is packet {}", ++not_listed_, packet);
}

}  // namespace mps
