// SPDX-License-Identifier: GPL-2.0-or-later
/// The lab's result as plain values: one plaintext, sent by one schedule under each scheme, and what every
/// observer of some of the paths gets out of it. The command line prints these values and the window draws
/// them; neither analyses anything.
///
/// Bytes are of the plaintext stream unless they say "wire". What is exact and what is inferred stay apart:
/// `determined` follows with certainty; guesses are scored here against the plaintext, which the attack never
/// sees.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/lab/catalogue.h"
#include "core/lab/schedule.h"
#include "core/lab/scheme.h"

namespace mps::lab {

/// How a plaintext byte stands to an observer.
enum class ByteState : std::uint8_t {
  unseen,    ///< nothing on a tapped path speaks about it
  wire,      ///< something does, and it is neither determined nor guessed
  exact,     ///< determined
  inferred,  ///< guessed by an attack that takes its guess for right
  guess,     ///< the best guess of an attack that does not
};

/// The stream as an observer has it, byte for byte; for pictures and text.
struct StreamPicture {
  Bytes wire;  ///< what crossed the tapped paths at this place, 0 where nothing did
  Bytes text;  ///< determined or guessed byte, else the wire byte
  std::vector<ByteState> state;
  std::vector<bool> right;  ///< determined or guessed, and it is the plaintext's byte
};

struct AttackScore {
  std::string method;
  bool control = false;       ///< an attack that ought to fail
  std::uint64_t guessed = 0;  ///< bytes with a guess that are not determined
  std::uint64_t guessed_right = 0;
  std::uint64_t swapped = 0;  ///< of the wrong ones, those that are right for the other text (Guess::instead)
  std::uint64_t accepted = 0;  ///< of the guessed ones, those the attack believes in
  std::uint64_t accepted_right = 0;
  std::uint64_t legible =
      0;  ///< in the clear, but their place is not known; not in `guessed`, not determined
  std::uint64_t attackable = 0;  ///< wire bytes that the attack is for
  std::uint64_t attacked = 0;    ///< of these; the rest was beyond a limit, or not done when it was stopped
};

struct ObserverResult {
  std::string name;  ///< "untrusted", "trusted", "all", or paths "0+2"
  PathMask taps = 0;
  bool sees_handshake = false;  ///< and so has both MPTCP keys
  std::uint64_t wire_seen = 0;  ///< wire bytes on tapped paths, each once
  std::uint64_t covered = 0;    ///< bytes that seen wire bytes speak about
  std::uint64_t determined = 0;
  std::uint64_t covered_leak_bits = 0;  ///< what the seen bytes tell about the covered ones
  std::uint64_t whole_leak_bits = 0;    ///< and about the whole stream
  Basis basis = Basis::any_content;     ///< on what these two, and "no more is determined", rest
  std::optional<AttackScore> attack;  ///< none where everything covered is determined, or none was asked for
  std::optional<StreamPicture> picture;

  /// Determined, guessed right, or legible though its place is not known.
  std::uint64_t recovered() const {
    return determined + (attack ? attack->guessed_right + attack->legible : 0);
  }
};

/// Processor time, only if asked for: it differs from run to run. The least of several repetitions.
struct Cost {
  double encode_ns = 0;  ///< per plaintext byte
  double decode_ns = 0;
  double memcpy_ns = 0;  ///< of the same bytes, measured right before
};

struct SchemeResult {
  Scheme::Info info;
  std::optional<std::string>
      not_possible;             ///< why the scheme cannot work over these paths; the rest is empty then
  std::uint64_t wire_once = 0;  ///< bytes of all lanes
  std::uint64_t wire_sent = 0;  ///< repetitions included
  std::uint64_t padding_if_each =
      0;                 ///< bytes added if each segment were padded by itself, as III.A of the paper has it
  double expansion = 1;  ///< wire_once by plaintext bytes
  std::optional<Cost> cost;
  std::vector<ObserverResult> observers;  ///< in the same order for all schemes
};

struct PathResult {
  std::string name;
  bool trusted = false;
  bool handshake = false;
  std::uint64_t first_bytes = 0;  ///< of the plaintext's schedule: brought by this path first
  std::uint64_t sent_bytes = 0;   ///< with repetitions
};

struct LabReport {
  std::string schedule;  ///< in words
  std::uint64_t length = 0;
  std::uint64_t segments = 0;  ///< sendings
  std::uint64_t repeated_bytes = 0;
  std::vector<PathResult> paths;
  std::string models;  ///< language models of the attacks, separated by ", "; empty without
  std::vector<SchemeResult> schemes;
  /// Some attacks were not finished; observers and schemes that come after are missing.
  bool cancelled = false;
};

struct LabProblem {
  std::span<const std::uint8_t> plaintext;
  Schedule schedule;                    ///< of as many bytes
  std::vector<std::string> path_names;  ///< may be shorter: "path 1" and so on
  std::array<Key, 2> keys{Key{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18},
                          Key{0x5a, 0x0f, 0x3c, 0x96, 0x77, 0x81, 0xe4, 0x2d}};
  bool listener_sends = false;
};

struct LabOptions {
  std::vector<SchemePtr> schemes;
  std::vector<const LanguageModel*> models;  ///< in the order in which they are tried; none: no attacks
  AttackLimits attack;
  std::uint64_t seed = 1;  ///< of cipher keys, sequences, shares, padding
  bool measure_cost = false;
  bool keep_pictures = false;
  std::function<void(std::size_t done, std::size_t all)> progress;  ///< after each observer
};

/// Longer plaintext is refused: every byte is looked at under every scheme and observer.
constexpr std::uint64_t max_lab_bytes = std::uint64_t{16} << 20;

/// Paths that observers tap: every subset of up to 4 paths; above that each path, all but each, and all.
/// "untrusted" and "trusted" come first, "all" last.
std::vector<PathMask> observers_of(const Schedule& schedule);

/// Every scheme is decoded again and compared with the plaintext before anything is said about it. The error
/// is one line: too long, the schedule is for another length, or a scheme that does not decode what it coded.
tl::expected<LabReport, std::string> run_lab(const LabProblem& problem, const LabOptions& options);

/// Whom the promise is about: whoever taps all untrusted paths, or every path where none or all are trusted.
/// Null if this observer was not reached before the lab was stopped.
const ObserverResult* promised_observer(const LabReport& report, const SchemeResult& scheme);

/// Processor time of a scheme on this plaintext.
Cost measure_cost(const Scheme& scheme, const Agreement& agreement, std::span<const std::uint8_t> plaintext);

}  // namespace mps::lab
