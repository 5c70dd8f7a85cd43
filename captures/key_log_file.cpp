// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/key_log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captures/descriptor.h"

namespace mps {

tl::expected<void, std::string> append_key_log(const std::string& name, const KeyPair& keys) {
  const Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  // Whoever can read the keys can read the streams: take back what an earlier file may have granted.
  if (!file || ::fchmod(file.get(), 0600) != 0) return tl::unexpected(system_error(name));
  const std::string line =
      fmt::format("MPTCP_KEYS {} {}\n", to_string(keys.initiator), to_string(keys.listener));
  if (::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return tl::unexpected(system_error(name));
  return {};
}

}  // namespace mps
