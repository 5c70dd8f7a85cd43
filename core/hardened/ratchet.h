// SPDX-License-Identifier: GPL-2.0-or-later
/// H2: the paper's idea, that missing data hides what follows, with a hash function in place of the XOR
/// (docs/hardened.md, "H2"). The keystream of each block of 64 bytes comes from a state that has absorbed
/// both keys and every earlier byte of the stream. Adds no byte; a changed byte on the wire changes one byte
/// of its block and garbles all later blocks. Not seekable: behind a missing byte only the rest of its block
/// decodes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/hardened/stream_keys.h"

namespace mps {

/// A value: a copy goes on by itself from where it was taken.
class Ratchet {
 public:
  static constexpr std::size_t block_size = 64;

  /// Precondition: is_available(Scheme::h2).
  explicit Ratchet(const StreamKeys& stream);

  /// The next bytes, in any split; `out` has room for all of `in` and may be in.data().
  void encode(std::span<const std::uint8_t> in, std::uint8_t* out);
  void decode(std::span<const std::uint8_t> in, std::uint8_t* out);

  /// Offset of the next byte.
  std::uint64_t offset() const { return block_ * block_size + filled_; }
  /// What decodes without the bytes in between: offsets from offset() to this one, the end of the block.
  std::uint64_t reach() const { return (block_ + 1) * block_size; }
  /// Decodes `in`, which starts at `at`, ahead of a gap; does not move on.
  /// Precondition: offset() <= at and at + in.size() <= reach().
  void decode_ahead(std::uint64_t at, std::span<const std::uint8_t> in, std::uint8_t* out) const;

 private:
  enum class Coding { encode, decode };
  void run(Coding coding, std::span<const std::uint8_t> in, std::uint8_t* out);
  void make_keystream();
  void absorb();

  Secret state_;
  std::uint64_t block_ = 0;                           ///< number of the current one
  std::size_t filled_ = 0;                            ///< bytes of it that are coded
  std::array<std::uint8_t, block_size> keystream_;    ///< of the current block
  std::array<std::uint8_t, block_size> plaintext_{};  ///< filled_ bytes of it
};

}  // namespace mps
