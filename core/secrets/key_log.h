// SPDX-License-Identifier: GPL-2.0-or-later
/// Key log: lines "MPTCP_KEYS <initiator key> <listener key>" (16 hex digits each), '#' starts a comment,
/// blank lines are ignored. Written by the reference peers and the kernel module, read by every decoder.
/// Indexed by token under SHA-1 and SHA-256, so that a capture of a joined subflow alone finds its keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "core/secrets/keys.h"

namespace mps {

struct KeyPair {
  Key initiator;
  Key listener;
};

/// A token found in the log: whose it is, and under which hash.
struct KeyLogMatch {
  KeyPair keys;
  KeyHash hash;
  bool token_is_listeners;  ///< otherwise the initiator's
};

class KeyLog {
 public:
  /// Reads one line. Returns an error text for a line that is neither empty, a comment nor a key line.
  tl::expected<void, std::string> add_line(std::string_view line);
  /// Reads a file; the error names file, line and reason. What was read before an error is kept.
  tl::expected<void, std::string> load(const std::string& path);
  /// The same for text that comes from elsewhere; `name` stands for the file's.
  tl::expected<void, std::string> read(std::istream& text, const std::string& name);
  void add(const KeyPair& keys);
  void clear();

  std::optional<KeyLogMatch> find_token(std::uint32_t token) const;
  std::optional<KeyPair> find_key(const Key& either) const;
  const std::vector<KeyPair>& pairs() const { return pairs_; }
  std::size_t size() const { return pairs_.size(); }

 private:
  struct Entry {
    std::uint32_t pair;
    KeyHash hash;
    bool listener;
  };
  std::vector<KeyPair> pairs_;
  std::multimap<Key, std::uint32_t> by_key_;  ///< either key -> index of its pairs, the earliest first
  std::unordered_map<std::uint32_t, Entry> by_token_;
};

}  // namespace mps
