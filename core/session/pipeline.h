// SPDX-License-Identifier: GPL-2.0-or-later
/// The streaming half of a session: contiguous bytes of every stream are decoded, hashed and handed on as
/// they come.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/mptcp/stream_decoder.h"
#include "core/mptcp/tracker.h"
#include "core/session/session.h"

namespace mps {

/// One direction of one connection.
struct StreamPipeline {
  StreamPipeline(const Connection& connection, Direction direction, const SessionOptions& options);
  /// Every byte up to the DATA_FIN went through: a decoder and a hash take a kilobyte and more.
  void close();
  std::optional<KeyOrder> key_order() const { return decoder ? decoder->order() : order_at_end; }
  /// Of what went through; none if it was not hashed.
  std::optional<Sha256::Digest> digest() const;

  std::unique_ptr<StreamDecoder> decoder;  ///< null once closed
  std::unique_ptr<Sha256> hash;            ///< null if nobody wants it, and once closed
  std::uint64_t decoded = 0;
  std::optional<Sha256::Digest> digest_at_end;
  std::optional<KeyOrder> order_at_end;
  bool hash_skipped = false;
  bool idle = false;  ///< nobody asks for the bytes any more: the decoder stands still
};

class Session::Pipelines final : public TrackerListener {
 public:
  Pipelines(const SessionOptions& options, RecoverySink* sink) : options_(options), sink_(sink) {}
  void on_stream(Connection& connection, Direction direction, std::uint64_t offset,
                 std::span<const std::uint8_t> wire, const Extent& carrier) override;
  /// Null if no byte of the stream was contiguous.
  StreamPipeline* find(const Connection& connection, Direction direction);
  /// Whether any bytes were decoded since the last call.
  bool decoded_any() { return std::exchange(decoded_any_, false); }
  /// Lets a decoder that waited for more bytes go on with what it has.
  void flush(const Connection& connection, Direction direction);

 private:
  void take(StreamPipeline& pipeline, const Connection& connection, Direction direction,
            std::span<const std::uint8_t> plain);
  bool is_unasked(const StreamPipeline& pipeline) const;
  void watch_end(const Connection& connection, Direction direction);
  struct OpenStream {
    const Connection* connection;
    Direction direction;
  };
  static constexpr std::size_t fewest_to_look_through = 64;

  const SessionOptions& options_;
  RecoverySink* sink_;
  std::vector<OpenStream> open_;
  std::size_t look_through_at_ = fewest_to_look_through;
  std::vector<std::array<std::unique_ptr<StreamPipeline>, 2>> pipelines_;  ///< by Connection::id
  std::vector<std::uint8_t> scratch_;
  bool decoded_any_ = false;
};

}  // namespace mps
