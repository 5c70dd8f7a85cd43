// SPDX-License-Identifier: GPL-2.0-or-later
/// H1: the stream XORed with a keystream of its own, bound to both MPTCP keys, the direction and the place in
/// the stream (docs/hardened.md, "H1"). Adds no byte, protects no integrity. Coding and decoding are the
/// same, and any place of the stream can be decoded by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/hardened/stream_keys.h"

namespace mps {

/// Not for several threads at once. Movable; one cipher handle of libgcrypt.
class PrfXor {
 public:
  /// Precondition: is_available(Scheme::h1).
  explicit PrfXor(const StreamKeys& stream);

  /// `offset`: of in[0] in the stream, 0 is the first byte of application data. `out` has room for all of
  /// `in` and may be in.data(). Going on where the last call ended costs nothing; anywhere else costs a seek.
  void apply(std::uint64_t offset, std::span<const std::uint8_t> in, std::uint8_t* out);

 private:
  struct Close {
    void operator()(void* cipher) const;
  };
  std::unique_ptr<void, Close> cipher_;  // gcry_cipher_hd_t
  std::uint64_t next_ = 0;               ///< where the cipher stands
};

}  // namespace mps
