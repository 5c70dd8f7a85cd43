// SPDX-License-Identifier: GPL-2.0-or-later
/// What a fuzz target says about its subject: a broken promise ends the program, so that libFuzzer keeps the
/// input.
#pragma once

#include <cstdlib>

namespace mps::test {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace mps::test
