// SPDX-License-Identifier: GPL-2.0-or-later
/// Every implementation of the codec that the tests run over, in one place: all that mps_codecs() lists, and
/// the front door that chooses among them. A new implementation is in the tests as soon as it is listed
/// there.
#pragma once

#include <ostream>
#include <vector>

#include "core/scramble/mps_codecs.h"

inline std::ostream& operator<<(std::ostream& out, const mps_codec& codec) {
  return out << codec.name;
}

namespace mps::test {

/// Including those that this processor cannot run: a test skips them with a reason.
inline std::vector<mps_codec> codec_table() {
  mps_size count = 0;
  const mps_codec* const first = mps_codecs(&count);
  std::vector<mps_codec> table(first, first + count);
  table.push_back({"default", mps_scramble, mps_descramble, [] { return true; }});
  return table;
}

}  // namespace mps::test
