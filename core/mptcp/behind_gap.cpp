// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/behind_gap.h"

#include <algorithm>
#include <optional>

namespace mps {

bool decode_behind_gap(
    const Connection& connection, Direction direction, StreamDecoder* decoder, const PayloadStore& store,
    const std::function<void(std::uint64_t offset, std::span<const std::uint8_t> bytes)>& found) {
  const DataStream& stream = connection.stream(direction);
  if (!stream.released()) return true;
  std::optional<StreamDecoder> fresh;
  if (!decoder) decoder = &fresh.emplace(connection, direction, RegisterChoice{});
  bool readable = true;
  std::vector<std::uint8_t> bytes;
  stream.held().for_each([&](const Extent& extent) {
    const std::uint64_t end = std::min(extent.end(), decoder->reach());
    if (!readable || end <= extent.offset) return;
    bytes.resize(end - extent.offset);
    readable = store.read(extent.locator, bytes);
    if (!readable) return;
    decoder->decode_ahead(extent.offset, bytes, bytes.data());
    found(extent.offset, bytes);
  });
  return readable;
}

std::optional<mps_state> register_at_gap(const Connection& connection, Direction direction,
                                         const StreamDecoder* decoder, const RegisterChoice& choice) {
  if (!connection.stream(direction).released()) return std::nullopt;
  if (decoder) return decoder->state();
  return initial_state(connection, direction, choice.init, choice.order.value_or(KeyOrder::wire));
}

}  // namespace mps
