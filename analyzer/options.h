// SPDX-License-Identifier: GPL-2.0-or-later
/// What the user asked for, as values. Parsing is CLI11's; defaults stand here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/capture/open_capture.h"
#include "core/lab/catalogue.h"
#include "core/session/session.h"

namespace mps {

enum class OutputFormat : std::uint8_t { text, json, csv, fields };
enum class When : std::uint8_t { automatic, always, never };
enum class FollowForm : std::uint8_t { ascii, hex, raw };

/// Exit codes; scripts rely on them.
enum ExitCode : int {
  exit_recovered = 0,  ///< everything asked for was recovered
  exit_usage = 1,
  exit_input = 2,          ///< a file could not be read or is damaged
  exit_partial = 3,        ///< recovered in part only
  exit_nothing_found = 4,  ///< no MPTCP, or nothing scrambled
  exit_interrupted = 130,
};

/// One -z: a table or view instead of the report.
struct View {
  enum class Kind : std::uint8_t {
    connections,
    subflows,
    gaps,
    checksums,
    anomalies,
    leakage,
    follow
  } kind = Kind::connections;
  FollowForm form = FollowForm::ascii;
  std::uint32_t connection = 0;
};

/// --attack: how far the analyst goes.
enum class AttackLevel : std::uint8_t {
  none,   ///< counting only
  exact,  ///< exact (linear) decoding
  text,   ///< and inference by language models
};

struct RawRequest {
  std::string path;
  std::optional<std::uint64_t> offset;
};

/// -z leakage, --observe and what goes with them.
struct LeakageRequest {
  std::vector<std::string> observers;  ///< untrusted, trusted, all, none, "0,2", matrix
  AttackLevel attack = AttackLevel::text;
  std::vector<std::string> models;
  std::vector<std::string> cribs;
  std::vector<std::string> drags;
  std::vector<std::pair<Direction, std::string>> truths;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  std::uint64_t attack_bytes = std::uint64_t{8} << 20;
  std::string report_file;
  std::string what_if_file;
  std::optional<RawRequest> raw;
};

/// --lab: the same plaintext under every scheme.
struct LabRequest {
  bool wanted = false;
  std::vector<lab::SchemePtr> schemes = lab::all_schemes();
  std::string
      scheduler;  ///< as parse_scheduler() takes it; empty: the capture's own segment map, else "minrtt"
  bool cost = false;
};

struct LiveRequest {
  std::string interface_name;
  std::string user;    ///< whom root becomes once the interface is open; empty: see drop_privileges()
  double seconds = 0;  ///< 0: until interrupted
};

struct Options {
  bool demo = false;  ///< --demo: a bundled capture, and nothing else to choose
  std::vector<CaptureInput> inputs;
  std::optional<LiveRequest> live;
  std::string capture_filter;
  std::optional<std::uint32_t> connection;
  std::optional<Direction> direction;
  std::vector<std::uint16_t> subflows;
  std::vector<std::string> key_logs;
  SessionOptions session;
  LeakageRequest leakage;
  LabRequest lab;
  OutputFormat format = OutputFormat::text;
  std::vector<std::string> fields;  ///< -e
  bool fields_header = false;       ///< -E header=y
  char fields_separator = '\t';     ///< -E separator=
  std::vector<View> views;
  std::string extract_directory;
  std::string write_file;
  bool show_keys = false;
  bool quiet = false;
  bool verbose = false;
  When progress = When::automatic;
  When color = When::automatic;
};

/// Result of parsing: go on with `options`, or print `message` and leave with `exit_code`.
struct ParsedOptions {
  Options options;
  bool proceed = false;
  int exit_code = exit_recovered;
  std::string message;
  bool to_stderr = false;
};

ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace mps
