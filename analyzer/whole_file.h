// SPDX-License-Identifier: GPL-2.0-or-later
/// A file that appears under its name once it is whole: who finds it has all of it, and what stood there
/// before stays until then.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mps {

/// The error is one line: file and reason. A device or a pipe is written to as it is.
tl::expected<void, std::string> write_whole(const std::string& path, std::string_view content);

}  // namespace mps
