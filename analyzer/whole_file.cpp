// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mps {
namespace {

bool write_and_close(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  const int reason = errno;
  const bool closed = ::close(descriptor) == 0;
  if (!content.empty()) errno = reason;
  return content.empty() && closed;
}

}  // namespace

tl::expected<void, std::string> write_whole(const std::string& path, std::string_view content) {
  const auto problem = [&] { return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno))); };
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
    const int device = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (device < 0 || !write_and_close(device, content)) return problem();
    return {};
  }
  std::string part = path + ".XXXXXX";
  const int descriptor = ::mkstemp(part.data());
  if (descriptor < 0) return problem();
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor, 0666 & ~mask);  // mkstemp's 0600 is for secrets
  if (write_and_close(descriptor, content) && std::rename(part.c_str(), path.c_str()) == 0) return {};
  const auto result = problem();
  ::unlink(part.c_str());
  return result;
}

}  // namespace mps
