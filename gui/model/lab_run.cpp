// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/lab_run.h"

#include "core/session/labels.h"

namespace mps::gui {

std::string lab_obstacle(const StreamSnapshot& stream) {
  if (stream.truth().empty())
    return "The lab sends the plaintext again, and this capture does not tell all of it.";
  if (stream.length() > lab_bytes)
    return "The lab looks at every byte under every scheme: it takes streams up to 1 MiB.";
  if (stream.lanes().lanes() > lab::max_lab_paths) return "The lab takes up to 16 subflows.";
  return {};
}

tl::expected<LabOutcomePtr, std::string> run_lab_on(
    std::shared_ptr<const StreamSnapshot> stream, lab::Models models, std::uint64_t seed,
    const std::stop_token& stop, const std::function<void(std::size_t, std::size_t)>& progress) {
  if (std::string obstacle = lab_obstacle(*stream); !obstacle.empty())
    return tl::unexpected(std::move(obstacle));
  lab::LabProblem problem;
  problem.plaintext = stream->truth();
  const ConnectionReport& connection = stream->connection();
  auto schedule = lab::captured_schedule(stream->evidence().extents(),
                                         {connection.subflows.size(), stream->labelled(Trust::trusted),
                                          stream->labelled(Trust::untrusted), initial_subflow(connection)},
                                         stream->length());
  if (!schedule) return tl::unexpected("The lab cannot replay this capture: " + schedule.error());
  problem.schedule = std::move(*schedule);
  for (const SubflowReport& subflow : connection.subflows) problem.path_names.push_back(subflow.path_name);
  problem.listener_sends = stream->direction() == Direction::listener_to_initiator;
  lab::LabOptions options;
  options.schemes = lab::all_schemes();
  options.models.assign(models.begin(), models.end());
  options.seed = seed;
  options.keep_pictures = true;
  options.attack.stop = stop;
  options.progress = progress;
  auto report = lab::run_lab(problem, options);
  if (!report) return tl::unexpected(report.error());
  auto outcome = std::make_shared<LabOutcome>();
  outcome->report = std::move(*report);
  outcome->bitmap = find_bitmap(stream->truth());
  outcome->stream = std::move(stream);
  return outcome;
}

}  // namespace mps::gui
