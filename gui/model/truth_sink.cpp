// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/truth_sink.h"

namespace mps::gui {

void TruthSink::on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                             std::span<const std::uint8_t> bytes) {
  Stream& stream = streams_[{connection.id, direction}];
  if (stream.broken) return;
  if (offset != stream.bytes.size() || bytes.size() > limit_ - held_) {
    held_ -= stream.bytes.size();
    stream = {{}, true};
    return;
  }
  stream.bytes.insert(stream.bytes.end(), bytes.begin(), bytes.end());
  held_ += bytes.size();
}

std::span<const std::uint8_t> TruthSink::whole(const Connection& connection, Direction direction,
                                               std::uint64_t length) const {
  const auto found = streams_.find({connection.id, direction});
  if (found == streams_.end() || found->second.broken || found->second.bytes.size() != length) return {};
  return found->second.bytes;
}

}  // namespace mps::gui
