// SPDX-License-Identifier: GPL-2.0-or-later
// Differential: every implementation of the codec against the straightforward form, on a stream cut as the
// input says. That form takes long for long streams: they are compared with a running XOR, which short
// streams compare with the straightforward form. Input: 8 bytes of key, one byte of alignment, one byte of
// piece length (0: all at once), the stream.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "core/scramble/mps_codecs.h"

namespace {

struct Outcome {
  std::vector<std::uint8_t> bytes;
  mps_state state;
};

// The buffer is on the heap and exact, so that AddressSanitizer sees every byte too many.
Outcome run(mps_codec_fn* codec, mps_state state, std::span<const std::uint8_t> stream, std::size_t alignment,
            std::size_t piece) {
  std::vector<std::uint8_t> buffer(alignment + stream.size());
  std::uint8_t* const bytes = buffer.data() + alignment;
  std::copy(stream.begin(), stream.end(), bytes);
  constexpr std::size_t most_pieces = 256;
  for (std::size_t at = 0, pieces = 0; at < stream.size(); ++pieces) {
    const std::size_t left = stream.size() - at;
    const std::size_t size = piece && pieces < most_pieces ? std::min(piece, left) : left;
    codec(&state, bytes + at, bytes + at, size);
    at += size;
  }
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(alignment));
  return {buffer, state};
}

Outcome run_by_running_xor(bool scrambles, mps_state state, std::span<const std::uint8_t> stream) {
  std::vector<std::uint8_t> original(MPS_WINDOW + stream.size()), out(stream.size());
  std::copy_n(state.window, MPS_WINDOW, original.begin());
  for (std::size_t i = 0; i < stream.size(); ++i) {
    out[i] = stream[i] ^ state.sum;
    original[MPS_WINDOW + i] = scrambles ? stream[i] : out[i];
    state.sum ^= original[i] ^ original[MPS_WINDOW + i];
  }
  std::copy_n(original.end() - MPS_WINDOW, MPS_WINDOW, state.window);
  return {out, state};
}

void must_agree(const Outcome& got, const Outcome& want) {
  if (got.bytes != want.bytes || std::memcmp(&got.state, &want.state, sizeof(mps_state)) != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t head = MPS_KEY_SIZE + 2;
  if (size < head) return 0;
  mps_state state;
  mps_state_init(&state, data, MPS_KEY_SIZE);
  const std::size_t alignment = data[MPS_KEY_SIZE] % 65, piece = data[MPS_KEY_SIZE + 1];
  const std::span stream(data + head, size - head);

  const Outcome scrambled = run_by_running_xor(true, state, stream);
  const Outcome descrambled = run_by_running_xor(false, state, stream);
  constexpr std::size_t longest_straight = 512;
  const bool is_short = stream.size() <= longest_straight;
  mps_size count;
  const mps_codec* all = mps_codecs(&count);
  for (const mps_codec& codec : std::span(all, count)) {
    if (!codec.supported() || (codec.scramble == mps_scramble_straight && !is_short)) continue;
    must_agree(run(codec.scramble, state, stream, alignment, piece), scrambled);
    must_agree(run(codec.descramble, state, stream, alignment, piece), descrambled);
    const Outcome back = run(codec.descramble, state, scrambled.bytes, alignment, piece);
    if (!std::equal(back.bytes.begin(), back.bytes.end(), stream.begin(), stream.end())) std::abort();
  }
  return 0;
}
