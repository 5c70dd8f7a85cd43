// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/stream_coder.h"

#include "core/hardened/prf_xor.h"
#include "core/hardened/ratchet.h"
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

class PrfXorCoder : public StreamCoder {
 public:
  explicit PrfXorCoder(const StreamKeys& stream) : codec_(stream) {}
  void process(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) override {
    const std::size_t start = out.size();
    out.resize(start + in.size());
    codec_.apply(offset_, in, out.data() + start);
    offset_ += in.size();
  }

 private:
  PrfXor codec_;
  std::uint64_t offset_ = 0;
};

class RatchetCoder : public StreamCoder {
 public:
  using Way = void (Ratchet::*)(std::span<const std::uint8_t>, std::uint8_t*);
  RatchetCoder(Way way, const StreamKeys& stream) : way_(way), codec_(stream) {}
  void process(std::span<const std::uint8_t> in, std::vector<std::uint8_t>& out) override {
    const std::size_t start = out.size();
    out.resize(start + in.size());
    (codec_.*way_)(in, out.data() + start);
  }

 private:
  Way way_;
  Ratchet codec_;
};

std::unique_ptr<StreamCoder> make(const CoderSettings& settings, mps_codec_fn* codec, RatchetCoder::Way way,
                                  const StreamKeys& stream, KeyHash hash) {
  if (!settings.scheme) return std::make_unique<PlainCoder>();
  switch (*settings.scheme) {
    case Scheme::h1:
      return std::make_unique<PrfXorCoder>(stream);
    case Scheme::h2:
      return std::make_unique<RatchetCoder>(way, stream);
    case Scheme::paper:
      break;
  }
  const Key& sender = stream.listener_sends ? stream.keys.listener : stream.keys.initiator;
  return std::make_unique<ScrambleCoder>(codec, register_bytes(sender, settings.init, settings.order, hash));
}

}  // namespace

std::unique_ptr<StreamCoder> make_encoder(const CoderSettings& settings, const StreamKeys& stream,
                                          KeyHash hash) {
  return make(settings, mps_scramble, &Ratchet::encode, stream, hash);
}

std::unique_ptr<StreamCoder> make_decoder(const CoderSettings& settings, const StreamKeys& stream,
                                          KeyHash hash) {
  return make(settings, mps_descramble, &Ratchet::decode, stream, hash);
}

}  // namespace mps::peer
