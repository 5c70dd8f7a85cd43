// SPDX-License-Identifier: GPL-2.0-or-later
/// Which recovered streams an output wants, and several outputs fed at once.
#pragma once

#include <optional>
#include <vector>

#include "core/session/session.h"

namespace mps {

/// By Connection::id, which is known while packets are read; numbers for people are known at the end only.
struct StreamFilter {
  std::optional<std::uint32_t> connection_id;
  std::optional<Direction> direction;
  bool wants(const Connection& connection, Direction d) const {
    return (!connection_id || *connection_id == connection.id) && (!direction || *direction == d);
  }
};

class FanOut final : public RecoverySink {
 public:
  explicit FanOut(StreamFilter filter) : filter_(filter) {}
  void add(RecoverySink* sink) { sinks_.push_back(sink); }
  bool empty() const { return sinks_.empty(); }
  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override {
    if (!filter_.wants(connection, direction)) return;
    for (RecoverySink* sink : sinks_) sink->on_recovered(connection, direction, offset, bytes);
  }

 private:
  StreamFilter filter_;
  std::vector<RecoverySink*> sinks_;
};

}  // namespace mps
