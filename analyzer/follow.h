// SPDX-License-Identifier: GPL-2.0-or-later
/// -z follow: one connection's recovered bytes in the order in which the capture gave them, as Wireshark's
/// Follow Stream does: the listener's side is indented by a tab. Missing bytes are named, never skipped
/// silently.
#pragma once

#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/options.h"
#include "core/session/session.h"

namespace mps {

class Follower final : public RecoverySink {
 public:
  Follower(FollowForm form, std::FILE* out) : form_(form), out_(out) {}
  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;
  /// Tells what is missing at the ends; of one direction if only that was wanted. The error is of all
  /// writing, except that a reader who has gone away is none.
  tl::expected<void, std::string> finish(const ConnectionReport& report, std::optional<Direction> only);
  /// Bytes that are not recovered; complete after finish().
  std::uint64_t left_out() const { return left_out_; }

 private:
  void gap(Direction direction, std::uint64_t from, std::uint64_t to);
  void ascii(Direction direction, std::span<const std::uint8_t> bytes);
  void note_error();
  void hex(Direction direction, std::uint64_t offset, std::span<const std::uint8_t> bytes);

  FollowForm form_;
  std::FILE* out_;
  std::array<std::uint64_t, 2> next_{};
  std::vector<std::uint8_t> copy_;
  std::uint64_t left_out_ = 0;
  int error_ = 0;  ///< errno of the first write that failed
  bool at_line_start_ = true;
  Direction last_{};
};

}  // namespace mps
