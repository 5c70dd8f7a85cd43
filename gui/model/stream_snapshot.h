// SPDX-License-Identifier: GPL-2.0-or-later
/// One direction of one connection as the whole capture holds it: its bytes on the wire (read when they are
/// needed), its plaintext where that is known, and who carried what. Immutable but for the read buffer of
/// wire(), which belongs to the thread that shows it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/leak/leakage.h"
#include "gui/model/capture_document.h"
#include "gui/model/interval_index.h"
#include "gui/model/lane_segments.h"

namespace mps::gui {

/// Something odd that the tracker met in this connection, placed where it can be drawn.
struct AnomalyMark {
  std::size_t entry = 0;  ///< in SessionReport::anomalies
  std::uint16_t lane = 0;
  std::optional<std::uint64_t> offset;  ///< in this stream; none: not of a segment of it
  std::uint64_t tick = 0;               ///< of its packet, on the lanes' time axis
};

/// Copies the scrambled bytes from `offset` on into `out`; what the source lacks is left alone.
void read_seen(SeenSource& source, std::uint64_t offset, std::span<std::uint8_t> out);

/// The path of a subflow as lanes and lists name it: the interface, or the file without its folders.
std::string path_label(const SubflowReport& subflow);

/// A row of the observer matrix; shares are of the whole stream.
struct MatrixRow {
  SubflowMask tapped = 0;
  std::uint64_t seen = 0;
  std::uint64_t exact_without_key = 0;  ///< bytes, seen or not
  std::uint64_t exact_with_key = 0;
};

class StreamSnapshot {
 public:
  StreamSnapshot(std::shared_ptr<const CaptureDocument> document, std::size_t connection,
                 Direction direction);

  const CaptureDocument& document() const { return *document_; }
  std::size_t connection_number() const { return connection_; }
  Direction direction() const { return direction_; }
  const ConnectionReport& connection() const { return document_->report().connections[connection_]; }
  const StreamReport& report() const { return connection().streams[index(direction_)]; }
  const StreamEvidence& evidence() const { return evidence_; }
  const LaneSegments& lanes() const { return lanes_; }
  /// By tick.
  const std::vector<AnomalyMark>& anomalies() const { return anomalies_; }
  std::uint64_t length() const { return evidence_.length(); }
  std::span<const std::uint8_t> truth() const { return truth_; }
  /// How often each byte value occurs in truth().
  const std::array<std::uint64_t, 256>& truth_histogram() const { return truth_histogram_; }
  /// What all subflows together carried.
  const IntervalIndex& captured() const { return captured_; }
  bool scrambled() const;
  /// The scheme that the views speak of: the paper's where nothing tells which; none where nothing is
  /// scrambled.
  std::optional<Scheme> coding() const;
  /// "10.0.1.1 > 10.0.9.1" in the direction of the data.
  std::string route() const;

  SubflowMask all() const { return evidence_.all_subflows(); }
  SubflowMask labelled(Trust trust) const;
  /// Whoever the paper means: the untrusted subflows, or without labels every one but the first.
  SubflowMask default_tap() const;
  /// The sender's initial register, where its key is known; empty otherwise.
  std::vector<std::uint8_t> register_key() const;
  std::uint32_t register_key_length() const;
  SchemeParameters scheme(bool key_known) const;
  const std::vector<MatrixRow>& matrix() const { return matrix_; }

  /// Fills `out` with the scrambled bytes from `offset` on. What nobody captured is left alone: ask
  /// captured().
  void read_wire(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  void fill_matrix();
  void place_anomalies();

  std::shared_ptr<const CaptureDocument> document_;
  std::size_t connection_;
  Direction direction_;
  StreamEvidence evidence_;
  LaneSegments lanes_;
  std::span<const std::uint8_t> truth_;
  std::array<std::uint64_t, 256> truth_histogram_{};
  IntervalIndex captured_;
  std::vector<MatrixRow> matrix_;
  std::vector<AnomalyMark> anomalies_;
  std::unique_ptr<SeenSource> wire_;
};

}  // namespace mps::gui
