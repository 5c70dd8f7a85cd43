// SPDX-License-Identifier: GPL-2.0-or-later
/// Appends to a key log as core/secrets/key_log.h reads it.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "core/secrets/key_log.h"

namespace mps {

/// Adds one line to the file `name`, which is made if necessary and is readable by its owner alone
/// afterwards.
tl::expected<void, std::string> append_key_log(const std::string& name, const KeyPair& keys);

}  // namespace mps
