// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/secrets/key_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace mps {

tl::expected<void, std::string> KeyLog::add_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::istringstream words{std::string(line)};
  std::string tag, initiator, listener, rest;
  if (!(words >> tag)) return {};
  if (tag != "MPTCP_KEYS") return tl::unexpected(std::string("expected MPTCP_KEYS at the start of the line"));
  if (!(words >> initiator >> listener))
    return tl::unexpected(std::string("expected two keys after MPTCP_KEYS"));
  if (words >> rest) return tl::unexpected(std::string("something follows the two keys"));
  const auto a = parse_key(initiator);
  const auto b = parse_key(listener);
  if (!a || !b) return tl::unexpected(std::string("a key is not 16 hex digits"));
  add({*a, *b});
  return {};
}

tl::expected<void, std::string> KeyLog::load(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file) return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno ? errno : EIO)));
  return read(file, path);
}

tl::expected<void, std::string> KeyLog::read(std::istream& text, const std::string& name) {
  std::string line;
  std::string first_error;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (auto added = add_line(line); !added && first_error.empty())
      first_error = fmt::format("{}:{}: {}", name, number, added.error());
  }
  if (text.bad()) return tl::unexpected(fmt::format("{}: read error", name));
  if (!first_error.empty()) return tl::unexpected(first_error);
  return {};
}

void KeyLog::add(const KeyPair& keys) {
  const auto [begin, end] = by_key_.equal_range(keys.initiator);
  for (auto known = begin; known != end; ++known)
    if (pairs_[known->second].initiator == keys.initiator && pairs_[known->second].listener == keys.listener)
      return;
  const auto index = static_cast<std::uint32_t>(pairs_.size());
  pairs_.push_back(keys);
  by_key_.emplace(keys.initiator, index);
  by_key_.emplace(keys.listener, index);
  for (const KeyHash hash : {KeyHash::sha1, KeyHash::sha256}) {
    by_token_.try_emplace(token_of(keys.initiator, hash), Entry{index, hash, false});
    by_token_.try_emplace(token_of(keys.listener, hash), Entry{index, hash, true});
  }
}

void KeyLog::clear() {
  pairs_.clear();
  by_key_.clear();
  by_token_.clear();
}

std::optional<KeyLogMatch> KeyLog::find_token(std::uint32_t token) const {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return KeyLogMatch{pairs_[entry.pair], entry.hash, entry.listener};
}

std::optional<KeyPair> KeyLog::find_key(const Key& either) const {
  const auto found = by_key_.lower_bound(either);  // equal ones keep their order
  if (found == by_key_.end() || found->first != either) return std::nullopt;
  return pairs_[found->second];
}

}  // namespace mps
