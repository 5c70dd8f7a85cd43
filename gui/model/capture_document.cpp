// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/capture_document.h"

#include <filesystem>
#include <fstream>

namespace mps::gui {

tl::expected<std::shared_ptr<const CaptureDocument>, std::string> CaptureDocument::load(
    const LoadRequest& request, const std::stop_token& stop, const LoadProgress& progress) {
  const std::shared_ptr<CaptureDocument> document(new CaptureDocument(request));
  if (!request.key_log.empty())
    if (const auto loaded = document->key_log_.load(request.key_log); !loaded)
      return tl::unexpected(loaded.error());
  auto source = open_captures(request.inputs);
  if (!source) {
    std::string reasons;
    for (const CaptureError& error : source.error())
      reasons += (reasons.empty() ? "" : "\n") + error.message();
    return tl::unexpected(reasons);
  }
  document->title_ = request.title;
  if (document->title_.empty())
    for (const CaptureInput& input : request.inputs)
      document->title_ +=
          (document->title_.empty() ? "" : ", ") + std::filesystem::path(input.path).filename().string();

  SessionOptions options = request.session;
  options.tracker.keep_extents = true;  // or observers could not be looked at afterwards
  document->source_ = std::make_unique<LockedSource>(std::move(*source));
  document->session_ =
      std::make_unique<Session>(*document->source_, options, &document->key_log_, &document->truth_);
  constexpr std::uint64_t packets_a_step = 2048;
  bool stopped = stop.stop_requested();
  while (!stopped && document->session_->step(packets_a_step)) {
    progress(document->source_->progress());
    stopped = stop.stop_requested();
  }
  document->report_ = document->session_->finish(stopped);
  return document;
}

std::span<const std::uint8_t> CaptureDocument::truth(std::size_t number, Direction direction) const {
  const StreamReport& stream = report_.connections[number].streams[index(direction)];
  if (stream.state != StreamState::complete && stream.state != StreamState::open_end) return {};
  return truth_.whole(connection(number), direction, stream.end_seen);
}

std::string CaptureDocument::fingerprint(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || file == "-") return {};
  Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(
        {reinterpret_cast<const std::uint8_t*>(buffer.data()), static_cast<std::size_t>(in.gcount())});
  }
  return hash.hex();
}

}  // namespace mps::gui
