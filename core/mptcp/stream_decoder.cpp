// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/stream_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mps {
namespace {

/// Enough rows of 65 bytes that the seven doubtful columns stand out.
constexpr std::size_t bytes_to_decide = 16384;

/// Log-likelihood of the bytes on the doubtful columns under the histogram of the certain ones. A wrong order
/// turns 7 of 65 columns into plaintext XOR a constant, for ever (the XOR of all key bytes does not depend on
/// their order).
double plausibility(std::span<const std::uint8_t> decoded, std::span<const std::uint8_t> other) {
  std::array<double, 256> weight{};
  weight.fill(0.1);
  for (std::size_t i = 0; i < decoded.size(); ++i)
    if (decoded[i] == other[i]) weight[decoded[i]] += 1;
  double sum = 0;
  for (std::size_t i = 0; i < decoded.size(); ++i)
    if (decoded[i] != other[i]) sum += std::log(weight[decoded[i]]);
  return sum;
}

}  // namespace

mps_state initial_state(const Connection& connection, Direction direction, InitialRegister init,
                        KeyOrder order) {
  const auto bytes = register_bytes(*connection.sender_key(direction), init, order, connection.hash);
  mps_state state;
  mps_state_init(&state, bytes.data(), bytes.size());
  return state;
}

StreamDecoder::StreamDecoder(const Connection& connection, Direction direction, const RegisterChoice& choice)
    : scrambled_(connection.scrambled), scheme_(connection.scheme), order_(choice.order) {
  if (!scrambled_ || is_hardened(scheme_)) order_ = KeyOrder::wire;
  if (!scrambled_) return;
  if (is_hardened(scheme_)) {
    const StreamKeys stream{{*connection.keys[0], *connection.keys[1]},
                            direction == Direction::listener_to_initiator};
    if (scheme_ == Scheme::h1)
      prf_xor_ = std::make_unique<PrfXor>(stream);
    else
      ratchet_ = std::make_unique<Ratchet>(stream);
    return;
  }
  state_ = initial_state(connection, direction, choice.init, choice.order.value_or(KeyOrder::wire));
  if (!order_) state_if_host_ = initial_state(connection, direction, choice.init, KeyOrder::host);
}

std::span<const std::uint8_t> StreamDecoder::feed(std::span<const std::uint8_t> wire,
                                                  std::vector<std::uint8_t>& scratch) {
  if (!scrambled_) return wire;
  if (!order_) {
    held_back_.insert(held_back_.end(), wire.begin(), wire.end());
    if (held_back_.size() < bytes_to_decide) return {};
    return flush(scratch);
  }
  if (scratch.size() < wire.size()) scratch.resize(wire.size());
  decode(wire, scratch.data());
  return std::span(scratch).first(wire.size());
}

void StreamDecoder::decode(std::span<const std::uint8_t> wire, std::uint8_t* out) {
  switch (scheme_) {
    case Scheme::paper:
      mps_descramble(&state_, out, wire.data(), wire.size());
      break;
    case Scheme::h1:
      prf_xor_->apply(decoded_, wire, out);
      decoded_ += wire.size();
      break;
    case Scheme::h2:
      ratchet_->decode(wire, out);
      break;
  }
}

StreamDecoder::Place StreamDecoder::place() const {
  if (!scrambled_) return std::monostate{};
  if (scheme_ == Scheme::h1) return decoded_;
  if (scheme_ == Scheme::h2) return *ratchet_;
  return state_;
}

void StreamDecoder::decode_from(const Place& place, std::span<const std::uint8_t> wire, std::uint8_t* out) {
  if (const auto* before = std::get_if<mps_state>(&place)) {
    mps_state state = *before;
    mps_descramble(&state, out, wire.data(), wire.size());
  } else if (const auto* offset = std::get_if<std::uint64_t>(&place)) {
    prf_xor_->apply(*offset, wire, out);
  } else if (const auto* before_block = std::get_if<Ratchet>(&place)) {
    Ratchet ratchet = *before_block;
    ratchet.decode(wire, out);
  } else {
    std::copy(wire.begin(), wire.end(), out);
  }
}

std::uint64_t StreamDecoder::reach() const {
  return scheme_ == Scheme::h2 ? ratchet_->reach() : UINT64_MAX;
}

void StreamDecoder::decode_ahead(std::uint64_t at, std::span<const std::uint8_t> wire, std::uint8_t* out) {
  if (scheme_ == Scheme::h2)
    ratchet_->decode_ahead(at, wire, out);
  else
    prf_xor_->apply(at, wire, out);
}

std::span<const std::uint8_t> StreamDecoder::flush(std::vector<std::uint8_t>& scratch) {
  if (order_) return {};
  decide_order();
  scratch.resize(held_back_.size());
  mps_descramble(&state_, scratch.data(), held_back_.data(), held_back_.size());
  held_back_ = {};
  return scratch;
}

void StreamDecoder::decide_order() {
  std::vector<std::uint8_t> as_wire(held_back_.size());
  std::vector<std::uint8_t> as_host(held_back_.size());
  mps_state wire_state = state_;
  mps_state host_state = state_if_host_;
  mps_descramble(&wire_state, as_wire.data(), held_back_.data(), held_back_.size());
  mps_descramble(&host_state, as_host.data(), held_back_.data(), held_back_.size());
  order_ = plausibility(as_host, as_wire) > plausibility(as_wire, as_host) ? KeyOrder::host : KeyOrder::wire;
  if (*order_ == KeyOrder::host) state_ = state_if_host_;
}

}  // namespace mps
