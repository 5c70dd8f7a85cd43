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

void ErrorList::add(std::uint64_t packet, std::string reason, const ByteStream& stream) {
  std::string loss = stream.loss();
  loss_told_ |= !loss.empty();
  add(packet, loss.empty() ? std::move(reason) : std::move(loss));
}

const std::vector<CaptureError>& ErrorList::list(std::uint64_t last_packet, const ByteStream& stream) {
  if (!loss_told_ && !stream.loss().empty()) add(last_packet, {}, stream);
  return errors_;
}

}  // namespace mps
