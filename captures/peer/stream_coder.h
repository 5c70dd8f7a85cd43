// SPDX-License-Identifier: GPL-2.0-or-later
/// What a peer does to its stream between the application and the MPTCP socket: the scrambling scheme of Kato
/// et al., a hardened one, or nothing. Output is appended rather than written in place, so that a later coder
/// may add bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/hardened/stream_keys.h"

namespace mps::peer {

struct CoderSettings {
  std::optional<Scheme> scheme = Scheme::paper;  ///< none: bytes as they are, the control
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

/// `stream` is the direction that this coder treats, for both of its ends.
std::unique_ptr<StreamCoder> make_encoder(const CoderSettings& settings, const StreamKeys& stream,
                                          KeyHash hash);
std::unique_ptr<StreamCoder> make_decoder(const CoderSettings& settings, const StreamKeys& stream,
                                          KeyHash hash);

}  // namespace mps::peer
