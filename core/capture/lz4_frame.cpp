// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/lz4_frame.h"

#include <cstdint>
#include <optional>

namespace mps {
namespace {

constexpr std::uint32_t frame_magic = 0x184d2204;
constexpr std::uint8_t flag_content_checksum = 0x04;
constexpr std::uint8_t flag_content_size = 0x08;
constexpr std::uint8_t flag_block_checksum = 0x10;
constexpr std::uint8_t flag_dictionary = 0x01;
constexpr std::uint32_t uncompressed_bit = 0x80000000;

std::optional<std::uint32_t> take_u32(ByteStream& stream) {
  const auto window = stream.peek(4);
  if (window.size() < 4) return std::nullopt;
  stream.skip(4);
  return std::uint32_t{window[0]} | std::uint32_t{window[1]} << 8 | std::uint32_t{window[2]} << 16 |
         std::uint32_t{window[3]} << 24;
}

/// Behind the magic number: descriptor, blocks, end mark, checksum.
bool skip_frame(ByteStream& stream) {
  const auto descriptor = stream.peek(2);
  if (descriptor.size() < 2) return false;
  const std::uint8_t flags = descriptor[0];
  const std::uint64_t header = 3 + (flags & flag_content_size ? 8 : 0) + (flags & flag_dictionary ? 4 : 0);
  if (!stream.skip_unseen(header)) return false;
  for (;;) {
    const auto block = take_u32(stream);
    if (!block) return false;
    if (*block == 0) return !(flags & flag_content_checksum) || stream.skip_unseen(4);
    const std::uint64_t length = *block & ~uncompressed_bit;
    if (!stream.skip_unseen(length + (flags & flag_block_checksum ? 4 : 0))) return false;
  }
}

}  // namespace

bool is_whole_lz4(ByteStream& stream) {
  while (take_u32(stream) == frame_magic)
    if (!skip_frame(stream)) return false;
  return true;
}

}  // namespace mps
