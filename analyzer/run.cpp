// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <thread>

#include "analyzer/extract.h"
#include "analyzer/follow.h"
#include "analyzer/html_report.h"
#include "analyzer/json_report.h"
#include "analyzer/lab_run.h"
#include "analyzer/lab_text.h"
#include "analyzer/leakage_json.h"
#include "analyzer/leakage_run.h"
#include "analyzer/leakage_text.h"
#include "analyzer/plain_tcp.h"
#include "analyzer/privileges.h"
#include "analyzer/stream_filter.h"
#include "analyzer/table.h"
#include "analyzer/terminal.h"
#include "analyzer/text_report.h"
#include "core/capture/live_capture.h"
#include "core/leak/what_if.h"

namespace mps {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<PacketSource*> interruptible{nullptr};
std::atomic<bool> opening{false};  // a pipe may bring its first bytes late or never, and nothing is made yet

extern "C" void on_interrupt(int signal) {
  interrupted = true;
  if (opening) _exit(exit_interrupted);
  if (PacketSource* source = interruptible) source->interrupt();
  std::signal(signal, SIG_DFL);  // a second Ctrl-C ends at once
}

void await_interrupt() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

/// Ctrl-C is how a live capture ends: only another one is for the attack that comes then.
void await_interrupt_of_attack(const Options& options) {
  if (!options.live) return;
  interrupted = false;
  await_interrupt();
}

void complain(std::string_view text) {
  fmt::print(stderr, "mpscramble-analyze: {}\n", printable(text));
}

struct Opening {
  Opening() { opening = true; }
  ~Opening() { opening = false; }
};

std::unique_ptr<PacketSource> open_source(const Options& options) {
  const Opening guard;
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

enum class Reading : std::uint8_t { whole, cut_short, out_of_memory };

/// Reads everything, or what there is time and memory for: what was read by then is kept.
Reading read_all(Session& session, const PacketSource& source, Progress& progress) {
  constexpr std::uint64_t packets_a_step = 4096;
  // To report with, once all else is used. Not touched, so it costs addresses only.
  constexpr std::size_t reserve_at_least = std::size_t{16} << 20;
  constexpr std::size_t reserve_a_connection = 4096;
  std::size_t reserved = reserve_at_least;
  std::unique_ptr<char[]> reserve(new (std::nothrow) char[reserved]);
  Reading result = Reading::whole;
  try {
    while (!interrupted && session.step(packets_a_step)) {
      const SourceProgress now = source.progress();
      progress.update(now.bytes_read, now.bytes_total, now.packets, "packets");
      const std::size_t needed =
          reserve_at_least + session.tracker().connections().size() * reserve_a_connection;
      if (needed <= reserved) continue;
      reserve.reset(
          new (std::nothrow) char[reserved = 2 * needed]);  // without one it is not worse than before
    }
  } catch (const std::bad_alloc&) {
    reserve.reset();
    result = Reading::out_of_memory;
  }
  progress.clear();
  return interrupted ? Reading::cut_short : result;
}

/// Numbers that people see are settled only when everything was read: connections known by a joined subflow
/// alone may turn out to be part of another one. Outputs that choose a connection need its id beforehand, so
/// files are read twice.
std::optional<std::uint32_t> id_of_connection(const Options& options, const KeyLog& keys,
                                              std::uint32_t number) {
  const bool readable_twice =
      !options.live &&
      std::all_of(options.inputs.begin(), options.inputs.end(), [](const CaptureInput& input) {
        std::error_code error;
        return std::filesystem::is_regular_file(input.path, error);  // a pipe gives its bytes once
      });
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

tl::expected<void, std::string> print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return tl::unexpected(std::string("standard output: write error"));
  return {};
}

/// Whoever reads a pipe may stop when it has seen enough; that is no error of ours.
bool delivered(const tl::expected<void, std::string>& printed) {
  if (printed || errno == EPIPE) return true;
  complain(printed.error());
  return false;
}

/// Prints the report in the wanted form. The error is one line. `leakage` may be null.
tl::expected<void, std::string> print_report(const SessionReport& report, const Options& options,
                                             const std::vector<StreamLeakage>* leakage) {
  if (options.format == OutputFormat::json) return write_json_report(report, options, leakage, print);
  std::string text;
  const Style style(options.color, stdout);
  if (options.format == OutputFormat::text && options.views.empty()) {
    if (auto written = write_text_report(report, options, style, print); !written) return written;
    if (leakage) text = leakage_text(*leakage, options, style);
  } else {
    std::vector<View> views = options.views;
    if (views.empty()) views.push_back({});
    for (const View& view : views) {
      if (view.kind == View::Kind::leakage) {
        if (leakage) text += leakage_text(*leakage, options, style);
        continue;
      }
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
  return print(text);
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
  bool finish(const SessionReport& report, const Options& options, std::optional<std::uint32_t> followed) {
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
        if (connection.id == *followed) check(follower->finish(connection, options.direction));
    if (follower && options.views[0].form == FollowForm::raw && follower->left_out() > 0)
      complain(fmt::format("{} bytes are not recovered and left out", follower->left_out()));
    return good;
  }
};

/// Ctrl-C while an attack runs: what is done by then is kept.
class StopOnInterrupt {
 public:
  StopOnInterrupt()
      : watcher_([this](const std::stop_token& end) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any ended;  // so that the end need not wait for the next look
          while (!end.stop_requested() && !interrupted)
            ended.wait_for(lock, end, std::chrono::milliseconds(50), [] { return interrupted.load(); });
          if (interrupted) source_.request_stop();
        }) {}
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

int run_what_if(const Options& options) {
  const auto text = read_whole_file(options.leakage.what_if_file);
  if (!text) {
    complain(text.error());
    return exit_input;
  }
  const auto result = what_if({reinterpret_cast<const char*>(text->data()), text->size()});
  if (!result) {
    complain(fmt::format("{}: {}", options.leakage.what_if_file, result.error()));
    return exit_input;
  }
  return delivered(print(*result)) ? exit_recovered : exit_input;
}

/// Writes the page if one is asked for. False, and the reason is printed, if it cannot be written.
bool write_page(const HtmlInputs& page) {
  if (page.options.leakage.report_file.empty()) return true;
  const auto written = write_html_report(page);
  if (!written) complain(written.error());
  return written.has_value();
}

int run_raw(const Options& options, const LeakageInputs& inputs) {
  StopOnInterrupt stop;
  Progress bar(options.progress);
  const auto result = measure_raw(options, inputs, stop.token(), [&](std::size_t done, std::size_t all) {
    bar.update(done, all, done, "runs");
  });
  bar.clear();
  if (!result) {
    complain(result.error());
    return exit_input;
  }
  const std::vector<StreamLeakage> results{*result};
  if (!options.extract_directory.empty())
    if (auto written = extract_inferred(results, options.extract_directory, true); !written) {
      complain(written.error());
      return exit_input;
    }
  if (!write_page({options, nullptr, results})) return exit_input;
  if (!options.quiet) {
    const std::string text = options.format == OutputFormat::json
                                 ? json_document("leakage", leakage_json(results, options))
                                 : leakage_text(results, options, Style(options.color, stdout));
    if (!delivered(print(text))) return exit_input;
  }
  if (interrupted) return exit_interrupted;
  const Leakage& leakage = results.front().observers.front();
  return leakage.exact_seen() == leakage.seen_bytes ? exit_recovered : exit_partial;
}

struct LabSubjects {
  std::vector<LabSubject> all;
  bool damaged = false;  ///< the capture could not be read to its end
};

/// The plaintexts that --lab sends again. An input that is no capture, not even a damaged one, is a plaintext
/// itself, unless a capture filter says that it ought to be one.
tl::expected<LabSubjects, ExitCode> lab_subjects(const Options& options, const KeyLog& keys,
                                                 const LeakageInputs& inputs) {
  std::unique_ptr<PacketSource> source;
  if (!options.live && options.inputs.size() == 1 && options.capture_filter.empty()) {
    const Opening guard;
    const std::string& path = options.inputs.front().path;
    auto opened = open_captures(options.inputs);
    std::error_code ignored;
    const auto kind = std::filesystem::status(path, ignored).type();
    if (!opened &&
        (path == "-" || kind == std::filesystem::file_type::fifo)) {  // what was read of it is gone
      complain(fmt::format("{}: not a capture, and a plaintext has to be a file", path));
      return tl::unexpected(exit_input);
    }
    if (!opened && begins_as_capture(path)) {
      for (const auto& error : opened.error()) complain(error.message());
      return tl::unexpected(exit_input);
    }
    if (!opened) {
      auto subject = subject_of_file(path);
      if (!subject) {
        complain(subject.error());
        return tl::unexpected(exit_input);
      }
      LabSubjects subjects;
      subjects.all.push_back(std::move(*subject));
      return subjects;
    }
    source = std::move(*opened);
  } else {
    source = open_source(options);
    if (!source) return tl::unexpected(exit_input);
  }
  interruptible = source.get();
  PlaintextRecorder plaintext;
  FanOut fan_out({std::nullopt, options.direction});
  fan_out.add(&plaintext);
  SessionOptions session_options = options.session;
  session_options.tracker.keep_extents = true;
  Session session(*source, session_options, &keys, &fan_out);
  Progress progress(options.progress);
  const Reading reading = read_all(session, *source, progress);
  interruptible = nullptr;
  await_interrupt_of_attack(options);
  if (reading == Reading::out_of_memory) {
    complain("out of memory");
    return tl::unexpected(exit_input);
  }
  const SessionReport report = session.finish(reading == Reading::cut_short && !options.live);
  for (const auto& error : report.errors) complain(error.message());
  return LabSubjects{subjects_of_session(session, report, options, inputs, plaintext,
                                         [](const std::string& note) { complain(note); }),
                     !report.errors.empty()};
}

int run_lab(const Options& options, const KeyLog& keys, const LeakageInputs& inputs) {
  auto subjects = lab_subjects(options, keys, inputs);
  if (!subjects) return subjects.error();
  if (subjects->all.empty()) {
    complain("there is no plaintext to send again");
    return subjects->damaged ? exit_input : exit_nothing_found;
  }
  StopOnInterrupt stop;
  Progress bar(options.progress);
  const auto results =
      measure_lab(std::move(subjects->all), options, inputs, stop.token(),
                  [&](std::size_t done, std::size_t all) { bar.update(done, all, done, "observers"); });
  bar.clear();
  if (!results) {
    complain(results.error());
    return exit_input;
  }
  if (!write_page({options, nullptr, {}, *results})) return exit_input;
  if (!options.quiet) {
    const std::string text = options.format == OutputFormat::json  ? json_document("lab", lab_json(*results))
                             : options.format == OutputFormat::csv ? as_csv(lab_table(*results))
                                                                   : lab_text(*results);
    if (!delivered(print(text))) return exit_input;
  }
  return interrupted ? exit_interrupted : subjects->damaged ? exit_input : exit_recovered;
}

}  // namespace

int run(const Options& options) {
  if (options.format == OutputFormat::fields) {
    const View view = options.views.empty() ? View{} : options.views[0];
    if (auto fields = as_fields(make_table(view.kind, {}, options), options); !fields) {
      complain(fields.error());
      return exit_usage;
    }
  }
  if (!options.leakage.what_if_file.empty()) return run_what_if(options);
  KeyLog keys;
  for (const auto& path : options.key_logs)
    if (auto loaded = keys.load(path); !loaded) {
      complain(loaded.error());
      return exit_input;
    }

  await_interrupt();

  const bool leakage_wanted = wants_leakage(options) || options.leakage.raw || options.lab.wanted;
  LeakageInputs inputs;
  if (leakage_wanted) {
    auto loaded = LeakageInputs::load(options.leakage);
    if (!loaded) {
      complain(loaded.error());
      return exit_input;
    }
    inputs = std::move(*loaded);
  }
  if (options.leakage.raw) return run_raw(options, inputs);
  if (options.lab.wanted) return run_lab(options, keys, inputs);

  const bool follows = !options.views.empty() && options.views[0].kind == View::Kind::follow;
  StreamFilter filter;
  filter.direction = options.direction;
  std::optional<std::uint32_t> wanted =
      follows ? std::optional(options.views[0].connection) : options.connection;
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
  if (options.live)
    if (auto dropped = drop_privileges(options.live->user); !dropped) {
      complain(dropped.error());
      return exit_input;
    }

  FanOut fan_out(filter);
  Outputs outputs;
  if (auto opened = outputs.open(options, fan_out); !opened) {
    complain(opened.error());
    return exit_input;
  }
  PlaintextRecorder plaintext;
  SessionOptions session_options = options.session;
  if (leakage_wanted) {
    session_options.tracker.keep_extents = true;
    fan_out.add(&plaintext);
  }
  Session session(*source, session_options, &keys, fan_out.empty() ? nullptr : &fan_out);
  if (outputs.plain_tcp) outputs.plain_tcp->set_session(&session);
  Progress progress(options.progress);
  const Reading reading = read_all(session, *source, progress);
  interruptible = nullptr;
  if (leakage_wanted) await_interrupt_of_attack(options);
  SessionReport report =
      session.finish(reading == Reading::out_of_memory || (reading == Reading::cut_short && !options.live));
  if (reading == Reading::out_of_memory) complain("out of memory: the report covers what was read so far");

  for (const auto& error : report.errors) complain(error.message());
  if (options.connection && !report.connections.empty() && *options.connection >= report.connections.size())
    complain(fmt::format("there is no connection {}", *options.connection));
  bool written = outputs.finish(report, options, filter.connection_id);
  std::vector<StreamLeakage> leakage;
  if (leakage_wanted) {
    StopOnInterrupt stop;
    Progress bar(options.progress);
    auto measured = measure_session(
        session, report, options, inputs, plaintext, stop.token(),
        [&](std::size_t done, std::size_t all) { bar.update(done, all, done, "runs"); },
        [](const std::string& note) { complain(note); });
    bar.clear();
    if (!measured) {
      complain(measured.error());
      return exit_usage;
    }
    leakage = std::move(*measured);
    if (interrupted) report.interrupted = true;
    if (!options.extract_directory.empty())
      if (auto extracted = extract_inferred(leakage, options.extract_directory, false); !extracted) {
        complain(extracted.error());
        return exit_input;
      }
    if (!write_page({options, &report, leakage})) return exit_input;
  }
  if (!options.quiet && !follows)
    written &= delivered(print_report(report, options, leakage_wanted ? &leakage : nullptr));
  if (!written || reading == Reading::out_of_memory) return exit_input;
  return exit_code(report, options);
}

}  // namespace mps
