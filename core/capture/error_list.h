// SPDX-License-Identifier: GPL-2.0-or-later
/// Damage met in one file, bounded: a hostile file can be all damage, so that after `limit` single lines the
/// rest is only counted.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/capture/packet_source.h"

namespace mps {

class ErrorList {
 public:
  static constexpr std::size_t limit = 100;

  explicit ErrorList(std::string file) : file_(std::move(file)) {}
  void add(std::uint64_t packet, std::string reason);
  const std::vector<CaptureError>& list() const { return errors_; }

 private:
  std::string file_;
  std::uint64_t not_listed_ = 0;
  std::vector<CaptureError> errors_;
};

}  // namespace mps
