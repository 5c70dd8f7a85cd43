// SPDX-License-Identifier: GPL-2.0-or-later
/// --demo: a bundled capture, read as its owner can and as an eavesdropper can, with the commands that do the
/// same.
#pragma once

#include "analyzer/options.h"

namespace mps {

/// `options` gives what is not about the input: colours, progress, -v. Returns the exit code.
int run_demo(const Options& options);

}  // namespace mps
