// SPDX-License-Identifier: GPL-2.0-or-later
/// Descrambles one direction of one connection from its first byte on (Kato et al. III.B, figure 10). Fed
/// with the contiguous bytes of a DataStream.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/mptcp/connection.h"
#include "core/scramble/mps_scramble.h"
#include "core/secrets/keys.h"

namespace mps {

/// --init and --key-order.
struct RegisterChoice {
  InitialRegister init = InitialRegister::key;
  std::optional<KeyOrder> order = KeyOrder::wire;  ///< none: find out from the data
};

class StreamDecoder {
 public:
  /// Passes bytes through unchanged unless `connection` is scrambled. Precondition: then the sender's key is
  /// known.
  StreamDecoder(const Connection& connection, Direction direction, const RegisterChoice& choice);

  /// The next bytes of the stream, decoded into `scratch`, which grows as needed and may be shared by many
  /// decoders. With an undecided key order the first bytes are held back until enough came to tell.
  std::span<const std::uint8_t> feed(std::span<const std::uint8_t> wire, std::vector<std::uint8_t>& scratch);
  /// What was held back.
  std::span<const std::uint8_t> flush(std::vector<std::uint8_t>& scratch);

  bool scrambled() const { return scrambled_; }
  std::optional<KeyOrder> order() const { return order_; }
  /// The register now: the 64 original bytes before the next one.
  const mps_state& state() const { return state_; }

 private:
  void decide_order();

  bool scrambled_ = false;
  std::optional<KeyOrder> order_;
  mps_state state_{};
  mps_state state_if_host_{};
  std::vector<std::uint8_t> held_back_;
};

/// The initial register of a direction. Precondition: the sender's key is known.
mps_state initial_state(const Connection& connection, Direction direction, InitialRegister init,
                        KeyOrder order);

}  // namespace mps
