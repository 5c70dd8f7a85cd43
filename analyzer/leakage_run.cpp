// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyzer/whole_file.h"
#include "core/leak/bundled_models.h"
#include "core/leak/hardened_view.h"
#include "core/leak/model_trainer.h"
#include "core/scramble/mps_scramble.h"
#include "core/session/labels.h"

namespace mps {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::optional<Bytes> parse_hex(const std::string& text) {
  if (text.empty() || text.size() % 2) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::size_t used = 0;
    const std::string pair = text.substr(i, 2);
    if (!std::isxdigit(static_cast<unsigned char>(pair[0])) ||
        !std::isxdigit(static_cast<unsigned char>(pair[1])))
      return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(pair, &used, 16)));
  }
  return bytes;
}

/// OFFSET:HEX or OFFSET:@FILE.
tl::expected<Crib, std::string> parse_crib(const std::string& text) {
  const auto colon = text.find(':');
  const std::string offset = text.substr(0, colon);
  if (colon == std::string::npos || offset.empty() || offset.size() > 18 ||
      offset.find_first_not_of("0123456789") != std::string::npos)
    return tl::unexpected(fmt::format("'{}' is not OFFSET:HEX or OFFSET:@FILE", text));
  const std::string value = text.substr(colon + 1);
  if (value.starts_with("@")) {
    auto bytes = read_whole_file(value.substr(1));
    if (!bytes) return tl::unexpected(bytes.error());
    return Crib{std::stoull(offset), std::move(*bytes)};
  }
  const auto bytes = parse_hex(value);
  if (!bytes) return tl::unexpected(fmt::format("'{}' is not hex digits", value));
  return Crib{std::stoull(offset), *bytes};
}

/// @FILE: one crib a line, '#' starts a comment.
tl::expected<void, std::string> add_cribs(const std::string& text, std::vector<Crib>& cribs) {
  if (!text.starts_with("@")) {
    auto crib = parse_crib(text);
    if (!crib) return tl::unexpected(crib.error());
    cribs.push_back(std::move(*crib));
    return {};
  }
  const auto file = read_whole_file(text.substr(1));
  if (!file) return tl::unexpected(file.error());
  std::istringstream lines(std::string(file->begin(), file->end()));
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    line = line.substr(0, line.find('#'));
    std::erase_if(line, [](unsigned char c) { return std::isspace(c); });
    if (line.empty()) continue;
    auto crib = parse_crib(line);
    if (!crib) return tl::unexpected(fmt::format("{}:{}: {}", text.substr(1), number, crib.error()));
    cribs.push_back(std::move(*crib));
  }
  return {};
}

LeakageOptions leakage_options(const Options& options, const LeakageInputs& inputs, std::stop_token stop,
                               const std::function<void(std::size_t, std::size_t)>& progress) {
  LeakageOptions o;
  o.exact = options.leakage.attack != AttackLevel::none;
  o.attack = options.leakage.attack == AttackLevel::text;
  o.controls = o.attack;
  o.models = inputs.models_in_turn();
  o.cribs = inputs.cribs;
  o.seed = options.leakage.seed;
  o.threads = options.leakage.threads;
  o.max_attack_bytes = options.leakage.attack_bytes;
  o.stop = std::move(stop);
  o.progress = progress;
  return o;
}

/// What the user asked for, as far as this connection has it; the rest is told to `note`.
std::vector<Observer> requested_observers(const Connection& connection, const ConnectionReport& report,
                                          const Options& options,
                                          const std::function<void(const std::string&)>& note) {
  const SubflowMask trusted = labelled(report, Trust::trusted);
  const SubflowMask untrusted = labelled(report, Trust::untrusted);
  std::vector<Observer> observers;
  for (const auto& name : options.leakage.observers) {
    if (name == "matrix") continue;
    if ((name == "trusted" && !trusted) || (name == "untrusted" && !untrusted)) {
      note(fmt::format("--observe {}: no subflow of connection {} is labelled so (FILE={}, --{})", name,
                       report.number, name, name));
      continue;
    }
    auto observer = named_observer(connection, name, trusted, untrusted);
    if (observer)
      observers.push_back(std::move(*observer));
    else
      note(fmt::format("--observe {}: connection {}: {}", name, report.number, observer.error()));
  }
  return observers;
}

