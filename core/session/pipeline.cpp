// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/session/pipeline.h"

#include <algorithm>

namespace mps {

StreamPipeline::StreamPipeline(const Connection& connection, Direction direction,
                               const SessionOptions& options)
    : decoder(std::make_unique<StreamDecoder>(connection, direction, options.initial_register)) {
  if (options.hash_limit > 0) hash = std::make_unique<Sha256>();
}

void StreamPipeline::close() {
  digest_at_end = digest();
  order_at_end = decoder->order();
  hash.reset();
  decoder.reset();
  idle = true;
}

std::optional<Sha256::Digest> StreamPipeline::digest() const {
  return hash ? std::optional(hash->digest()) : digest_at_end;
}

void Session::Pipelines::on_stream(Connection& connection, Direction direction, std::uint64_t,
                                   std::span<const std::uint8_t> wire, const Extent&) {
  if (pipelines_.size() <= connection.id) pipelines_.resize(connection.id + 1);
  auto& pipeline = pipelines_[connection.id][index(direction)];
  if (!pipeline) {
    pipeline = std::make_unique<StreamPipeline>(connection, direction, options_);
    watch_end(connection, direction);
  }
  if (pipeline->idle) {
    pipeline->decoded += wire.size();
    return;
  }
  decoded_any_ = true;
  take(*pipeline, connection, direction, pipeline->decoder->feed(wire, scratch_));
}

/// A hardened scheme decodes behind gaps from where its decoder stands, and an undecided key order needs the
/// bytes.
bool Session::Pipelines::is_unasked(const StreamPipeline& pipeline) const {
  if (sink_ || pipeline.hash) return false;
  const StreamDecoder& decoder = *pipeline.decoder;
  return decoder.order() && !(decoder.scrambled() && is_hardened(decoder.scheme()));
}

void Session::Pipelines::take(StreamPipeline& pipeline, const Connection& connection, Direction direction,
                              std::span<const std::uint8_t> plain) {
  if (plain.empty()) return;
  if (sink_) sink_->on_recovered(connection, direction, pipeline.decoded, plain);
  pipeline.decoded += plain.size();
  if (pipeline.hash && pipeline.decoded > options_.hash_limit) {
    pipeline.hash.reset();
    pipeline.hash_skipped = true;
  }
  if (pipeline.hash)
    pipeline.hash->update(plain);
  else
    pipeline.idle = is_unasked(pipeline);
}

/// Ten thousand connections need not keep ten thousand decoders and hashes. The DATA_FIN mostly comes after
/// the last byte, so now and then all open streams are looked through: when they have doubled.
void Session::Pipelines::watch_end(const Connection& connection, Direction direction) {
  open_.push_back({&connection, direction});
  if (open_.size() < look_through_at_) return;
  std::erase_if(open_, [&](const OpenStream& open) {
    StreamPipeline& pipeline = *find(*open.connection, open.direction);
    if (pipeline.decoded != open.connection->stream(open.direction).length()) return false;
    pipeline.close();
    return true;
  });
  look_through_at_ = std::max(fewest_to_look_through, 2 * open_.size());
}

StreamPipeline* Session::Pipelines::find(const Connection& connection, Direction direction) {
  return connection.id < pipelines_.size() ? pipelines_[connection.id][index(direction)].get() : nullptr;
}

void Session::Pipelines::flush(const Connection& connection, Direction direction) {
  StreamPipeline* pipeline = find(connection, direction);
  if (pipeline && pipeline->decoder)
    take(*pipeline, connection, direction, pipeline->decoder->flush(scratch_));
}

}  // namespace mps
