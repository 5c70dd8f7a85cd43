// SPDX-License-Identifier: GPL-2.0-or-later
/// From options to output: opens, reads with progress and interruption, writes, and chooses the exit code.
#pragma once

#include "analyzer/options.h"

namespace mps {

/// Returns an ExitCode.
int run(const Options& options);

}  // namespace mps
