// SPDX-License-Identifier: GPL-2.0-or-later
/// Collects the plaintext of streams that the whole capture decodes, up to a limit: what results are checked
/// against. A stream with a hole has no truth here, for then nobody could tell right bytes from wrong ones
/// everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/session/session.h"

namespace mps::gui {

class TruthSink final : public RecoverySink {
 public:
  /// `limit`: bytes kept over all streams.
  explicit TruthSink(std::uint64_t limit) : limit_(limit) {}

  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;
  /// The first `length` bytes of the stream; empty unless all of them are there.
  std::span<const std::uint8_t> whole(const Connection& connection, Direction direction,
                                      std::uint64_t length) const;

 private:
  struct Stream {
    std::vector<std::uint8_t> bytes;
    bool broken = false;  ///< a hole, or no room
  };
  std::uint64_t limit_;
  std::uint64_t held_ = 0;
  std::map<std::pair<std::uint32_t, Direction>, Stream> streams_;
};

}  // namespace mps::gui
