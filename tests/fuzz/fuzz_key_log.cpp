// SPDX-License-Identifier: GPL-2.0-or-later
/// A key log of any bytes: what it holds is found again under both hashes, and written out again it says the
/// same.
#include <sstream>
#include <string>

#include "core/secrets/key_log.h"
#include "tests/fuzz/require.h"

using mps::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream text(std::string(data, data + size));
  mps::KeyLog log;
  const auto read = log.read(text, "fuzz");
  require(read || read.error().find('\n') == std::string::npos);

  std::string again;
  for (const mps::KeyPair& pair : log.pairs()) {
    for (const mps::KeyHash hash : {mps::KeyHash::sha1, mps::KeyHash::sha256})
      for (const mps::Key& key : {pair.initiator, pair.listener}) {
        const auto match = log.find_token(token_of(key, hash));
        require(match.has_value());
      }
    const auto found = log.find_key(pair.listener);
    require(found && (found->listener == pair.listener || found->initiator == pair.listener));
    again += "MPTCP_KEYS " + mps::to_string(pair.initiator) + " " + mps::to_string(pair.listener) + "\n";
  }
  std::istringstream second(again);
  mps::KeyLog copy;
  require(copy.read(second, "again").has_value());
  require(copy.size() == log.size());
  for (std::size_t i = 0; i < log.size(); ++i)
    require(copy.pairs()[i].initiator == log.pairs()[i].initiator &&
            copy.pairs()[i].listener == log.pairs()[i].listener);
  return 0;
}
