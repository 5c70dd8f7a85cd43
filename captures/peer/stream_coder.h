// SPDX-License-Identifier: GPL-2.0-or-later
/// What a peer does to its stream between the application and the MPTCP socket. The scrambling scheme of Kato
/// et al. is one coder; plain is another. Output is appended rather than written in place, so that a later
/// coder may add bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/secrets/keys.h"

namespace mps::peer {

enum class Scheme : std::uint8_t {
  plain,     ///< bytes as they are: the control
  scramble,  ///< Kato et al. 2018, figures 9 to 12
};

struct CoderSettings {
  Scheme scheme = Scheme::scramble;
  InitialRegister init = InitialRegister::key;
  KeyOrder order = KeyOrder::wire;
};

/// One direction of one connection. Fed in stream order, in any split.
class StreamCoder {
 public:
  virtual ~StreamCoder() = default;
  /// Application bytes to bytes on the wire, or back when made for receiving; appended to `out`.
  virtual void process(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) = 0;
};

/// `sender_key` is the key of the side whose bytes this coder treats, for both of its ends.
std::unique_ptr<StreamCoder> make_encoder(const CoderSettings& settings, const Key& sender_key, KeyHash hash);
std::unique_ptr<StreamCoder> make_decoder(const CoderSettings& settings, const Key& sender_key, KeyHash hash);

}  // namespace mps::peer
