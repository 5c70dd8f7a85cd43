// SPDX-License-Identifier: GPL-2.0-or-later
/// --lab: the same plaintext under every scheme. Takes the plaintext from a file, or from a capture that
/// holds all of it, whose own segment map is then replayed; core/lab measures.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "analyzer/leakage_run.h"
#include "analyzer/options.h"
#include "core/lab/report.h"
#include "core/session/session.h"

namespace mps {

/// One plaintext to send again, and what is known of how it was sent.
struct LabSubject {
  std::string name;  ///< "gpl-3.txt", or "connection 0 c2s"
  std::vector<std::uint8_t> plaintext;
  std::optional<lab::Schedule> replay;  ///< the capture's segment map
  std::vector<std::string> path_names;
  std::optional<std::array<Key, 2>> keys;
  Direction direction = Direction::initiator_to_listener;
};

struct LabResult {
  LabSubject subject;
  lab::LabReport report;
};

/// A file that is no capture, as one subject; up to lab::max_lab_bytes.
tl::expected<LabSubject, std::string> subject_of_file(const std::string& path);

/// The selected streams of a capture, read with TrackerOptions::keep_extents, of which the whole plaintext is
/// known. Others are told to `note`, one line each.
std::vector<LabSubject> subjects_of_session(Session& session, const SessionReport& report,
                                            const Options& options, const LeakageInputs& inputs,
                                            const PlaintextRecorder& plaintext,
                                            const std::function<void(const std::string&)>& note);

/// Runs the schemes that the options name. The error is one line.
tl::expected<std::vector<LabResult>, std::string> measure_lab(
    std::vector<LabSubject> subjects, const Options& options, const LeakageInputs& inputs,
    std::stop_token stop, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace mps
