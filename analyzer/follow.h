// SPDX-License-Identifier: GPL-2.0-or-later
/// -z follow: one connection's recovered bytes in the order in which the capture gave them, as Wireshark's Follow
/// Stream does: the listener's side is indented by a tab. Missing bytes are named, never skipped silently.
#pragma once

#include <array>
#include <cstdio>

#include "analyzer/options.h"
#include "core/session/session.h"

namespace mps {

class Follower final : public RecoverySink {
 public:
  Follower(FollowForm form, std::FILE* out) : form_(form), out_(out) {}
  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;
  /// Tells what is missing at the ends.
  void finish(const ConnectionReport& report);

 private:
  void gap(Direction direction, std::uint64_t from, std::uint64_t to);
  void ascii(Direction direction, std::span<const std::uint8_t> bytes);
  void hex(Direction direction, std::uint64_t offset, std::span<const std::uint8_t> bytes);

  FollowForm form_;
  std::FILE* out_;
  std::array<std::uint64_t, 2> next_{};
  bool at_line_start_ = true;
  Direction last_{};
};

}  // namespace mps
