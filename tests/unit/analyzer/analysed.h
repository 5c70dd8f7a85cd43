// SPDX-License-Identifier: GPL-2.0-or-later
/// For tests: what the command line does between its options and its output, in one value.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/leakage_run.h"
#include "core/capture/open_capture.h"

namespace mps {

inline const std::string captures = MPS_SOURCE_DIR "/captures/";

inline Options options_of(std::vector<std::string> words) {
  words.insert(words.begin(), "mpscramble-analyze");
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  ParsedOptions parsed = parse_options(static_cast<int>(argv.size()), argv.data());
  EXPECT_TRUE(parsed.proceed) << parsed.message;
  return parsed.options;
}

inline std::string temporary(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + "mps_" + std::to_string(::getpid()) + "_" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

/// One run over captures, with everything that its results borrow.
struct Analysed {
  explicit Analysed(const std::vector<std::string>& words) : options(options_of(words)) {
    auto loaded = LeakageInputs::load(options.leakage);
    if (!loaded) {
      error = loaded.error();
      return;
    }
    inputs = std::move(*loaded);
    source = std::move(*open_captures(options.inputs));
    SessionOptions session_options = options.session;
    session_options.tracker.keep_extents = true;
    session = std::make_unique<Session>(*source, session_options, nullptr, &plaintext);
    while (session->step(4096)) {
    }
    report = session->finish();
    auto measured = measure_session(*session, report, options, inputs, plaintext, {}, {},
                                    [this](const std::string& note) { notes.push_back(note); });
    if (measured)
      streams = std::move(*measured);
    else
      error = measured.error();
  }

  Options options;
  LeakageInputs inputs;
  PlaintextRecorder plaintext;
  std::unique_ptr<PacketSource> source;
  std::unique_ptr<Session> session;
  SessionReport report;
  std::vector<StreamLeakage> streams;
  std::vector<std::string> notes;
  std::string error;
};

}  // namespace mps
