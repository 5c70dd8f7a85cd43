// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace mps {
namespace {

struct Identity {
  uid_t user;
  gid_t group;
};

std::optional<Identity> named(const std::string& user) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr) return std::nullopt;
  return Identity{entry->pw_uid, entry->pw_gid};
}

std::optional<unsigned> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  unsigned value = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

std::optional<Identity> caller() {
  if (::getuid() != 0) return Identity{::getuid(), ::getgid()};  // a set-user-ID program
  const auto user = number_in("SUDO_UID"), group = number_in("SUDO_GID");
  if (user && group && *user != 0) return Identity{*user, *group};
  return named("nobody");
}

bool drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

}  // namespace

tl::expected<void, std::string> drop_privileges(const std::string& user) {
  const auto failed = [](const char* what) {
    return tl::unexpected(fmt::format("cannot give up privileges: {}: {}", what, std::strerror(errno)));
  };
  if (::geteuid() == 0) {
    const auto identity = user.empty() ? caller() : named(user);
    if (!identity) return tl::unexpected(fmt::format("there is no user {}", user.empty() ? "nobody" : user));
    const gid_t group = identity->group;
    // Groups first: afterwards there is no right to change them any more.
    if (::setgroups(1, &group) != 0) return failed("groups");
    if (::setresgid(group, group, group) != 0) return failed("group");
    if (::setresuid(identity->user, identity->user, identity->user) != 0) return failed("user");
    if (identity->user == 0) return {};  // asked for by name
    if (::setuid(0) == 0) return tl::unexpected(std::string("cannot give up privileges: they come back"));
  }
  if (!drop_capabilities()) return failed("capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("new ones");
  return {};
}

}  // namespace mps
