// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lab_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "analyzer/table.h"
#include "core/session/labels.h"

namespace mps {
namespace {

tl::expected<lab::Schedule, std::string> replay_of(Session& session, const Connection& connection,
                                                   const ConnectionReport& described, Direction direction,
                                                   std::uint64_t length) {
  const StreamEvidence evidence(connection, direction, session.store());
  if (!evidence.start_known()) return tl::unexpected(std::string("where it begins is not known"));
  return lab::captured_schedule(evidence.extents(),
                                {described.subflows.size(), labelled(described, Trust::trusted),
                                 labelled(described, Trust::untrusted), initial_subflow(described)},
                                length);
}

}  // namespace

tl::expected<LabSubject, std::string> subject_of_file(const std::string& path) {
  auto bytes = read_whole_file(path, lab::max_lab_bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  LabSubject subject;
  subject.name = std::filesystem::path(path).filename().string();
  subject.plaintext = std::move(*bytes);
  return subject;
}

std::vector<LabSubject> subjects_of_session(Session& session, const SessionReport& report,
                                            const Options& options, const LeakageInputs& inputs,
                                            const PlaintextRecorder& plaintext,
                                            const std::function<void(const std::string&)>& note) {
  std::vector<LabSubject> subjects;
  for (std::size_t i = 0; i < report.connections.size(); ++i) {
    const ConnectionReport& described = report.connections[i];
    if (!selected(options, described)) continue;
    const Connection& connection = *session.connections()[i];
    for (const StreamReport& stream : described.streams) {
      if (!selected(options, stream.direction) || stream.captured == 0) continue;
      LabSubject subject;
      subject.name = fmt::format("connection {} {}", described.number, short_name(stream.direction));
      subject.direction = stream.direction;
      const auto& given = inputs.truth[index(stream.direction)];
      const auto known = given ? std::span<const std::uint8_t>(*given)
                               : plaintext.find(connection.id, stream.direction, stream.end_seen);
      if (known.empty()) {
        note(fmt::format("{}: its plaintext is not all known (--truth gives it)", subject.name));
        continue;
      }
      auto replay = replay_of(session, connection, described, stream.direction, known.size());
      if (!replay && options.lab.scheduler.empty()) {
        note(fmt::format("{}: {}, so its segment map cannot be replayed (--lab-scheduler simulates one)",
                         subject.name, replay.error()));
        continue;
      }
      if (replay) subject.replay = std::move(*replay);
      subject.plaintext.assign(known.begin(), known.end());
      for (const SubflowReport& subflow : described.subflows) subject.path_names.push_back(subflow.path_name);
      if (connection.keys[0] && connection.keys[1])
        subject.keys = std::array<Key, 2>{*connection.keys[0], *connection.keys[1]};
      subjects.push_back(std::move(subject));
    }
  }
  return subjects;
}

tl::expected<std::vector<LabResult>, std::string> measure_lab(
    std::vector<LabSubject> subjects, const Options& options, const LeakageInputs& inputs,
    std::stop_token stop, const std::function<void(std::size_t, std::size_t)>& progress) {
  lab::LabOptions how;
  how.schemes = options.lab.schemes;
  how.models = inputs.models_in_turn();
  how.attack = {options.leakage.attack_bytes, options.leakage.threads, std::move(stop)};
  how.seed = options.leakage.seed;
  how.measure_cost = options.lab.cost;
  how.keep_pictures = !options.leakage.report_file.empty();
  how.progress = progress;
  std::vector<LabResult> results;
  for (LabSubject& subject : subjects) {
    lab::LabProblem problem;
    if (subject.keys) problem.keys = *subject.keys;
    problem.listener_sends = subject.direction == Direction::listener_to_initiator;
    if (options.lab.scheduler.empty() && subject.replay) {
      problem.schedule = *subject.replay;
      problem.path_names = subject.path_names;
    } else {
      const auto scheduler =
          lab::parse_scheduler(options.lab.scheduler.empty() ? "minrtt" : options.lab.scheduler);
      auto schedule = scheduler ? lab::make_schedule(*scheduler, subject.plaintext.size())
                                : tl::unexpected(scheduler.error());
      if (!schedule) return tl::unexpected(fmt::format("--lab-scheduler: {}", schedule.error()));
      problem.schedule = std::move(*schedule);
    }
    problem.plaintext = subject.plaintext;
    auto report = lab::run_lab(problem, how);
    if (!report) return tl::unexpected(fmt::format("{}: {}", subject.name, report.error()));
    results.push_back({std::move(subject), std::move(*report)});
  }
  return results;
}

}  // namespace mps
