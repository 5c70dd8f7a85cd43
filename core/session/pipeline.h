// SPDX-License-Identifier: GPL-2.0-or-later
/// The streaming half of a session: contiguous bytes of every stream are decoded, hashed and handed on as
/// they come.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "core/mptcp/stream_decoder.h"
#include "core/mptcp/tracker.h"
#include "core/session/session.h"

namespace mps {

/// One direction of one connection. The hash lives only as long as the stream may still end complete.
struct StreamPipeline {
  StreamPipeline(const Connection& connection, Direction direction, const SessionOptions& options)
      : decoder(connection, direction, options.initial_register) {
    if (options.hash_limit > 0) hash = std::make_unique<Sha256>();
  }
  StreamDecoder decoder;
  std::unique_ptr<Sha256> hash;
  std::uint64_t decoded = 0;
  std::string digest;  ///< of a stream that had reached its DATA_FIN when its hash was closed early
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
  void watch_hash(const Connection& connection, Direction direction);
  struct OpenHash {
    const Connection* connection;
    Direction direction;
  };
  static constexpr std::size_t fewest_to_look_through = 64;

  const SessionOptions& options_;
  RecoverySink* sink_;
  std::vector<OpenHash> open_hashes_;
  std::size_t look_through_at_ = fewest_to_look_through;
  std::vector<std::array<std::unique_ptr<StreamPipeline>, 2>> pipelines_;  ///< by Connection::id
  std::vector<std::uint8_t> scratch_;
  bool decoded_any_ = false;
};

}  // namespace mps
