// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/ratchet.h"

#include <algorithm>

namespace mps {
namespace {

/// What a hash of the state is for: no two of them ever have the same input.
enum Use : std::uint8_t { first_half, second_half, next_state };

/// state | use | block number, little endian.
constexpr std::size_t head_size = 32 + 1 + 8;
void write_head(std::span<std::uint8_t> message, const Secret& state, Use use, std::uint64_t block) {
  std::ranges::copy(state, message.begin());
  message[32] = use;
  for (std::size_t i = 0; i < 8; ++i) message[33 + i] = static_cast<std::uint8_t>(block >> 8 * i);
}

}  // namespace

Ratchet::Ratchet(const StreamKeys& stream) : state_(derive("mpscramble.h2", stream)) {
  make_keystream();
}

void Ratchet::make_keystream() {
  std::array<std::uint8_t, head_size> message;
  for (const Use half : {first_half, second_half}) {
    write_head(message, state_, half, block_);
    std::ranges::copy(blake2s(message), keystream_.begin() + half * 32);
  }
}

void Ratchet::absorb() {
  std::array<std::uint8_t, head_size + block_size> message;
  write_head(message, state_, next_state, block_);
  std::ranges::copy(plaintext_, message.begin() + head_size);
  state_ = blake2s(message);
  ++block_;
  filled_ = 0;
  make_keystream();
}

void Ratchet::run(Coding coding, std::span<const std::uint8_t> in, std::uint8_t* out) {
  while (!in.empty()) {
    const std::size_t size = std::min(in.size(), block_size - filled_);
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint8_t before = in[i];
      const auto after = static_cast<std::uint8_t>(before ^ keystream_[filled_ + i]);
      plaintext_[filled_ + i] = coding == Coding::encode ? before : after;
      out[i] = after;
    }
    in = in.subspan(size);
    out += size;
    filled_ += size;
    if (filled_ == block_size) absorb();
  }
}

void Ratchet::encode(std::span<const std::uint8_t> in, std::uint8_t* out) {
  run(Coding::encode, in, out);
}

void Ratchet::decode(std::span<const std::uint8_t> in, std::uint8_t* out) {
  run(Coding::decode, in, out);
}

void Ratchet::decode_ahead(std::uint64_t at, std::span<const std::uint8_t> in, std::uint8_t* out) const {
  const std::size_t first = at - block_ * block_size;
  for (std::size_t i = 0; i < in.size(); ++i)
    out[i] = static_cast<std::uint8_t>(in[i] ^ keystream_[first + i]);
}

}  // namespace mps
