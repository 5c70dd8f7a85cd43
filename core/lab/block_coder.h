// SPDX-License-Identifier: GPL-2.0-or-later
/// Streaming for schemes that work on whole blocks: cuts a stream of any pieces into blocks, pads the last
/// one with random bytes, and drops them again, since lengths are known to both ends.
#pragma once

#include "core/lab/scheme.h"

namespace mps::lab {

/// Calls code() with whole units; the very last call may be shorter, but is a multiple of the block.
class BlockEncoder : public Encoder {
 public:
  /// `unit`: bytes that code() wants at once, a multiple of `block`.
  BlockEncoder(std::size_t block, std::size_t unit, const Agreement& agreement);
  void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) final;
  void finish(Lanes& lanes) final;

 protected:
  /// Replaces plaintext by coded bytes, in place.
  virtual void code(std::span<std::uint8_t> units) = 0;

 private:
  std::size_t block_;
  std::size_t unit_;
  std::uint64_t seed_;
  Bytes held_;  ///< less than a unit
};

class BlockDecoder : public Decoder {
 public:
  BlockDecoder(std::size_t unit, const Agreement& agreement);
  void feed(std::size_t lane, std::span<const std::uint8_t> bytes, Bytes& plaintext) final;
  void finish(Bytes& plaintext) final;

 protected:
  virtual void decode(std::span<std::uint8_t> units) = 0;

 private:
  void emit(std::size_t size, Bytes& plaintext);

  std::size_t unit_;
  std::uint64_t left_;  ///< plaintext bytes that are still to come
  Bytes held_;
};

/// A code that changes bytes in place, one by one; F is called with a writable span.
template <typename F>
class BytewiseEncoder final : public Encoder {
 public:
  explicit BytewiseEncoder(F code) : code_(std::move(code)) {}
  void feed(std::span<const std::uint8_t> plaintext, Lanes& lanes) override {
    Bytes& lane = lanes.front();
    const std::size_t before = lane.size();
    lane.insert(lane.end(), plaintext.begin(), plaintext.end());
    code_(std::span(lane).subspan(before));
  }

 private:
  F code_;
};

template <typename F>
class BytewiseDecoder final : public Decoder {
 public:
  explicit BytewiseDecoder(F decode) : decode_(std::move(decode)) {}
  void feed(std::size_t, std::span<const std::uint8_t> bytes, Bytes& plaintext) override {
    const std::size_t before = plaintext.size();
    plaintext.insert(plaintext.end(), bytes.begin(), bytes.end());
    decode_(std::span(plaintext).subspan(before));
  }

 private:
  F decode_;
};

template <typename F>
std::unique_ptr<Encoder> bytewise_encoder(F code) {
  return std::make_unique<BytewiseEncoder<F>>(std::move(code));
}
template <typename F>
std::unique_ptr<Decoder> bytewise_decoder(F decode) {
  return std::make_unique<BytewiseDecoder<F>>(std::move(decode));
}

}  // namespace mps::lab
