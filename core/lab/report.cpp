// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/report.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/hardened/scheme.h"

namespace mps::lab {
namespace {

std::string name_of(PathMask taps, const Schedule& schedule) {
  if (taps == schedule.all()) return "all";
  if (taps == schedule.untrusted()) return "untrusted";
  if (taps == schedule.trusted) return "trusted";
  std::string name;
  for (std::uint16_t path = 0; path < schedule.paths; ++path)
    if (taps & mask_of(path)) name += fmt::format("{}{}", name.empty() ? "" : "+", path);
  return name;
}

std::vector<PathResult> paths_of(const LabProblem& problem) {
  const Schedule& schedule = problem.schedule;
  std::vector<PathResult> paths;
  for (std::uint16_t k = 0; k < schedule.paths; ++k) {
    PathResult path;
    path.name = k < problem.path_names.size() ? problem.path_names[k] : fmt::format("path {}", k);
    path.trusted = (schedule.trusted & mask_of(k)) != 0;
    path.handshake = k == schedule.handshake_path;
    paths.push_back(path);
  }
  for (const Sending& sending : schedule.sendings) paths[sending.path].sent_bytes += sending.where.length();
  for (const Sending& segment : schedule.segments())
    paths[segment.path].first_bytes += segment.where.length();
  return paths;
}

/// The stream as the observer has it, before and after the attack.
StreamPicture draw(const Scheme& scheme, const Agreement& agreement, const Wire& wire, const Sight& sight,
                   const ExactView& exact, const AttackResult& attack,
                   std::span<const std::uint8_t> plaintext) {
  StreamPicture picture;
  picture.wire.resize(plaintext.size());
  picture.state.resize(plaintext.size(), ByteState::unseen);
  picture.right.resize(plaintext.size());
  for (const Link& link : scheme.links(agreement, wire))
    for (const Interval& seen : intersection(sight.seen[link.lane], normalised({link.positions})))
      for (std::uint64_t at = seen.begin; at < seen.end; ++at) {
        const std::uint64_t place = link.plaintext + (at - link.positions.begin);
        picture.wire[place] = wire.lanes[link.lane].bytes[at];
        picture.state[place] = ByteState::wire;
      }
  picture.text = picture.wire;
  const auto put = [&](std::uint64_t place, std::uint8_t byte, ByteState state) {
    picture.text[place] = byte;
    picture.state[place] = state;
    picture.right[place] = byte == plaintext[place];
  };
  // A place may be guessed twice: as part of a run, and as what stands before the next one. What is believed
  // counts.
  for (const bool accepted : {false, true})
    for (const Guess& guess : attack.guesses)
      for (std::size_t i = 0; i < guess.bytes.size(); ++i)
        if (guess.accepted[i] == accepted)
          put(guess.where.begin + i, guess.bytes[i], accepted ? ByteState::inferred : ByteState::guess);
  for (const Interval& range : exact.determined)
    for (std::uint64_t i = range.begin; i < range.end; ++i) put(i, exact.plaintext[i], ByteState::exact);
  return picture;
}

AttackScore score(const AttackResult& attack, const StreamPicture& picture,
                  std::span<const std::uint8_t> plaintext) {
  AttackScore score;
  score.method = attack.method;
  score.control = attack.control;
  score.legible = attack.legible_bytes;
  score.attackable = attack.attackable;
  score.attacked = attack.attacked;
  for (std::size_t i = 0; i < picture.state.size(); ++i) {
    if (picture.state[i] != ByteState::inferred && picture.state[i] != ByteState::guess) continue;
    ++score.guessed;
    score.guessed_right += picture.right[i];
    if (picture.state[i] != ByteState::inferred) continue;
    ++score.accepted;
    score.accepted_right += picture.right[i];
  }
  for (const Guess& guess : attack.guesses)
    for (std::size_t i = 0; guess.instead && i < guess.bytes.size(); ++i) {
      const std::uint64_t place = guess.where.begin + i;
      const bool guessed =
          picture.state[place] == ByteState::inferred || picture.state[place] == ByteState::guess;
      score.swapped += guessed && !picture.right[place] && guess.bytes[i] == plaintext[*guess.instead + i];
    }
  return score;
}

/// None if stopped meanwhile.
std::optional<ObserverResult> observe(const Scheme& scheme, const Agreement& agreement, const Wire& wire,
                                      PathMask taps, std::span<const std::uint8_t> plaintext,
                                      const LabOptions& options) {
  const Sight sight = sight_of(wire, agreement, taps);
  const ExactView exact = scheme.exact(agreement, wire, sight);
  if (options.attack.stop.stop_requested()) return std::nullopt;
  ObserverResult result;
  result.name = name_of(taps, *agreement.schedule);
  result.taps = taps;
  result.sees_handshake = sight.handshake;
  for (const Intervals& seen : sight.seen) result.wire_seen += total_length(seen);
  result.covered = total_length(exact.covered);
  result.determined = total_length(exact.determined);
  result.covered_leak_bits = exact.covered_leak_bits;
  result.whole_leak_bits = exact.whole_leak_bits;
  result.basis = exact.basis;
  const bool attacks =
      !options.models.empty() && total_length(intersection(exact.determined, exact.covered)) < result.covered;
  AttackResult attack;
  if (attacks) attack = scheme.attack(agreement, wire, sight, exact, options.models, options.attack);
  StreamPicture picture = draw(scheme, agreement, wire, sight, exact, attack, plaintext);
  if (attacks) result.attack = score(attack, picture, plaintext);
  if (options.keep_pictures) result.picture = std::move(picture);
  return result;
}

}  // namespace

std::vector<PathMask> observers_of(const Schedule& schedule) {
  constexpr unsigned max_paths_for_subsets = 4;
  std::vector<PathMask> masks;
  const auto add = [&](PathMask mask) {
    if (mask != 0 && mask != schedule.all() && std::ranges::find(masks, mask) == masks.end())
      masks.push_back(mask);
  };
  add(schedule.untrusted());
  add(schedule.trusted);
  if (schedule.paths <= max_paths_for_subsets)
    for (PathMask mask = 1; mask < schedule.all(); ++mask) add(mask);
  else
    for (std::uint16_t path = 0; path < schedule.paths; ++path) {
      add(mask_of(path));
      add(schedule.all() & ~mask_of(path));
    }
  masks.push_back(schedule.all());
  return masks;
}

const ObserverResult* promised_observer(const LabReport& report, const SchemeResult& scheme) {
  PathMask all = 0, untrusted = 0;
  for (std::size_t k = 0; k < report.paths.size(); ++k) {
    const PathMask mask = mask_of(static_cast<std::uint16_t>(k));
    all |= mask;
    if (!report.paths[k].trusted) untrusted |= mask;
  }
  const auto found = std::ranges::find(scheme.observers, untrusted ? untrusted : all, &ObserverResult::taps);
  return found == scheme.observers.end() ? nullptr : &*found;
}

tl::expected<LabReport, std::string> run_lab(const LabProblem& problem, const LabOptions& options) {
  const auto plaintext = problem.plaintext;
  const Schedule& schedule = problem.schedule;
  if (plaintext.size() > max_lab_bytes)
    return tl::unexpected(
        fmt::format("{} bytes are more than the lab takes ({})", plaintext.size(), max_lab_bytes));
  if (!is_available(mps::Scheme::h1)) return tl::unexpected(std::string(why_unavailable));
  if (schedule.length != plaintext.size())
    return tl::unexpected(
        fmt::format("a schedule for {} bytes does not fit {} bytes", schedule.length, plaintext.size()));
  LabReport report;
  report.schedule = schedule.description;
  report.length = plaintext.size();
  report.segments = schedule.sendings.size();
  report.repeated_bytes = schedule.repeated_bytes();
  report.paths = paths_of(problem);
  report.models = names_of(options.models);
  const Agreement agreement{problem.keys, problem.listener_sends, options.seed, &schedule};
  const auto observers = observers_of(schedule);
  std::size_t done = 0;
  const auto advance = [&] {
    ++done;
    if (options.progress) options.progress(done, options.schemes.size() * observers.size());
  };
  const auto stopped = [&] { return options.attack.stop.stop_requested(); };
  for (const SchemePtr& scheme : options.schemes) {
    if (stopped()) break;
    SchemeResult result;
    result.info = scheme->info();
    if (const auto possible = scheme->check(agreement); !possible) {
      result.not_possible = possible.error();
      report.schemes.push_back(std::move(result));
      for (std::size_t k = 0; k < observers.size(); ++k) advance();
      continue;
    }
    const Wire wire = transmit(*scheme, agreement, plaintext);
    const auto decoded = receive(*scheme, agreement, pieces_of(wire));
    if (!decoded) return tl::unexpected(fmt::format("{}: {}", result.info.name, decoded.error()));
    if (!std::ranges::equal(*decoded, plaintext))
      return tl::unexpected(fmt::format("{}: decodes to other bytes", result.info.name));
    result.wire_once = wire.bytes_once();
    result.wire_sent = wire.bytes_sent();
    result.expansion =
        plaintext.empty() ? 1 : static_cast<double>(result.wire_once) / static_cast<double>(plaintext.size());
    for (const Sending& segment : schedule.segments())
      result.padding_if_each +=
          (result.info.block - segment.where.length() % result.info.block) % result.info.block;
    if (options.measure_cost) result.cost = measure_cost(*scheme, agreement, plaintext);
    for (const PathMask taps : observers) {
      auto observed = observe(*scheme, agreement, wire, taps, plaintext, options);
      if (!observed) break;
      result.observers.push_back(std::move(*observed));
      advance();
    }
    if (!result.observers.empty()) report.schemes.push_back(std::move(result));
  }
  report.cancelled = stopped();
  return report;
}

}  // namespace mps::lab
