// SPDX-License-Identifier: GPL-2.0-or-later
/// A capture that was read to its end (or until somebody cancelled): what was found in it, and access to its
/// bytes. Immutable after load(), so views and the worker share it by pointer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/capture/open_capture.h"
#include "core/secrets/key_log.h"
#include "core/session/session.h"
#include "gui/model/locked_source.h"
#include "gui/model/truth_sink.h"

namespace mps::gui {

struct LoadRequest {
  std::vector<CaptureInput> inputs;
  std::string key_log;  ///< file name; empty: none
  SessionOptions session;
  std::string title;  ///< for people; empty: the file names
};

/// Bytes read, bytes in all (0: unknown), packets.
using LoadProgress = std::function<void(const SourceProgress&)>;

class CaptureDocument {
 public:
  /// One line per reason when nothing could be read. Stopped, it gives what it has, with report().interrupted
  /// set.
  static tl::expected<std::shared_ptr<const CaptureDocument>, std::string> load(const LoadRequest& request,
                                                                                const std::stop_token& stop,
                                                                                const LoadProgress& progress);

  const LoadRequest& request() const { return request_; }
  const std::string& title() const { return title_; }
  const SessionReport& report() const { return report_; }
  std::size_t connection_count() const { return report_.connections.size(); }
  const Connection& connection(std::size_t number) const { return *session_->connections()[number]; }
  PayloadStore& store() const { return session_->store(); }
  std::int64_t time_of(std::uint64_t frame) const { return source_->time_of(frame); }
  /// The plaintext of a stream, where the capture holds all of it and it is not beyond the limit; else empty.
  std::span<const std::uint8_t> truth(std::size_t number, Direction direction) const;
  /// SHA-256 of an input; empty if it cannot be read (standard input).
  static std::string fingerprint(const std::string& file);

  static constexpr std::uint64_t truth_limit = std::uint64_t{256} << 20;

 private:
  explicit CaptureDocument(const LoadRequest& request) : request_(request), truth_(truth_limit) {}

  LoadRequest request_;
  std::string title_;
  KeyLog key_log_;
  TruthSink truth_;
  std::unique_ptr<LockedSource> source_;
  std::unique_ptr<Session> session_;
  SessionReport report_;
};

}  // namespace mps::gui
