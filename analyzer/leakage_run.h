// SPDX-License-Identifier: GPL-2.0-or-later
/// -z leakage, --observe, --attack, --raw: chooses observers, models and truth, and lets core/leak measure.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/options.h"
#include "core/leak/crib_drag.h"
#include "core/leak/leakage.h"
#include "core/session/session.h"

namespace mps {

/// Plaintext of streams that were decoded from their first byte without a hole, to score attacks with.
class PlaintextRecorder final : public RecoverySink {
 public:
  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;
  /// Empty if a byte is missing or the stream is longer than the limit.
  std::span<const std::uint8_t> find(std::uint32_t connection_id, Direction direction,
                                     std::uint64_t length) const;

 private:
  static constexpr std::size_t max_bytes = std::size_t{256} << 20;  ///< over all streams
  std::map<std::pair<std::uint32_t, int>, std::vector<std::uint8_t>> streams_;
  std::size_t total_ = 0;
};

/// One direction under all its observers.
struct StreamLeakage {
  std::uint32_t connection = 0;  ///< as shown to people
  Direction direction{};
  bool truth_known = false;
  std::vector<Leakage> observers;
  struct MatrixRow {
    std::string taps;
    SubflowMask tapped = 0;
    std::uint64_t seen = 0;
    std::uint64_t exact_without_key = 0;  ///< of all bytes of the stream
    std::uint64_t exact_with_key = 0;
  };
  std::vector<MatrixRow> matrix;  ///< --observe matrix, --report
  struct Dragged {
    std::string crib;  ///< as given
    std::string observer;
    std::size_t run = 0;
    std::vector<CribPlace> places;
  };
  std::vector<Dragged> dragged;

  /// What the HTML report shows beyond numbers; empty without --report.
  struct TappedBytes {
    Intervals where;  ///< attacked runs, parallel to Inference::runs
    std::vector<std::vector<std::uint8_t>> wire;
    std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> exact;  ///< determined, in stream order
  };
  std::vector<TappedBytes> bytes;          ///< parallel to observers
  std::vector<MaskInterval> coverage;      ///< which subflows carried what
  std::span<const std::uint8_t> original;  ///< the truth; borrowed from LeakageInputs or PlaintextRecorder
};

/// A file's bytes; the error names it. Of a file with more than `limit` bytes not much more than these is
/// read.
tl::expected<std::vector<std::uint8_t>, std::string> read_whole_file(
    const std::string& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

/// Loaded once, before any packet is read, so that a wrong file name shows at once.
struct LeakageInputs {
  std::vector<LanguageModel> models;
  std::vector<Crib> cribs;
  std::array<std::optional<std::vector<std::uint8_t>>, 2> truth;  ///< by Direction
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> drags;
  static tl::expected<LeakageInputs, std::string> load(const LeakageRequest& request);
  /// In the order in which attacks try them. Borrowed.
  std::vector<const LanguageModel*> models_in_turn() const;
};

bool wants_leakage(const Options& options);

/// Every selected stream under every observer. An observer that one connection does not have is told to
/// `note` (one line) and passed over; it is an error only if nothing could be observed at all.
tl::expected<std::vector<StreamLeakage>, std::string> measure_session(
    Session& session, const SessionReport& report, const Options& options, const LeakageInputs& inputs,
    const PlaintextRecorder& plaintext, const std::stop_token& stop,
    const std::function<void(std::size_t, std::size_t)>& progress,
    const std::function<void(const std::string&)>& note);

/// --raw FILE[@OFFSET].
tl::expected<StreamLeakage, std::string> measure_raw(
    const Options& options, const LeakageInputs& inputs, std::stop_token stop,
    const std::function<void(std::size_t, std::size_t)>& progress);

/// What observers inferred, as files beside the exact ones: never mixed with them. Name:
/// conn0.c2s.observer-1.inferred.bin, with a .json that tells offsets, verdicts and confidence per run.
tl::expected<void, std::string> extract_inferred(const std::vector<StreamLeakage>& results,
                                                 const std::string& directory, bool raw);

}  // namespace mps