/// Without --observe: the untrusted paths if any are labelled, else each subflow alone, and all together. The
/// page compares, so it gets both.
std::vector<Observer> default_observers(const Connection& connection, const ConnectionReport& report,
                                        const Options& options) {
  const SubflowMask trusted = labelled(report, Trust::trusted);
  const SubflowMask untrusted = labelled(report, Trust::untrusted);
  std::vector<Observer> observers;
  const auto add = [&](Observer observer) {
    const auto same = [&](const Observer& other) { return other.tapped == observer.tapped; };
    if (std::none_of(observers.begin(), observers.end(), same)) observers.push_back(std::move(observer));
  };
  if (untrusted) add(*named_observer(connection, "untrusted", trusted, untrusted));
  if (untrusted && options.leakage.report_file.empty()) return observers;
  constexpr std::size_t max_single = 6;
  for (const auto& subflow : connection.subflows)
    if (observers.size() < max_single) add(observer_of(connection, mask_of(subflow->index)));
  if (connection.subflows.size() > 1) add(*named_observer(connection, "all", trusted, untrusted));
  return observers;
}

/// Determined bytes for the page, at most `limit` of them.
class ExactCollector final : public ExactSink {
 public:
  ExactCollector(StreamLeakage::TappedBytes& to, std::uint64_t limit) : to_(to), left_(limit) {}
  void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    if (bytes.size() > left_) return;
    left_ -= bytes.size();
    if (!to_.exact.empty() && to_.exact.back().first + to_.exact.back().second.size() == offset)
      to_.exact.back().second.insert(to_.exact.back().second.end(), bytes.begin(), bytes.end());
    else
      to_.exact.emplace_back(offset, Bytes(bytes.begin(), bytes.end()));
  }

 private:
  StreamLeakage::TappedBytes& to_;
  std::uint64_t left_;
};

tl::expected<std::vector<StreamLeakage::MatrixRow>, std::string> matrix_of(const StreamEvidence& evidence,
                                                                           std::uint32_t key_length,
                                                                           bool scrambled) {
  const Connection& connection = evidence.connection();
  const bool hardened = connection.scrambled && is_hardened(connection.scheme);
  std::vector<StreamLeakage::MatrixRow> rows;
  const auto subflows = static_cast<unsigned>(evidence.connection().subflows.size());
  const bool keyed = evidence.start_known();
  const auto without =
      observer_matrix(subflows, {MPS_WINDOW, key_length, false}, evidence.length(), evidence.coverage());
  const auto with =
      observer_matrix(subflows, {MPS_WINDOW, key_length, true}, evidence.length(), evidence.coverage());
  if (!without) return tl::unexpected(without.error());
  if (!with) return tl::unexpected(with.error());
  for (std::size_t i = 0; i < without->size(); ++i) {
    const auto& a = (*without)[i];
    StreamLeakage::MatrixRow row;
    row.taps = observer_of(evidence.connection(), a.tapped).name;
    row.tapped = a.tapped;
    row.seen = a.seen_bytes;
    row.exact_without_key = !scrambled ? a.seen_bytes : keyed ? a.exact.determined.count() : 0;
    row.exact_with_key = !scrambled ? a.seen_bytes : keyed ? (*with)[i].exact.determined.count() : 0;
    if (hardened) {
      row.exact_without_key = 0;
      // Where the stream begins is not known: no byte has its place in a keystream.
      row.exact_with_key = keyed ? total_length(readable_with_keys(connection.scheme, a.seen)) : 0;
    }
    rows.push_back(row);
  }
  return rows;
}

