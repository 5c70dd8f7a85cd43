// SPDX-License-Identifier: GPL-2.0-or-later
/// What one observer gets out of one stream, ready to be shown: core/leak's figures, and the recovered bytes
/// in place. Exact and inferred bytes are kept apart from the first to the last step.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/leakage.h"
#include "gui/model/interval_index.h"
#include "gui/model/stream_snapshot.h"

namespace mps::gui {

/// Who looks, as the check boxes say.
struct ObserverChoice {
  SubflowMask tapped = 0;
  bool keys_known = false;  ///< told the keys, whatever is tapped
  auto operator<=>(const ObserverChoice&) const = default;
};

struct AttackSettings {
  bool controls = true;
  std::uint64_t seed = 1;
  std::uint64_t max_bytes = std::uint64_t{8} << 20;
};

/// guessed: the attack's best try, which it does not accept itself.
enum class ByteState : std::uint8_t { unseen, unknown, guessed, inferred, exact };
const char* to_string(ByteState state);

/// The recovered stream: a state for every byte, and values for guessed, inferred and exact ones.
class RecoveredStream final : public ExactSink {
 public:
  /// Values are kept as far as this; states for the whole stream.
  static constexpr std::uint64_t limit = std::uint64_t{64} << 20;
  /// Exact stretches listed; a stream that is exact byte by byte over gigabytes would fill the memory with
  /// them.
  static constexpr std::size_t most_stretches = std::size_t{4} << 20;

  RecoveredStream(std::uint64_t length, Intervals seen);
  void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override;
  /// Accepted guesses; never overwrites an exact byte. Call when all exact bytes are there.
  void infer(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  /// What the attack tried and did not accept; after all infer().
  void guess(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  void seal();

  /// As far as values are kept.
  std::uint64_t size() const { return bytes_.size(); }
  /// False: there are more exact stretches than are listed, and state() behind the last of them says too
  /// little.
  bool complete() const { return exact_.intervals().size() < most_stretches; }
  std::uint8_t byte(std::uint64_t offset) const { return bytes_[offset]; }
  ByteState state(std::uint64_t offset) const;
  const IntervalIndex& seen() const { return seen_; }
  const IntervalIndex& exact() const { return exact_; }
  const IntervalIndex& inferred() const { return inferred_; }
  const IntervalIndex& guessed() const { return guessed_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  void keep(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  void place(std::uint64_t offset, std::span<const std::uint8_t> bytes, const Intervals& taken,
             Intervals& found);

  std::uint64_t length_;
  std::vector<std::uint8_t> bytes_;
  Intervals exact_found_, inferred_found_, guessed_found_;
  IntervalIndex seen_, exact_, inferred_, guessed_;
};

struct Observation {
  std::shared_ptr<const StreamSnapshot> stream;
  ObserverChoice choice;
  AttackSettings settings;
  Leakage leakage;
  std::shared_ptr<const RecoveredStream> recovered;
  bool attacked = false;            ///< else only what is exact, so far
  double seconds = 0;               ///< the attack took
  std::uint64_t right = 0;          ///< inferred bytes that equal the truth, where there is one
  std::uint64_t guessed_right = 0;  ///< the same of guesses that were not accepted

  double share_seen() const { return share(leakage.seen_bytes, leakage.stream_bytes); }
  /// Of the seen bytes.
  double share_exact() const { return share(exact_bytes(), leakage.seen_bytes); }
  double share_inferred() const { return share(inferred_bytes(), leakage.seen_bytes); }
  /// Seen bytes that are determined; all of them where nothing is scrambled.
  std::uint64_t exact_bytes() const { return leakage.scrambled ? leakage.exact_seen() : leakage.seen_bytes; }
  /// Seen bytes whose value an accepted guess supplies and nothing exact does.
  std::uint64_t inferred_bytes() const;
  bool truth_known() const { return !stream->truth().empty(); }
  static double share(std::uint64_t part, std::uint64_t whole) {
    return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  }
};
using ObservationPtr = std::shared_ptr<const Observation>;

inline constexpr double chance_level = 1.0 / 256;
/// The paper: "no data can be observed" on an untrusted path alone.
inline constexpr double paper_claim = 0.0;

/// Observer for the choice, with what it taps and knows.
Observer observer_for(const StreamSnapshot& stream, const ObserverChoice& choice);

/// One line about why it failed, or the result. Without `models` only what is exact.
tl::expected<ObservationPtr, std::string> observe(
    std::shared_ptr<const StreamSnapshot> stream, const ObserverChoice& choice,
    const AttackSettings& settings, const std::vector<const LanguageModel*>& models,
    const std::stop_token& stop, const std::function<void(std::size_t, std::size_t)>& progress);

/// What exact decoding makes of a single run when some of its bytes are known beforehand.
struct KnownPlaintextCurve {
  struct Point {
    double share = 0;            ///< of the run, determined; the known bytes included
    std::uint32_t to_open = 64;  ///< further right bytes that open the whole run
  };
  std::string obstacle;  ///< why there is no curve; empty where there is one
  Interval run;
  std::vector<Point>
      spread;  ///< [0..65 known bytes] side by side, so each in a column (offset mod 65) of its own
  std::vector<Point> stacked;  ///< [known bytes] all in one column, as many as the run has there
};
/// For the longest tapped run behind the stream's head. Empty, with the reason, without a run of more than 65
/// bytes there and for streams that are not under the paper's scheme.
KnownPlaintextCurve known_plaintext_curve(const StreamSnapshot& stream, SubflowMask tapped);

}  // namespace mps::gui
