// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/locked_source.h"

namespace mps::gui {

bool LockedSource::next(Packet& packet) {
  if (!source_->next(packet)) return false;
  if (packet.number > times_.size()) times_.resize(packet.number);
  times_[packet.number - 1] = packet.time_ns;
  return true;
}

bool LockedSource::read(std::uint64_t locator, std::span<std::uint8_t> out) {
  const std::lock_guard lock(mutex_);
  return source_->read(locator, out);
}

std::int64_t LockedSource::time_of(std::uint64_t number) const {
  return number >= 1 && number <= times_.size() ? times_[number - 1] : 0;
}

}  // namespace mps::gui
