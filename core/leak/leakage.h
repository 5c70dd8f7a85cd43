// SPDX-License-Identifier: GPL-2.0-or-later
/// What one observer learns of one direction of a connection: what exact decoding determines (M1 to M3) and,
/// beside it and never added to it, what a cryptanalyst infers (M4, M5) and what mere counting shows (M6 to
/// M8), with controls.
///
/// Input is a connection that was tracked with TrackerOptions::keep_extents, so one capture serves any number
/// of observers without being read again. Everything here is repeatable; the seed only keys the control's
/// keystream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/leak/attack.h"
#include "core/leak/exact_engine.h"
#include "core/leak/key_recovery.h"
#include "core/leak/language_model.h"
#include "core/leak/metrics.h"
#include "core/leak/observer.h"
#include "core/leak/statistics.h"
#include "core/mptcp/connection.h"
#include "core/mptcp/payload_store.h"

namespace mps {

/// One direction's stream as the whole capture holds it. Borrows the connection and the store.
class StreamEvidence {
 public:
  StreamEvidence(const Connection& connection, Direction direction, PayloadStore& store);

  const Connection& connection() const { return connection_; }
  Direction direction() const { return direction_; }
  /// Where offsets count from: the stream's first byte, or the lowest byte captured where that is not known.
  bool start_known() const { return start_known_; }
  std::uint64_t length() const { return length_; }  ///< by DATA_FIN, or to the last byte captured
  std::span<const MaskInterval> coverage() const { return coverage_; }
  std::span<const SeenExtent> extents() const { return extents_; }  ///< in the order of capture
  SubflowMask all_subflows() const;
  Intervals runs_of(SubflowMask tapped) const { return seen_by(tapped, coverage_); }
  /// The scrambled bytes of the observer's runs, one vector per run, up to `max_bytes` in all; the runs that
  /// did not fit are dropped from the end of `runs`. False if the capture could not be read again.
  bool load(SubflowMask tapped, std::uint64_t max_bytes, Intervals& runs,
            std::vector<std::vector<std::uint8_t>>& bytes) const;
  /// All captured bytes an observer has, for the exact engine.
  std::unique_ptr<SeenSource> source(SubflowMask tapped) const;

 private:
  const Connection& connection_;
  Direction direction_;
  PayloadStore& store_;
  bool start_known_ = false;
  std::uint64_t length_ = 0;
  std::vector<SeenExtent> extents_;
  std::vector<MaskInterval> coverage_;
};

struct LeakageOptions {
  bool exact = true;
  bool attack = true;
  bool controls = true;
  std::vector<const LanguageModel*>
      models;               ///< tried in order; per run the accepted or else likeliest result counts
  std::vector<Crib> cribs;  ///< known plaintext, by stream offset
  std::uint32_t register_key_length = 8;   ///< 20 or 32 for an HMAC
  std::vector<std::uint8_t> register_key;  ///< its bytes, where known; used by observers that have the key
  std::uint64_t max_attack_bytes = std::uint64_t{8} << 20;
  ExactSink* exact_sink = nullptr;  ///< receives the exactly determined bytes; may be null
  std::uint64_t seed = 1;
  unsigned threads = 0;
  std::stop_token stop;
  std::function<void(std::size_t done, std::size_t all)> progress;
};

/// What an attack with language models inferred: never exact, and unverified unless scored.
struct Inference {
  std::string model;               ///< names of the models used
  double model_bits_per_byte = 0;  ///< h of the first
  std::uint64_t attacked_bytes = 0;
  bool all_attacked = true;  ///< else max_attack_bytes cut it short, or it was cancelled
  RecoveryClaim claim;
  std::optional<RecoveryScore> score;  ///< against the truth, where it is known
  std::vector<RunRecovery> runs;       ///< as Leakage::runs, one per attacked run
  std::vector<KeyCandidate> key;       ///< where the head of the stream was seen and the key was not
  std::uint64_t unicity_runs = 0;      ///< runs longer than n* of M4
};

struct Controls {
  std::size_t prf_runs = 0;
  std::size_t prf_accepted = 0;
  std::optional<double> prf_right;  ///< share of right bytes, where the truth is known
  FirstDifference prf_difference;
  Randomness prf_randomness;
  std::size_t gzip_bytes = 0;  ///< 0: no truth, or too little of it
  bool gzip_accepted = false;
};

struct Leakage {
  std::string observer;
  SubflowMask tapped = 0;
  bool sees_handshake = false;
  bool has_key = false;
  bool scrambled = true;          ///< false: what is seen is read
  Scheme scheme = Scheme::paper;  ///< as the whole capture tells; the analyst is given it
  bool scheme_known = true;       ///< else no handshake, option or key log tells: measured as the paper's
  bool start_known = false;
  std::uint64_t stream_bytes = 0;
  std::uint64_t seen_bytes = 0;
  Intervals runs;                    ///< maximal stretches seen
  std::optional<ExactResult> exact;  ///< targets: seen, seen and 64 before, whole stream; none if hardened
  std::optional<HeadExposure> head;  ///< where the stream's start is known
  std::optional<Inference> inference;
  ScramblingSign sign;                    ///< M6
  Randomness randomness;                  ///< M8
  std::optional<ZeroWorkLeak> zero_work;  ///< M7, with truth; bytes of all runs
  std::optional<Controls> controls;
  std::optional<std::uint64_t> truth_at;  ///< where offset 0 stands in the truth, if that is known
  bool cancelled = false;

  std::uint64_t exact_seen() const { return exact ? exact->determined_seen_count : 0; }
  /// Inferred and accepted, beyond what is exact; and, with truth, how many of all attacked bytes were right.
  std::uint64_t inferred_seen() const { return inference ? inference->claim.bytes_accepted : 0; }
};

/// `truth` is the whole plaintext from offset 0 on, or empty. Where the capture does not tell the stream's
/// start, its place in the truth is looked for; it serves the score alone. An observer who decodes everything
/// exactly is not attacked. Offsets are those of the whole capture, even for an observer who did not see the
/// handshake: the eavesdropper is given the benefit of the doubt. The error is one line.
tl::expected<Leakage, std::string> measure_leakage(const StreamEvidence& evidence, const Observer& observer,
                                                   const LeakageOptions& options,
                                                   std::span<const std::uint8_t> truth);

/// The same for runs without a capture (raw files): `runs` with their offsets, of a stream of unknown start.
tl::expected<Leakage, std::string> measure_runs(std::span<const ScrambledRun> runs,
                                                const LeakageOptions& options,
                                                std::span<const std::uint8_t> truth);

/// Observers by name: "untrusted", "trusted", "all", or subflow numbers "0,2". `trusted` and `untrusted` are
/// the subflows labelled so. An observer that taps the initial subflow sees the handshake, and with it both
/// keys.
tl::expected<Observer, std::string> named_observer(const Connection& connection, const std::string& name,
                                                   SubflowMask trusted, SubflowMask untrusted);
/// The observer that taps `tapped`.
Observer observer_of(const Connection& connection, SubflowMask tapped);

/// The sentence that belongs beside every exact result.
std::string verdict_sentence(const Leakage& leakage);

}  // namespace mps
