// SPDX-License-Identifier: GPL-2.0-or-later
/// Decodes one direction of one connection from its first byte on, by the connection's scheme: the paper's
/// (Kato et al. III.B, figure 10) or a hardened one. Fed with the contiguous bytes of a DataStream.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/hardened/prf_xor.h"
#include "core/hardened/ratchet.h"
#include "core/mptcp/connection.h"
#include "core/scramble/mps_scramble.h"
#include "core/secrets/keys.h"

namespace mps {

/// --init and --key-order: the paper's register. Hardened schemes have no such choice.
struct RegisterChoice {
  InitialRegister init = InitialRegister::key;
  std::optional<KeyOrder> order = KeyOrder::wire;  ///< none: find out from the data
};

class StreamDecoder {
 public:
  /// Passes bytes through unchanged unless `connection` is scrambled. Precondition: then
  /// connection.can_decode(direction).
  StreamDecoder(const Connection& connection, Direction direction, const RegisterChoice& choice);

  /// The next bytes of the stream, decoded into `scratch`, which grows as needed and may be shared by many
  /// decoders. With an undecided key order the first bytes are held back until enough came to tell.
  std::span<const std::uint8_t> feed(std::span<const std::uint8_t> wire, std::vector<std::uint8_t>& scratch);
  /// What was held back.
  std::span<const std::uint8_t> flush(std::vector<std::uint8_t>& scratch);

  bool scrambled() const { return scrambled_; }
  /// Of a scrambled stream.
  Scheme scheme() const { return scheme_; }
  std::optional<KeyOrder> order() const { return order_; }
  /// The paper's register now: the 64 original bytes before the next one.
  const mps_state& state() const { return state_; }

  /// What decoding from one place on needs: nothing of a plain stream, the paper's register, the offset, a
  /// ratchet.
  using Place = std::variant<std::monostate, mps_state, std::uint64_t, Ratchet>;
  Place place() const;
  /// Decodes once more what was fed from `place` on. The stream itself does not move.
  void decode_from(const Place& place, std::span<const std::uint8_t> wire, std::uint8_t* out);

  /// Hardened schemes: how far, as a stream offset, bytes can be decoded although earlier ones are missing.
  std::uint64_t reach() const;
  /// Decodes bytes behind a gap. Precondition: hardened, and at + wire.size() <= reach().
  void decode_ahead(std::uint64_t at, std::span<const std::uint8_t> wire, std::uint8_t* out);

 private:
  void decide_order();
  void decode(std::span<const std::uint8_t> wire, std::uint8_t* out);

  bool scrambled_ = false;
  Scheme scheme_ = Scheme::paper;
  std::optional<KeyOrder> order_;
  mps_state state_{};
  mps_state state_if_host_{};
  std::vector<std::uint8_t> held_back_;
  std::unique_ptr<PrfXor> prf_xor_;   ///< H1
  std::uint64_t decoded_ = 0;         ///< H1: bytes fed
  std::unique_ptr<Ratchet> ratchet_;  ///< H2
};

/// The initial register of a direction. Precondition: the sender's key is known.
mps_state initial_state(const Connection& connection, Direction direction, InitialRegister init,
                        KeyOrder order);

}  // namespace mps
