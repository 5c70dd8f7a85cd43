// SPDX-License-Identifier: GPL-2.0-or-later
// Table II of the paper (section IV), beside what this machine does today, and the codec's goals C1 to C3.
//
// Every contestant is verified before it is timed; every figure is the median of rounds in which all
// contestants take turns, so that whatever disturbs the machine disturbs all of them. Figures compare within
// one run only.
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/racer.h"
#include "core/scramble/mps_codecs.h"

namespace mps::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t small = 1280, medium = 64 * 1024, large = 64 * 1024 * 1024;

struct Result {
  double us = 0;
  double ticks_per_byte = 0;  // of the time stamp counter
  double spread = 0;          // (largest - smallest) / median over the rounds
};

// By contestant, then size.
using Results = std::map<std::string, std::map<std::size_t, Result>>;

struct Goal {
  std::string name, what;
  double wanted, measured;
  bool possible = true;  // both contestants ran
  [[nodiscard]] bool reached() const { return possible && measured >= wanted; }
};

std::string first_line(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  return "unknown";
}

Json describe_machine() {
  return {{"processor", first_line("/proc/cpuinfo", "model name")},
          {"kernel", first_line("/proc/sys/kernel/osrelease", "")},
          {"compiler", "gcc-compatible " __VERSION__},
          {"openssl", OpenSSL_version(OPENSSL_VERSION)},
          {"codec", mps_codec_active()->name}};
}

// The times of all racers at one size: rounds of turns.
void race(const Racers& racers, std::size_t size, int rounds, double seconds, Results& results) {
  std::vector<std::size_t> calls(racers.size());
  for (std::size_t i = 0; i < racers.size(); i++) calls[i] = racers[i]->calls_in(size, seconds);
  std::vector<std::vector<double>> us(racers.size());
  static const double rate = ticks_per_second();
  for (int round = 0; round < rounds; round++) {
    for (std::size_t i = 0; i < racers.size(); i++) {
      us[i].push_back(racers[i]->time(size, calls[i]) * 1e6);
    }
  }
  for (std::size_t i = 0; i < racers.size(); i++) {
    const auto [least, most] = std::minmax_element(us[i].begin(), us[i].end());
    const double middle = median(us[i]);
    results[racers[i]->contestant().id()][size] = {middle, middle * 1e-6 * rate / static_cast<double>(size),
                                                   (*most - *least) / middle};
  }
}

// How many times as fast as @anchor; 0 if one of them did not run.
double ratio(const Results& results, const std::string& id, const std::string& anchor, std::size_t size) {
  const auto one = results.find(id), other = results.find(anchor);
  if (one == results.end() || other == results.end()) return 0;
  const auto mine = one->second.find(size), its = other->second.find(size);
  if (mine == one->second.end() || its == other->second.end() || mine->second.us <= 0) return 0;
  return its->second.us / mine->second.us;
}

std::vector<Goal> judge(const Results& results) {
  const std::string codec = mps_codec_active()->name;
  std::vector<Goal> goals;
  auto demand = [&](const char* name, const std::string& id, const std::string& anchor, std::size_t size,
                    double wanted) {
    const double measured = ratio(results, id, anchor, size);
    const std::string of = size == small ? "1280 B" : size == medium ? "64 KiB" : "64 MiB";
    goals.push_back({name, fmt::format("{}: {} / {}", of, id, anchor), wanted, measured, measured > 0});
  };
  for (const std::string direction : {"scramble", "descramble"}) {
    const std::string id = codec + " " + direction;
    demand("C1", id, "AES-128-CTR encrypt", small, 2.5);
    demand("C1", id, "memcpy copy", small, 0.40);
    demand("C1", id, "revised " + direction, small, 10);
    demand("C1", id, "straight " + direction, small, 100);
  }
  demand("C2", codec + " scramble", "AES-128-CTR encrypt", medium, 3.5);
  demand("C2", codec + " descramble", "AES-128-CTR encrypt", medium, 4);
  demand("C2", codec + " scramble", "memcpy copy", large, 0.95);
  demand("C2", codec + " descramble", "memcpy copy", large, 0.95);
  demand("C3", "word scramble in place", "AES-128-ECB encrypt", small, 0.85);
  demand("C3", "word descramble in place", "AES-128-ECB decrypt", small, 2);
  demand("C3", "word scramble in place", "revised scramble in place", small, 3.5);
  demand("C3", "word descramble in place", "revised descramble in place", small, 10);
  return goals;
}

void print_table(const Racers& racers, const Results& results, std::size_t size) {
  fmt::print("\n{} bytes\n{:<34} {:>10} {:>10} {:>8} {:>8} {:>9} {:>9}{}\n", size, "", "us", "ticks/B",
             "GB/s", "spread", "x AES-128", "x memcpy", size == small ? "  paper us" : "");
  for (const auto& racer : racers) {
    const std::string id = racer->contestant().id();
    const auto found = results.find(id);
    if (found == results.end() || !found->second.contains(size)) continue;
    const Result& result = found->second.at(size);
    fmt::print("{:<34} {:>10.4f} {:>10.4f} {:>8.3f} {:>7.0f}% {:>9.3f} {:>9.4f}", id, result.us,
               result.ticks_per_byte, static_cast<double>(size) / result.us / 1e3, result.spread * 100,
               ratio(results, id, "AES-128-ECB encrypt", size), ratio(results, id, "memcpy copy", size));
    if (size == small && racer->contestant().paper_us > 0)
      fmt::print("  {:>8}", racer->contestant().paper_us);
    fmt::print("\n");
  }
}

