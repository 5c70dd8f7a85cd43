// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

#include "analyzer/extract.h"
#include "analyzer/follow.h"
#include "analyzer/json_report.h"
#include "analyzer/plain_tcp.h"
#include "analyzer/stream_filter.h"
#include "analyzer/table.h"
#include "analyzer/terminal.h"
#include "analyzer/text_report.h"
#include "core/capture/live_capture.h"

namespace mps {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<PacketSource*> interruptible{nullptr};

extern "C" void on_interrupt(int signal) {
  interrupted = true;
  if (PacketSource* source = interruptible) source->interrupt();
  std::signal(signal, SIG_DFL);  // a second Ctrl-C ends at once
}

void complain(std::string_view text) { fmt::print(stderr, "mpscramble-analyze: {}\n", printable(text)); }

std::unique_ptr<PacketSource> open_source(const Options& options) {
  if (options.live) {
    mps::LiveOptions live;
    live.filter = options.capture_filter;
    live.packets = options.session.max_packets;
    if (options.live->seconds > 0)
      live.duration = std::chrono::milliseconds(static_cast<std::int64_t>(options.live->seconds * 1000));
    auto source = open_live_capture(options.live->interface_name, live);
    if (source) return std::move(*source);
    complain(source.error().message());
    return nullptr;
  }
  auto source = open_captures(options.inputs, {.filter = options.capture_filter});
  if (source) return std::move(*source);
  for (const auto& error : source.error()) complain(error.message());
  return nullptr;
}

/// Reads everything; false if it was interrupted.
bool read_all(Session& session, const PacketSource& source, Progress& progress) {
  constexpr std::uint64_t packets_a_step = 4096;
  while (!interrupted && session.step(packets_a_step)) {
    const SourceProgress now = source.progress();
    progress.update(now.bytes_read, now.bytes_total, now.packets);
  }
  progress.clear();
  return !interrupted;
}

/// Numbers that people see are settled only when everything was read: connections known by a joined subflow alone may
/// turn out to be part of another one. Outputs that choose a connection need its id beforehand, so files are read twice.
std::optional<std::uint32_t> id_of_connection(const Options& options, const KeyLog& keys, std::uint32_t number) {
  const bool readable_twice = !options.live && std::none_of(options.inputs.begin(), options.inputs.end(),
                                                            [](const auto& input) { return input.path == "-"; });
  if (!readable_twice) return number;  // right unless captures were merged out of order
  const auto source = open_source(options);
  if (!source) return std::nullopt;
  SessionOptions quick = options.session;
  quick.hash_limit = 0;
  Session session(*source, quick, &keys, nullptr);
  Progress silent(When::never);
  read_all(session, *source, silent);
  const SessionReport report = session.finish();
  return number < report.connections.size() ? std::optional(report.connections[number].id) : std::nullopt;
}

int exit_code(const SessionReport& report, const Options& options) {
  if (report.interrupted) return exit_interrupted;
  if (!report.errors.empty()) return exit_input;
  bool any_stream = false;
  bool any_scrambled = false;
  bool all_recovered = true;
  for (const auto& connection : report.connections) {
    if (!selected(options, connection)) continue;
    for (const auto& stream : connection.streams) {
      if (!selected(options, stream.direction) || stream.state == StreamState::empty) continue;
      any_stream = true;
      any_scrambled |= connection.scrambling != Scrambling::plain;
      all_recovered &= stream.state == StreamState::complete || stream.state == StreamState::open_end;
    }
  }
  if (report.refused_connections) all_recovered = false;
  if (!any_stream) return exit_nothing_found;
  if (!all_recovered) return exit_partial;
  const bool plain_wanted = options.session.tracker.scrambled == ScrambleRule::never;
  return any_scrambled || plain_wanted ? exit_recovered : exit_nothing_found;
}

/// Prints the report in the wanted form. The error is one line.
tl::expected<void, std::string> print_report(const SessionReport& report, const Options& options) {
  std::string text;
  const Style style(options.color, stdout);
  if (options.format == OutputFormat::json) {
    text = json_report(report, options);
  } else if (options.format == OutputFormat::text && options.views.empty()) {
    text = text_report(report, options, style);
  } else {
    std::vector<View> views = options.views;
    if (views.empty()) views.push_back({});
    for (const View& view : views) {
      const Table table = make_table(view.kind, report, options);
      if (options.format == OutputFormat::csv) {
        text += as_csv(table);
      } else if (options.format == OutputFormat::fields) {
        auto fields = as_fields(table, options);
        if (!fields) return tl::unexpected(fields.error());
        text += *fields;
      } else {
        text += (text.empty() ? "" : "\n") + as_text(table);
      }
    }
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return tl::unexpected(std::string("standard output: write error"));
  return {};
}

/// The outputs that receive recovered bytes while packets are read.
struct Outputs {
  std::unique_ptr<Extractor> extractor;
  std::unique_ptr<PlainTcpWriter> plain_tcp;
  std::unique_ptr<Follower> follower;

  tl::expected<void, std::string> open(const Options& options, FanOut& fan_out) {
    if (!options.extract_directory.empty()) {
      auto made = Extractor::create(options.extract_directory);
      if (!made) return tl::unexpected(made.error());
      extractor = std::make_unique<Extractor>(std::move(*made));
      fan_out.add(extractor.get());
    }
    if (!options.write_file.empty()) {
      auto made = PlainTcpWriter::create(options.write_file);
      if (!made) return tl::unexpected(made.error());
      plain_tcp = std::move(*made);
      fan_out.add(plain_tcp.get());
    }
    if (!options.views.empty() && options.views[0].kind == View::Kind::follow) {
      follower = std::make_unique<Follower>(options.views[0].form, stdout);
      fan_out.add(follower.get());
    }
    return {};
  }

  /// False if one of them failed; the reasons are printed.
  bool finish(const SessionReport& report, std::optional<std::uint32_t> followed) {
    bool good = true;
    const auto check = [&](const tl::expected<void, std::string>& result) {
      if (result) return;
      complain(result.error());
      good = false;
    };
    if (extractor) {
      std::vector<std::string> notes;
      check(extractor->finish(report, notes));
      for (const auto& note : notes) complain(note);
    }
    if (plain_tcp) check(plain_tcp->finish(report));
    if (follower && followed)
      for (const auto& connection : report.connections)
        if (connection.id == *followed) follower->finish(connection);
    return good;
  }
};

}  // namespace

int run(const Options& options) {
  KeyLog keys;
  for (const auto& path : options.key_logs)
    if (auto loaded = keys.load(path); !loaded) {
      complain(loaded.error());
      return exit_input;
    }

  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);

