// SPDX-License-Identifier: GPL-2.0-or-later
/// Opening an interface needs a privilege; looking at what it brings does not, and what it brings is written
/// by strangers.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace mps {

/// Gives up what opening a live capture needed, for good: root becomes `user`, or, if that is empty, whoever
/// called sudo or started a set-user-ID program, or else nobody; capabilities go in any case. A program
/// without privileges stays as it is. The error is one line; the program must not go on then.
tl::expected<void, std::string> drop_privileges(const std::string& user);

}  // namespace mps
