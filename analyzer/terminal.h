// SPDX-License-Identifier: GPL-2.0-or-later
/// Text for terminals: what a capture contains must not be able to move the cursor, and colours only where
/// wanted.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "analyzer/options.h"

namespace mps {

/// Control characters and bytes that are not UTF-8 become \xNN.
std::string printable(std::string_view text);

/// SGR sequences, or nothing.
class Style {
 public:
  Style(When when, std::FILE* stream);
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string warn(std::string_view text) const { return wrap("33", text); }
  std::string bad(std::string_view text) const { return wrap("31", text); }

 private:
  std::string wrap(const char* code, std::string_view text) const;
  bool on_;
};

/// A bar on standard error, shown once the work takes longer than a second.
class Progress {
 public:
  explicit Progress(When when);
  ~Progress();
  /// `count` of `unit` are done, by now `done` of `total`; of an unknown total, 0, there is no bar.
  void update(std::uint64_t done, std::uint64_t total, std::uint64_t count, std::string_view unit);
  void clear();

 private:
  bool on_;
  bool shown_ = false;
  std::int64_t started_ms_;
  std::int64_t last_ms_ = 0;
};

}  // namespace mps
