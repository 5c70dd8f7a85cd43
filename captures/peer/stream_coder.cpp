// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/stream_coder.h"

#include "core/scramble/mps_scramble.h"

namespace mps::peer {
namespace {

class PlainCoder : public StreamCoder {
 public:
  void process(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) override {
    out.insert(out.end(), in.begin(), in.end());
  }
};

class ScrambleCoder : public StreamCoder {
 public:
  ScrambleCoder(mps_codec_fn* codec, std::span<const std::uint8_t> initial) : codec_(codec) {
    mps_state_init(&state_, initial.data(), initial.size());
  }
  void process(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) override {
    const std::size_t start = out.size();
    out.resize(start + in.size());
    codec_(&state_, out.data() + start, in.data(), in.size());
  }

 private:
  mps_codec_fn* codec_;
  mps_state state_{};
};

std::unique_ptr<StreamCoder> make(const CoderSettings& settings, mps_codec_fn* codec, const Key& sender_key,
                                  KeyHash hash) {
  if (settings.scheme == Scheme::plain) return std::make_unique<PlainCoder>();
  return std::make_unique<ScrambleCoder>(codec,
                                         register_bytes(sender_key, settings.init, settings.order, hash));
}

}  // namespace

std::unique_ptr<StreamCoder> make_encoder(const CoderSettings& settings, const Key& sender_key,
                                          KeyHash hash) {
  return make(settings, mps_scramble, sender_key, hash);
}

std::unique_ptr<StreamCoder> make_decoder(const CoderSettings& settings, const Key& sender_key,
                                          KeyHash hash) {
  return make(settings, mps_descramble, sender_key, hash);
}

}  // namespace mps::peer
