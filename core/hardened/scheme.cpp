// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/scheme.h"

namespace mps {

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::paper:
      return "paper";
    case Scheme::h1:
      return "h1";
    case Scheme::h2:
      return "h2";
  }
  return "";
}

std::string_view name_of(Scheme scheme) {
  switch (scheme) {
    case Scheme::paper:
      return "the paper's scrambler";
    case Scheme::h1:
      return "H1 (PRF-xor)";
    case Scheme::h2:
      return "H2 (ratchet)";
  }
  return "";
}

}  // namespace mps