void drag(StreamLeakage& result, const Leakage& leakage, const StreamEvidence& evidence,
          const LeakageInputs& inputs, const LeakageOptions& options) {
  if (inputs.drags.empty() || options.models.empty()) return;
  Intervals where;
  std::vector<Bytes> bytes;
  if (!evidence.load(leakage.tapped, options.max_attack_bytes, where, bytes)) return;
  for (const auto& [text, crib] : inputs.drags)
    for (std::size_t run = 0; run < where.size(); ++run) {
      auto places = drag_crib({where[run].begin, bytes[run]}, crib, *options.models.front(), 5);
      if (!places.empty()) result.dragged.push_back({text, leakage.observer, run, std::move(places)});
    }
}

}  // namespace

tl::expected<std::vector<std::uint8_t>, std::string> read_whole_file(const std::string& path,
                                                                     std::uint64_t limit) {
  // Opening a folder succeeds, and reading it throws.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return tl::unexpected(fmt::format("{}: {}", path, std::strerror(EISDIR)));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno ? errno : EIO)));
  Bytes bytes;
  constexpr std::size_t piece = std::size_t{64} << 10;
  while (file && bytes.size() <= limit) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece);
    file.read(reinterpret_cast<char*>(bytes.data() + before), piece);
    bytes.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (bytes.size() > limit) return tl::unexpected(fmt::format("{}: more than {} bytes", path, limit));
  if (file.bad()) return tl::unexpected(fmt::format("{}: cannot be read", path));
  return bytes;
}

void PlaintextRecorder::on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                                     std::span<const std::uint8_t> bytes) {
  auto& stream = streams_[{connection.id, static_cast<int>(direction)}];
  if (offset != stream.size() || total_ + bytes.size() > max_bytes)
    return;  // a hole: what follows is of no use
  stream.insert(stream.end(), bytes.begin(), bytes.end());
  total_ += bytes.size();
}

std::span<const std::uint8_t> PlaintextRecorder::find(std::uint32_t connection_id, Direction direction,
                                                      std::uint64_t length) const {
  const auto found = streams_.find({connection_id, static_cast<int>(direction)});
  if (found == streams_.end() || found->second.size() != length) return {};
  return found->second;
}

tl::expected<LeakageInputs, std::string> LeakageInputs::load(const LeakageRequest& request) {
  LeakageInputs inputs;
  if (request.attack == AttackLevel::text) {
    for (const auto& path : request.models) {
      const auto bytes = read_whole_file(path);
      if (!bytes) return tl::unexpected(bytes.error());
      auto model = language_model_from(*bytes, std::filesystem::path(path).filename().string());
      if (!model) return tl::unexpected(fmt::format("{}: {}", path, model.error()));
      inputs.models.push_back(std::move(*model));
    }
    auto bundled = load_bundled_models();
    if (!bundled) return tl::unexpected(bundled.error());
    for (LanguageModel& model : *bundled) inputs.models.push_back(std::move(model));
  }
  for (const auto& text : request.cribs)
    if (auto added = add_cribs(text, inputs.cribs); !added)
      return tl::unexpected(fmt::format("--crib: {}", added.error()));
  for (const auto& text : request.drags) {
    if (!text.starts_with("@")) {
      inputs.drags.emplace_back(text, Bytes(text.begin(), text.end()));
      continue;
    }
    auto bytes = read_whole_file(text.substr(1));
    if (!bytes) return tl::unexpected(bytes.error());
    inputs.drags.emplace_back(text, std::move(*bytes));
  }
  for (const auto& [direction, path] : request.truths) {
    auto bytes = read_whole_file(path);
    if (!bytes) return tl::unexpected(bytes.error());
    inputs.truth[index(direction)] = std::move(*bytes);
  }
  return inputs;
}

std::vector<const LanguageModel*> LeakageInputs::models_in_turn() const {
  std::vector<const LanguageModel*> turns;
  for (const LanguageModel& model : models) turns.push_back(&model);
  return turns;
}

bool wants_leakage(const Options& options) {
  return !options.leakage.observers.empty() || !options.leakage.report_file.empty() ||
         std::any_of(options.views.begin(), options.views.end(),
                     [](const View& v) { return v.kind == View::Kind::leakage; });
}