// "relative" is what bench/compare looks at: speed by that of AES-128-CTR in the same run, which carries over
// to another run better than a time does.
Json to_json(const Results& results, const std::vector<Goal>& goals, const std::vector<Absent>& absent,
             int rounds) {
  Json json = {{"benchmark", "table2"}, {"machine", describe_machine()}, {"rounds", rounds}};
  for (const auto& [id, sizes] : results) {
    for (const auto& [size, result] : sizes) {
      json["results"].push_back({{"id", fmt::format("{} {}", id, size)},
                                 {"us", result.us},
                                 {"ticks_per_byte", result.ticks_per_byte},
                                 {"spread", result.spread},
                                 {"relative", ratio(results, id, "AES-128-CTR encrypt", size)}});
    }
  }
  json["not_run"] = Json::array();
  for (const Absent& one : absent) json["not_run"].push_back({{"name", one.name}, {"reason", one.reason}});
  for (const Goal& goal : goals) {
    json["goals"].push_back({{"name", goal.name},
                             {"what", goal.what},
                             {"wanted", goal.wanted},
                             {"measured", goal.measured},
                             {"reached", goal.reached()}});
  }
  return json;
}

Racers everyone(std::vector<Absent>& absent) {
  Field field = codec_contestants();
  field.append(cipher_contestants("", true));
  absent = field.absent;
  Racers racers = local_racers(field);
#ifdef __x86_64__
  // Bits of CPUID leaf 1: 57 AES-NI, 33 PCLMULQDQ, 41 SSSE3.
  const std::pair<std::string, std::string> environments[] = {
      {" (SSSE3, no AES-NI)", "~0x200000200000000"},
      {" (tables, no AES-NI)", "~0x200020200000000"},
  };
  for (const auto& [suffix, capabilities] : environments) {
    std::string problem;
    Racers more = racers_without_aes_ni(suffix, capabilities, problem);
    if (more.empty()) absent.push_back({"AES" + suffix, problem});
    std::move(more.begin(), more.end(), std::back_inserter(racers));
  }
#endif
  return racers;
}

bool all_right(const Racers& racers, const std::set<std::size_t>& sizes) {
  bool right = true;
  for (const auto& racer : racers) {
    for (std::size_t size : sizes) {
      if (size > racer->contestant().largest || racer->right(size)) continue;
      fmt::print(stderr, "{}: wrong result for {} bytes, nothing is timed\n", racer->contestant().id(), size);
      right = false;
    }
  }
  return right;
}

int run(int rounds, bool quick, bool strict, const std::string& json_file) {
  const std::set<std::size_t> sizes = quick ? std::set{small, medium} : std::set{small, medium, large};
  std::vector<Absent> absent;
  Racers racers = everyone(absent);
  if (!all_right(racers, sizes)) return 2;

  const Json machine = describe_machine();
  fmt::print("{}, {}, {}\ncodec in use: {}; medians of {} rounds; CPU time; x = times as fast as\n",
             machine["processor"].get<std::string>(), machine["openssl"].get<std::string>(),
             machine["compiler"].get<std::string>(), machine["codec"].get<std::string>(), rounds);
  for (const Absent& one : absent) fmt::print("not run: {}: {}\n", one.name, one.reason);

  Results results;
  for (std::size_t size : sizes) {
    Racers able;
    for (auto& racer : racers) {
      if (size <= racer->contestant().largest) able.push_back(std::move(racer));
    }
    race(able, size, rounds, size == large ? 0.001 : 0.01, results);
    print_table(able, results, size);
    racers = std::move(able);
  }

  std::vector<Goal> goals = judge(results);
  if (quick) std::erase_if(goals, [](const Goal& goal) { return goal.what.starts_with("64 MiB"); });
  fmt::print("\n");
  bool missed = false;
  for (const Goal& goal : goals) {
    fmt::print("{} {} {:<64} {:>8.2f}, goal {}\n", goal.reached() ? "PASS" : "FAIL", goal.name, goal.what,
               goal.measured, goal.wanted);
    missed = missed || !goal.reached();
  }
  if (!json_file.empty()) {
    std::ofstream out(json_file);
    out << to_json(results, goals, absent, rounds).dump(2) << '\n';
    if (!out.flush()) {
      fmt::print(stderr, "{}: cannot be written\n", json_file);
      return 2;
    }
  }
  return strict && missed ? 1 : 0;
}

}  // namespace
}  // namespace mps::bench

int main(int argc, char** argv) {
  CLI::App app("Table II of the paper beside this machine, and the goals of the codec");
  int rounds = 7;
  bool quick = false, strict = false;
  std::string json_file, suffix;
  app.add_option("--rounds", rounds, "Rounds in which all contestants take turns")
      ->check(CLI::Range(5, 1000));
  app.add_flag("--quick", quick, "Leave out 64 MiB");
  app.add_flag("--strict", strict, "Exit with 1 if a goal is missed");
  app.add_option("--json", json_file, "Write all results to this file as well");
  CLI::Option* serving =
      app.add_option("--serve", suffix, "(internal) Measure for a parent process")->group("");
  CLI11_PARSE(app, argc, argv);
  if (*serving) return mps::bench::serve(suffix);
  return mps::bench::run(rounds, quick, strict, json_file);
}
