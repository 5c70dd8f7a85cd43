// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/scheme.h"

#include <gcrypt.h>

#include "core/secrets/gcrypt_start.h"

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

bool is_available(Scheme scheme) {
  static const bool primitives = [] {
    ensure_gcrypt();
    return gcry_md_test_algo(GCRY_MD_BLAKE2S_256) == 0 && gcry_cipher_test_algo(GCRY_CIPHER_CHACHA20) == 0;
  }();
  return !is_hardened(scheme) || primitives;
}

}  // namespace mps
