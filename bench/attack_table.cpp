// SPDX-License-Identifier: GPL-2.0-or-later
/// mps_bench_attack: what the ciphertext-only attack recovers, per content type and run length, scored
/// against the truth.
///
/// Every run is cut out of a freshly scrambled stream at a random place; the attack gets the scrambled bytes
/// and nothing else (no offset, no key). The table is only printed after the scrambler has been checked to
/// descramble.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "bench/attack_corpus.h"
#include "core/leak/attack.h"
#include "core/leak/bundled_models.h"
#include "core/leak/model_trainer.h"
#include "core/leak/proportion.h"
#include "core/scramble/mps_scramble.h"

namespace {

using Bytes = std::vector<std::uint8_t>;
using Models = std::vector<const mps::LanguageModel*>;

struct Cell {
  std::size_t length = 0;
  double mean = 0;            ///< share of the seen bytes that are right
  double before = 0;          ///< share of the 64 unseen bytes before
  mps::Proportion recovered;  ///< runs with >= 99 % of the seen bytes right
  mps::Proportion accepted;
  mps::Proportion accepted_below_99;  ///< of the accepted: fewer than 99 % right
  mps::Proportion sure;               ///< bytes offered as recovered that are right
  double sure_share = 0;              ///< bytes offered as recovered, of all
  std::size_t missed = 0;             ///< of those below 99 %: the first model likes the right text better
  double seconds = 0;                 ///< per run, on one thread
};

/// Processor time of this thread: other work on the machine does not count.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Bytes scrambled(const Bytes& plain, std::mt19937_64& random) {
  std::uint64_t key = random();
  mps_state state;
  mps_state_init(&state, reinterpret_cast<const mps_u8*>(&key), sizeof key);
  mps_state back = state;
  Bytes out(plain.size());
  mps_scramble(&state, out.data(), plain.data(), plain.size());
  Bytes check(plain.size());
  mps_descramble(&back, check.data(), out.data(), out.size());
  if (check != plain) throw std::runtime_error("the scrambler does not descramble");
  return out;
}

Cell measure(const mps::bench::Content& content, std::size_t length, std::size_t runs, const Models& models,
             const mps::AttackOptions& options, std::uint64_t seed) {
  std::mt19937_64 random(seed ^ length);
  Cell cell;
  cell.length = length;
  std::size_t done = 0;
  std::size_t recovered = 0;
  std::size_t accepted = 0;
  std::size_t wrong = 0;
  std::size_t bytes = 0;
  std::size_t offered = 0;
  std::size_t offered_right = 0;
  for (std::size_t k = 0; k < runs; ++k) {
    const Bytes& plain = content.streams[k % content.streams.size()];
    if (plain.size() < length + 200) continue;
    const Bytes sent = scrambled(plain, random);
    const std::size_t at = 130 + random() % (plain.size() - length - 130);
    const mps::ScrambledRun run{std::nullopt, std::span(sent).subspan(at, length)};
    const double start = thread_seconds();
    const auto result = mps::attack(std::span(&run, 1), models, options).front();
    cell.seconds += thread_seconds() - start;
    std::size_t right = 0;
    std::size_t right_before = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const bool same = result.seen()[i] == plain[at + i];
      right += same;
      offered += result.accepts(i + 64);
      offered_right += same && result.accepts(i + 64);
    }
    bytes += length;
    for (std::size_t i = 0; i < 64; ++i) right_before += result.before()[i] == plain[at - 64 + i];
    const double share = static_cast<double>(right) / static_cast<double>(length);
    cell.mean += share;
    cell.before += static_cast<double>(right_before) / 64;
    ++done;
    recovered += share >= 0.99;
    const auto region = std::span(plain).subspan(at - 64, length + 64);
    cell.missed +=
        share < 0.99 && models.front()->cost_bits(region) < models.front()->cost_bits(result.region);
    accepted += result.accepted();
    wrong += result.accepted() && share < 0.99;
  }
  cell.recovered = mps::wilson(recovered, done);
  cell.accepted = mps::wilson(accepted, done);
  cell.sure = mps::wilson(offered_right, offered);
  cell.sure_share = static_cast<double>(offered) / static_cast<double>(std::max<std::size_t>(bytes, 1));
  cell.accepted_below_99 = mps::wilson(wrong, accepted);
  if (done > 0) {
    cell.mean /= static_cast<double>(done);
    cell.before /= static_cast<double>(done);
    cell.seconds /= static_cast<double>(done);
  }
  return cell;
}

/// One file per content type, for core/leak/models/check_overlap.py.
void write_texts(const std::string& folder, std::uint64_t seed) {
  for (const auto& content : mps::bench::attack_corpus(seed)) {
    std::ofstream out(folder + "/" + content.name, std::ios::binary);
    for (const Bytes& stream : content.streams)
      out.write(reinterpret_cast<const char*>(stream.data()), static_cast<std::streamsize>(stream.size()));
    if (!out.flush()) throw std::runtime_error(folder + ": cannot be written to");
  }
}