tl::expected<std::vector<StreamLeakage>, std::string> measure_session(
    Session& session, const SessionReport& report, const Options& options, const LeakageInputs& inputs,
    const PlaintextRecorder& plaintext, const std::stop_token& stop,
    const std::function<void(std::size_t, std::size_t)>& progress,
    const std::function<void(const std::string&)>& note) {
  std::vector<StreamLeakage> results;
  const bool paged = !options.leakage.report_file.empty();
  const auto& asked = options.leakage.observers;
  const bool wants_matrix = paged || std::find(asked.begin(), asked.end(), "matrix") != asked.end();
  bool passed_over = false;
  const auto pass_over = [&](const std::string& reason) {
    note(reason);
    passed_over = true;
  };
  for (std::size_t i = 0; i < report.connections.size(); ++i) {
    const ConnectionReport& described = report.connections[i];
    if (options.connection && *options.connection != described.number) continue;
    const Connection& connection = *session.connections()[i];
    const auto observers = asked.empty() ? default_observers(connection, described, options)
                                         : requested_observers(connection, described, options, pass_over);
    if (observers.empty() && !wants_matrix) continue;
    for (const StreamReport& stream : described.streams) {
      if (options.direction && *options.direction != stream.direction) continue;
      if (stream.captured == 0) continue;
      const StreamEvidence evidence(connection, stream.direction, session.store());
      StreamLeakage result;
      result.connection = described.number;
      result.direction = stream.direction;
      auto measuring = leakage_options(options, inputs, stop, progress);
      const auto& choice = options.session.initial_register;
      measuring.register_key_length = choice.init == InitialRegister::key ? MPS_KEY_SIZE
                                      : connection.hash == KeyHash::sha1  ? 20
                                                                          : 32;
      if (connection.sender_key(stream.direction))
        measuring.register_key =
            register_bytes(*connection.sender_key(stream.direction), choice.init,
                           stream.key_order.value_or(choice.order.value_or(KeyOrder::wire)), connection.hash);
      std::span<const std::uint8_t> truth;
      if (const auto& given = inputs.truth[index(stream.direction)])
        truth = *given;
      else if (stream.state == StreamState::complete || stream.state == StreamState::open_end)
        truth = plaintext.find(connection.id, stream.direction, stream.end_seen);
      result.truth_known = !truth.empty();
      for (const Observer& observer : observers) {
        StreamLeakage::TappedBytes bytes;
        ExactCollector collector(bytes, measuring.max_attack_bytes);
        measuring.exact_sink = paged ? &collector : nullptr;
        auto leakage = measure_leakage(evidence, observer, measuring, truth);
        if (!leakage) return tl::unexpected(leakage.error());
        if (paged) {
          if (!evidence.load(observer.tapped, measuring.max_attack_bytes, bytes.where, bytes.wire))
            return tl::unexpected(std::string("bytes of the capture could not be read again"));
          result.bytes.push_back(std::move(bytes));
        }
        if (!is_hardened(leakage->scheme)) drag(result, *leakage, evidence, inputs, measuring);
        result.observers.push_back(std::move(*leakage));
      }
      if (paged) {
        result.coverage.assign(evidence.coverage().begin(), evidence.coverage().end());
        result.original = truth;
      }
      if (wants_matrix) {
        auto rows =
            matrix_of(evidence, measuring.register_key_length, described.scrambling != Scrambling::plain);
        if (!rows) return tl::unexpected(rows.error());
        result.matrix = std::move(*rows);
      }
      results.push_back(std::move(result));
    }
  }
  if (results.empty() && passed_over)
    return tl::unexpected(std::string("no connection has what --observe names"));
  return results;
}