  const bool follows = !options.views.empty() && options.views[0].kind == View::Kind::follow;
  StreamFilter filter;
  filter.direction = options.direction;
  std::optional<std::uint32_t> wanted = follows ? std::optional(options.views[0].connection) : options.connection;
  if (wanted && (follows || !options.extract_directory.empty() || !options.write_file.empty())) {
    filter.connection_id = id_of_connection(options, keys, *wanted);
    if (!filter.connection_id) {
      complain(fmt::format("there is no connection {}", *wanted));
      return exit_nothing_found;
    }
  }

  const auto source = open_source(options);
  if (!source) return exit_input;
  interruptible = source.get();
  if (options.live && ::geteuid() == 0 && ::getuid() != 0 && ::seteuid(::getuid()) != 0) {
    complain("cannot give up privileges");
    return exit_input;
  }

  FanOut fan_out(filter);
  Outputs outputs;
  if (auto opened = outputs.open(options, fan_out); !opened) {
    complain(opened.error());
    return exit_input;
  }
  Session session(*source, options.session, &keys, fan_out.empty() ? nullptr : &fan_out);
  if (outputs.plain_tcp) outputs.plain_tcp->set_session(&session);
  Progress progress(options.progress);
  const bool whole = read_all(session, *source, progress);
  interruptible = nullptr;
  SessionReport report = session.finish(!whole && !options.live);

  for (const auto& error : report.errors) complain(error.message());
  const bool written = outputs.finish(report, filter.connection_id);
  if (!options.quiet && !follows)
    if (auto printed = print_report(report, options); !printed) {
      // Whoever reads a pipe may stop when it has seen enough; that is no error of ours.
      if (errno != EPIPE) complain(printed.error());
      return errno == EPIPE ? exit_code(report, options) : exit_usage;
    }
  if (!written) return exit_input;
  return exit_code(report, options);
}

}  // namespace mps