nlohmann::ordered_json to_json(const mps::Proportion& p) {
  return {{"hits", p.hits}, {"trials", p.trials}, {"wilson95", {p.low, p.high}}};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{
      "Measures the ciphertext-only attack on text that its model was not trained on.\n"
      "Needs (content types without their packages are left out): jargon-text doc-debian debian-policy "
      "python3-doc\n"
      "installation-guide-amd64 libvulkan-dev node-mime linux-libc-dev libc6-dev libpython3.11-stdlib "
      "perl-modules-5.36\n"
      "debian-handbook"};
  std::vector<std::size_t> lengths{65, 100, 200, 500, 1000, 1400, 2800, 5600, 14000, 64000};
  std::size_t runs = 52;
  std::uint64_t seed = 1;
  std::string only;
  std::string model_file;
  std::string texts_folder;
  bool json = false;
  bool same_site = false;
  mps::AttackOptions options;
  options.threads = 1;
  app.add_option("--lengths", lengths, "Bytes per run")->delimiter(',')->capture_default_str();
  app.add_option("--runs", runs, "Runs per cell")->capture_default_str();
  app.add_option("--seed", seed, "Seed of places, keys and generated text")->capture_default_str();
  app.add_option("--only", only, "Only content types whose name contains this");
  app.add_option("--model", model_file, "Model file, or text to train one on, in place of the bundled ones");
  app.add_option("--beam", options.limits.wide.states, "States of the wide beam")->capture_default_str();
  app.add_flag("--same-site", same_site,
               "Also with a model trained on other documents of the same packages, tried first");
  app.add_flag("--json", json, "JSON instead of the table");
  app.add_option("--write-texts", texts_folder,
                 "Write the texts into this folder, a file each, and attack nothing");
  CLI11_PARSE(app, argc, argv);
  if (!texts_folder.empty()) {
    write_texts(texts_folder, seed);
    return 0;
  }

  auto bundled = mps::load_bundled_models();
  if (!bundled) throw std::runtime_error(bundled.error());
  std::vector<mps::LanguageModel> loaded = std::move(*bundled);
  if (!model_file.empty()) {
    std::ifstream in(model_file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto given = mps::language_model_from(bytes, model_file);
    if (!given) throw std::runtime_error(given.error());
    loaded.assign(1, std::move(*given));
  }
  Models models;
  for (const auto& model : loaded) models.push_back(&model);

  nlohmann::ordered_json report{{"model", models.front()->name()},
                                {"seed", seed},
                                {"runs_per_cell", runs},
                                {"threads", 1},
                                {"content", nlohmann::ordered_json::array()}};
  for (const auto& content : mps::bench::attack_corpus(seed)) {
    if (content.name.find(only) == std::string::npos || content.streams.empty()) continue;
    std::size_t size = 0;
    double cost = 0;
    for (const Bytes& stream : content.streams) {
      size += stream.size();
      cost += models.front()->cost_bits(stream);
    }
    const double rate = cost / static_cast<double>(size);
    auto entry = nlohmann::ordered_json{{"name", content.name},
                                        {"packages", content.packages},
                                        {"model_bits_per_byte", rate},
                                        {"cells", nlohmann::ordered_json::array()}};
    if (!json)
      fmt::print("{} ({}; {:.2f} bits/byte under the model)\n", content.name, content.packages, rate);
    const auto line = [&](std::size_t length, const Models& with, const char* label) {
      const Cell cell = measure(content, length, length >= 14000 ? std::min<std::size_t>(runs, 12) : runs,
                                with, options, seed);
      if (cell.recovered.trials == 0) return;
      entry["cells"].push_back({{"length", length},
                                {"models", label},
                                {"bytes_right", cell.mean},
                                {"bytes_right_before", cell.before},
                                {"recovered", to_json(cell.recovered)},
                                {"accepted", to_json(cell.accepted)},
                                {"accepted_below_99", to_json(cell.accepted_below_99)},
                                {"bytes_accepted", cell.sure_share},
                                {"bytes_accepted_right", to_json(cell.sure)},
                                {"missed_by_search", cell.missed},
                                {"seconds_per_run", cell.seconds}});
      if (!json) {
        fmt::print(
            "  {:<9} n={:<6} {:5.1f} % of bytes, {:5.1f} % of the 64 before; >= 99 %: {:2}/{:<2} "
            "[{:3.0f}..{:3.0f} "
            "%]; "
            "accepted {:2}, {} of these below 99 %; {:5.1f} % of bytes "
            "accepted, {:.2f} % of these right; {} missed by the search; {:.3f} s/run\n",
            label, length, 100 * cell.mean, 100 * cell.before, cell.recovered.hits, cell.recovered.trials,
            100 * cell.recovered.low, 100 * cell.recovered.high, cell.accepted.hits,
            cell.accepted_below_99.hits, 100 * cell.sure_share, 100 * cell.sure.share, cell.missed,
            cell.seconds);
        std::fflush(stdout);
      }
    };
    std::optional<mps::LanguageModel> own;
    if (same_site) {
      const std::vector<std::span<const std::uint8_t>> documents(content.same_site.begin(),
                                                                 content.same_site.end());
      if (auto trained = mps::train_language_model(documents, {"same site"})) own = std::move(*trained);
    }
    for (const std::size_t length : lengths) {
      line(length, models, "generic");
      if (!own) continue;
      Models with{&*own};
      with.insert(with.end(), models.begin(), models.end());
      line(length, with, "same site");
    }
    report["content"].push_back(std::move(entry));
  }
  if (json) fmt::print("{}\n", report.dump(2));
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