tl::expected<StreamLeakage, std::string> measure_raw(
    const Options& options, const LeakageInputs& inputs, std::stop_token stop,
    const std::function<void(std::size_t, std::size_t)>& progress) {
  const RawRequest& raw = *options.leakage.raw;
  const auto bytes = read_whole_file(raw.path);
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->empty()) return tl::unexpected(fmt::format("{}: empty", raw.path));
  auto measuring = leakage_options(options, inputs, std::move(stop), progress);
  measuring.max_attack_bytes = std::max<std::uint64_t>(measuring.max_attack_bytes, bytes->size());
  StreamLeakage result;
  const auto& truth = inputs.truth[0];
  result.truth_known = truth.has_value();
  const ScrambledRun run{raw.offset, *bytes};
  if (truth) result.original = *truth;
  StreamLeakage::TappedBytes seen;
  ExactCollector collector(seen, measuring.max_attack_bytes);
  measuring.exact_sink = &collector;
  auto leakage = measure_runs(std::span(&run, 1), measuring, result.original);
  if (!leakage) return tl::unexpected(fmt::format("{}: {}", raw.path, leakage.error()));
  for (const auto& [text, crib] : inputs.drags) {
    if (measuring.models.empty()) break;
    auto places = drag_crib(run, crib, *measuring.models.front(), 5);
    if (!places.empty()) result.dragged.push_back({text, "raw", 0, std::move(places)});
  }
  seen.where = leakage->runs;
  seen.wire.push_back(*bytes);
  result.coverage.push_back({leakage->runs.front(), mask_of(0)});
  result.bytes.push_back(std::move(seen));
  result.observers.push_back(std::move(*leakage));
  return result;
}

tl::expected<void, std::string> extract_inferred(const std::vector<StreamLeakage>& results,
                                                 const std::string& directory, bool raw) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return tl::unexpected(fmt::format("{}: {}", directory, error.message()));
  for (const StreamLeakage& stream : results)
    for (const Leakage& leakage : stream.observers) {
      if (!leakage.inference) continue;
      std::string observer = leakage.observer;
      std::replace_if(
          observer.begin(), observer.end(), [](unsigned char c) { return !std::isalnum(c); }, '-');
      const std::string stem = raw ? std::string("raw.inferred")
                                   : fmt::format("conn{}.{}.observer-{}.inferred", stream.connection,
                                                 short_name(stream.direction), observer);
      const std::string name = fmt::format("{}/{}.bin", directory, stem);
      std::ofstream file(name + ".part", std::ios::binary | std::ios::trunc);
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      const auto& runs = leakage.inference->runs;
      const std::uint64_t base = raw && !leakage.runs.empty() ? leakage.runs.front().begin : 0;
      for (std::size_t i = 0; i < runs.size() && i < leakage.runs.size(); ++i) {
        const auto seen = runs[i].seen();
        // A raw run has nothing else beside it, so its best guess is written even when it is not accepted.
        const std::size_t accepted = runs[i].accepted_bytes();
        const bool write = !seen.empty() && (raw || accepted > 0);
        list.push_back({{"from", std::to_string(leakage.runs[i].begin)},
                        {"to", std::to_string(leakage.runs[i].end)},
                        {"verdict", std::string(to_string(runs[i].verdict))},
                        {"confidence", runs[i].confidence},
                        {"bytes_accepted", accepted},
                        {"written", write}});
        if (!write) continue;
        Bytes out(seen.begin(), seen.end());
        for (std::size_t p = 0; !raw && p < out.size(); ++p)
          if (!runs[i].accepts(pad_window + p)) out[p] = 0;
        file.seekp(static_cast<std::streamoff>(leakage.runs[i].begin - base));
        file.write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
      }
      file.close();
      const auto give_up = [&](const std::string& reason) {
        std::error_code ignored;
        std::filesystem::remove(name + ".part", ignored);
        return tl::unexpected(reason);
      };
      if (!file) return give_up(fmt::format("{}: {}", name, std::strerror(errno ? errno : EIO)));
      const nlohmann::ordered_json notes{{"inferred", true},
                                         {"observer", leakage.observer},
                                         {"model", leakage.inference->model},
                                         {"runs", list}};
      if (auto noted = write_whole(fmt::format("{}/{}.json", directory, stem), notes.dump(2) + "\n"); !noted)
        return give_up(noted.error());
      std::filesystem::rename(name + ".part", name, error);
      if (error) return give_up(fmt::format("{}: {}", name, error.message()));
    }
  return {};
}

}  // namespace mps
