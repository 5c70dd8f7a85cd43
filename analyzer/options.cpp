// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <string_view>

#include "cli/option_table.h"
#include "core/session/trust_rule.h"
#include "mps_version.h"

namespace mps {
namespace {

constexpr const char* examples = R"(Examples:
  mpscramble-analyze --demo                                      for the impatient: a bundled capture
  mpscramble-analyze lte.pcapng=trusted wlan.pcapng=untrusted    both paths: the stream in clear
  mpscramble-analyze wlan.pcapng                                 one path: what is missing, and why
  mpscramble-analyze --extract out trace.pcapng                  recovered streams as files
  mpscramble-analyze -T json trace.pcapng | jq .connections      for programs
  mpscramble-analyze -z follow,ascii,0 trace.pcapng              the text of connection 0
  mpscramble-analyze -w plain.pcapng trace.pcapng                plain TCP that any tool reads
  mpscramble-analyze -z leakage --untrusted wlan0 trace.pcapng   what an eavesdropper on WLAN learns
  mpscramble-analyze --report page.html --untrusted wlan0 trace.pcapng    the same as a page with charts
  mpscramble-analyze --lab letter.txt                            the same text under other schemes

Exit codes: 0 everything recovered, 1 usage, 2 a file could not be read or is damaged, 3 recovered in part only,
4 no MPTCP or nothing scrambled found, 130 interrupted.)";

/// Values as the user types them; the same words in every program of the project.
template <typename T>
using Words = std::vector<std::pair<std::string, T>>;
const Words<InitialRegister> init_words{{"key", InitialRegister::key}, {"hmac", InitialRegister::hmac}};
const Words<std::optional<KeyOrder>> order_words{
    {"wire", KeyOrder::wire}, {"host", KeyOrder::host}, {"auto", std::nullopt}};
const Words<ScrambleRule> rule_words{
    {"flag", ScrambleRule::flag}, {"assume", ScrambleRule::assume}, {"never", ScrambleRule::never}};
const Words<std::optional<Scheme>> scheme_words{
    {"auto", std::nullopt}, {"paper", Scheme::paper}, {"h1", Scheme::h1}, {"h2", Scheme::h2}};
const Words<OutputFormat> format_words{{"text", OutputFormat::text},
                                       {"json", OutputFormat::json},
                                       {"csv", OutputFormat::csv},
                                       {"fields", OutputFormat::fields}};
const Words<When> when_words{{"auto", When::automatic}, {"always", When::always}, {"never", When::never}};
const Words<Direction> direction_words{{"c2s", Direction::initiator_to_listener},
                                       {"s2c", Direction::listener_to_initiator}};
const Words<FollowForm> follow_words{
    {"ascii", FollowForm::ascii}, {"hex", FollowForm::hex}, {"raw", FollowForm::raw}};
const Words<View::Kind> view_words{{"connections", View::Kind::connections},
                                   {"subflows", View::Kind::subflows},
                                   {"gaps", View::Kind::gaps},
                                   {"checksums", View::Kind::checksums},
                                   {"anomalies", View::Kind::anomalies},
                                   {"leakage", View::Kind::leakage},
                                   {"follow", View::Kind::follow}};
const Words<AttackLevel> attack_words{
    {"none", AttackLevel::none}, {"exact", AttackLevel::exact}, {"text", AttackLevel::text}};

template <typename T>
std::string alternatives(const Words<T>& words) {
  std::string text;
  for (const auto& [word, value] : words) text += (text.empty() ? "" : "|") + word;
  return text;
}

template <typename T>
T value_of(const Words<T>& words, const std::string& word, const char* option) {
  for (const auto& [known, value] : words)
    if (known == word) return value;
  throw CLI::ValidationError(option, fmt::format("'{}' is not one of {}", word, alternatives(words)));
}

template <typename T, typename Target>
CLI::Option* add_word(CLI::App* group, const std::string& names, Target& target, const Words<T>& words,
                      const std::string& help) {
  const std::string name = names.substr(names.find_last_of(',') + 1);
  auto* option = group->add_option_function<std::string>(
      names,
      [&target, &words, name](const std::string& word) { target = value_of(words, word, name.c_str()); },
      help);
  option->type_name(alternatives(words));
  return option;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(at, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

std::uint32_t number(const std::string& text, const char* option, std::uint32_t max) {
  std::size_t used = 0;
  unsigned long long value = 0;
  try {
    value = std::stoull(text, &used, 0);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || text[0] == '-' || value > max)
    throw CLI::ValidationError(option, fmt::format("'{}' is not a number from 0 to {}", text, max));
  return static_cast<std::uint32_t>(value);
}

CaptureInput parse_input(const std::string& text) {
  for (const auto& [suffix, trust] :
       {std::pair{"=trusted", Trust::trusted}, std::pair{"=untrusted", Trust::untrusted}})
    if (text.size() > std::string_view(suffix).size() && text.ends_with(suffix))
      return {text.substr(0, text.size() - std::string_view(suffix).size()), trust};
  return {text, Trust::unknown};
}

TrustRules::Rule parse_trust(const std::string& text, Trust trust, const char* option) {
  auto rule = parse_trust_rule(text, trust);
  if (!rule) throw CLI::ValidationError(option, rule.error());
  return *rule;
}

/// FILE, c2s:FILE or s2c:FILE.
std::pair<std::optional<Direction>, std::string> parse_truth(const std::string& text) {
  for (const auto& [word, direction] : direction_words)
    if (text.starts_with(word + ":")) return {direction, text.substr(word.size() + 1)};
  return {std::nullopt, text};
}

/// BIT for the paper's scheme, or SCHEME:BIT.
void parse_flag_bit(const std::string& text, SchemeFlags& flags) {
  const auto colon = text.find(':');
  const Scheme scheme =
      colon == std::string::npos
          ? Scheme::paper
          : value_of(scheme_words, text.substr(0, colon), "--flag-bit").value_or(Scheme::paper);
  const auto bit = number(text.substr(colon == std::string::npos ? 0 : colon + 1), "--flag-bit", 255);
  if (bit == 0) throw CLI::ValidationError("--flag-bit", "must have a bit set");
  flags.set(scheme, static_cast<std::uint8_t>(bit));
}

RawRequest parse_raw(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == text.size() ||
      text.find_first_not_of("0123456789", at + 1) != std::string::npos || text.size() - at > 18)
    return {text, std::nullopt};
  return {text.substr(0, at), std::stoull(text.substr(at + 1))};
}

View parse_view(const std::string& text) {
  const auto parts = split(text, ',');
  View view;
  view.kind = value_of(view_words, parts[0], "-z");
  if (view.kind != View::Kind::follow) {
    if (parts.size() > 1)
      throw CLI::ValidationError("-z", fmt::format("'{}' takes nothing after a comma", parts[0]));
    return view;
  }
  if (parts.size() > 1) view.form = value_of(follow_words, parts[1], "-z follow");
  if (parts.size() > 2) view.connection = number(parts[2], "-z follow", UINT32_MAX);
  if (parts.size() > 3) throw CLI::ValidationError("-z", "use -z follow,ascii|hex|raw,N");
  return view;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

/// "did you mean --keys?" for the first word on the command line that no option answers to.
std::string suggestion(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> known;
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; }))
    for (const CLI::Option* option : group->get_options())
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  for (int i = 1; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (!word.starts_with("--") || std::find(known.begin(), known.end(), word) != known.end()) continue;
    const auto best = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
      return edit_distance(word, a) < edit_distance(word, b);
    });
    if (best != known.end() && edit_distance(word, *best) <= 1 + word.size() / 3)
      return fmt::format(" (did you mean {}?)", *best);
  }
  return {};
}

void check(const Options& options, bool separator_given) {
  if (options.live && !options.inputs.empty())
    throw CLI::ValidationError("-i", "capture live or read files, not both");
  if (options.lab.wanted &&
      (options.leakage.raw || !options.leakage.what_if_file.empty() || !options.views.empty() ||
       !options.leakage.observers.empty() || !options.extract_directory.empty() ||
       !options.write_file.empty() || options.format == OutputFormat::fields))
    throw CLI::ValidationError("--lab", "is a report of its own: it goes with -T text|json|csv and --report");
  if (!options.lab.wanted && (options.lab.cost || !options.lab.scheduler.empty()))
    throw CLI::ValidationError("--lab-scheduler and --lab-cost", "go with --lab");
  const bool without_capture = options.leakage.raw || !options.leakage.what_if_file.empty();
  if (without_capture && (options.live || !options.inputs.empty()))
    throw CLI::ValidationError("--raw and --what-if", "take no capture");
  if (options.leakage.raw && !options.leakage.what_if_file.empty())
    throw CLI::ValidationError("--raw", "does not go with --what-if");
  const bool input_given = options.live || !options.inputs.empty() || without_capture;
  if (options.demo &&
      (input_given || options.lab.wanted || !options.views.empty() || options.format != OutputFormat::text))
    throw CLI::ValidationError("--demo", "brings its own capture and views; name neither FILE nor -z nor -T");
  if (!input_given && !options.demo)
    throw CLI::ValidationError("FILE", "name a capture file, or an interface with -i, or try --demo");
  if (options.format == OutputFormat::fields && options.fields.empty())
    throw CLI::ValidationError("-T fields", "name the fields with -e");
  if (options.format != OutputFormat::fields && (!options.fields.empty() || separator_given))
    throw CLI::ValidationError("-e", "goes with -T fields");
  const auto follows = std::count_if(options.views.begin(), options.views.end(),
                                     [](const View& view) { return view.kind == View::Kind::follow; });
  if (follows > 0 && (options.views.size() > 1 || options.format != OutputFormat::text))
    throw CLI::ValidationError("-z follow", "stands alone, with -T text");
  const bool leakage_table = std::any_of(options.views.begin(), options.views.end(),
                                         [](const View& v) { return v.kind == View::Kind::leakage; });
  if (leakage_table && (options.format == OutputFormat::csv || options.format == OutputFormat::fields))
    throw CLI::ValidationError("-z leakage", "goes with -T text or -T json");
  if (options.views.size() > 1 &&
      (options.format == OutputFormat::csv || options.format == OutputFormat::fields))
    throw CLI::ValidationError("-z", "one table at a time with -T csv and -T fields");
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  ParsedOptions parsed;
  Options& o = parsed.options;
  CLI::App app{"Reads captures of Multipath TCP, recovers scrambled streams, and tells what is missing.",
               "mpscramble-analyze"};
  app.footer(examples);
  app.set_version_flag("--version", std::string("mpscramble-analyze " MPS_VERSION));
  app.set_help_flag("-h,--help", "Print this help");
  add_option_table(app);

  std::vector<std::string> files;
  auto* input = app.add_option_group("Input");
  input->add_option("FILE,-r,--read", files,
                    "Capture files: taps of the same traffic; - is standard input; "
                    "FILE=trusted and FILE=untrusted label a path");
  LiveRequest live;
  auto* interface_option =
      input->add_option("-i,--interface", live.interface_name, "Capture live on this interface");
  input->add_option("-f,--filter", o.capture_filter, "Capture filter (pcap-filter syntax), for files as well")
      ->type_name("BPF");
  input->add_option("-c,--count", o.session.max_packets, "Stop after N packets")->type_name("N");
  input
      ->add_option_function<std::string>(
          "-a,--autostop",
          [&](const std::string& text) {
            constexpr std::string_view prefix = "duration:";
            if (!text.starts_with(prefix)) throw CLI::ValidationError("-a", "use -a duration:SECONDS");
            live.seconds = number(text.substr(prefix.size()), "-a duration", 100'000'000);
          },
          "Stop a live capture after S seconds")
      ->type_name("duration:S");
  input->add_flag("--demo", o.demo,
                  "Read a bundled capture: with both paths, then as an eavesdropper on one of them");
  auto* user_option =
      input
          ->add_option("--user", live.user,
                       "Whom root becomes once the interface is open [who called sudo, or nobody]")
          ->type_name("NAME");

  auto* select = app.add_option_group("Selection");
  select->add_option("--connection", o.connection, "Report only this connection")->type_name("N");
  add_word(select, "--direction", o.direction, direction_words, "Report only this direction");
  select->add_option("--subflow", o.subflows, "Report only these subflows")
      ->delimiter(',')
      ->type_name("N[,N]")
      ->allow_extra_args(false);

  auto* trust = app.add_option_group("Trust");
  for (const auto& [name, level] :
       {std::pair{"--trusted", Trust::trusted}, std::pair{"--untrusted", Trust::untrusted}})
    trust
        ->add_option_function<std::vector<std::string>>(
            name,
            [&o, name = name, level = level](const auto& words) {
              for (const auto& word : words) o.session.trust.rules.push_back(parse_trust(word, level, name));
            },
            std::string(level == Trust::trusted ? "Trusted" : "Untrusted") +
                " paths by network, interface name or subflow")
        ->type_name("NET|IF|subflow:N")
        ->allow_extra_args(false)
        ->delimiter(',');

  auto* keys = app.add_option_group("Keys and scrambling");
  keys->add_option("--keys", o.key_logs, "Key log: lines MPTCP_KEYS <initiator key> <listener key>")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_word(keys, "--scheme", o.session.tracker.scheme, scheme_words,
           "What scrambled connections are decoded with; auto goes by the flag bit [auto]");
  add_word(keys, "--init", o.session.initial_register.init, init_words,
           "Initial register: the key, or the HMAC of it [key]");
  add_word(keys, "--key-order", o.session.initial_register.order, order_words,
           "Bytes of the key as on the wire, reversed, or find out [wire]");
  add_word(keys, "--scrambled", o.session.tracker.scrambled, rule_words,
           "Scrambled connections: by the flag bit, all, or none [flag]");
  keys->add_option_function<std::vector<std::string>>(
          "--flag-bit",
          [&](const std::vector<std::string>& words) {
            for (const auto& word : words) parse_flag_bit(word, o.session.tracker.flags);
          },
          "Flag bit in MP_CAPABLE of the paper's scheme or of another [0x10, h1:0x08, h2:0x04]")
      ->type_name("[SCHEME:]BIT")
      ->allow_extra_args(false);
  keys->add_flag("--tags", o.session.tracker.tags,
                 "DSS checksums are keyed tags (docs/hardened.md): judge them so");
  keys->add_flag("--show-keys", o.show_keys, "Print keys; they are hidden otherwise");

  auto* leak = app.add_option_group("Eavesdropping");
  LeakageRequest& l = o.leakage;
  leak->add_option("--observe", l.observers,
                   "Analyse as if only these subflows had been captured; several times")
      ->type_name("untrusted|trusted|all|N,N|matrix")
      ->allow_extra_args(false);
  add_word(leak, "--attack", l.attack, attack_words,
           "Counting only, exact decoding, or language models as well [text]");
  leak->add_option("--crib", l.cribs, "Known plaintext at a stream offset; @FILE holds one a line")
      ->type_name("OFFSET:HEX|OFFSET:@FILE|@FILE")
      ->allow_extra_args(false);
  leak->add_option("--drag", l.drags, "Look where this text stands in each run")
      ->type_name("TEXT|@FILE")
      ->allow_extra_args(false);
  leak->add_option("--model", l.models, "Language model, or text of the same site to train one on")
      ->type_name("FILE")
      ->allow_extra_args(false);
  std::vector<std::string> truths;
  leak->add_option("--truth", truths, "Plaintext of a stream, to score inference against")
      ->type_name("[c2s:|s2c:]FILE")
      ->allow_extra_args(false);
  leak->add_option_function<std::string>(
          "--raw", [&l](const std::string& text) { l.raw = parse_raw(text); },
          "A file of scrambled bytes as one seen run, instead of a capture")
      ->type_name("FILE[@OFFSET]");
  leak->add_option("--what-if", l.what_if_file,
                   "Exact leakage of the cases in a JSON file, without any bytes")
      ->type_name("FILE.json");
  leak->add_option_function<std::string>(
          "--attack-bytes",
          [&l](const std::string& text) {
            l.attack_bytes = std::uint64_t{number(text, "--attack-bytes", 1 << 20)} << 20;
          },
          "Attack at most this much of each stream [8]")
      ->type_name("MIB");
  leak->add_option("--seed", l.seed, "Keys the control's keystream [1]")->type_name("N");
  leak->add_option_function<std::string>(
          "--threads", [&l](const std::string& text) { l.threads = number(text, "--threads", 1024); },
          "Threads for attacks, 0 for all processors [0]")
      ->type_name("N");

  auto* lab_group = app.add_option_group("Lab");
  lab_group->add_flag(
      "--lab", o.lab.wanted,
      "Send the plaintext again under other schemes and show what each gives away; FILE is a plaintext, or "
      "a capture that holds all of it");
  lab_group
      ->add_option_function<std::string>(
          "--lab-schemes",
          [&o](const std::string& text) {
            auto schemes = lab::schemes_named(text);
            if (!schemes) throw CLI::ValidationError("--lab-schemes", schemes.error());
            o.lab.schemes = std::move(*schemes);
          },
          "Which of them [all]")
      ->type_name("NAME[,NAME]");
  lab_group
      ->add_option_function<std::string>(
          "--lab-scheduler",
          [&o](const std::string& text) {
            if (const auto scheduler = lab::parse_scheduler(text); !scheduler)
              throw CLI::ValidationError("--lab-scheduler", scheduler.error());
            o.lab.scheduler = text;
          },
          "Simulated scheduler instead of the capture's own [minrtt]")
      ->type_name("minrtt|roundrobin|weighted|redundant[,KEY=VALUE]");
  lab_group->add_flag("--lab-cost", o.lab.cost,
                      "Measure the processor time of each scheme, which differs from run to run");

  auto* output = app.add_option_group("Output");
  add_word(output, "-T,--format", o.format, format_words, "Format of the report [text]");
  output->add_option("-e,--field", o.fields, "Field of -T fields, several times")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  bool separator_given = false;
  output
      ->add_option_function<std::vector<std::string>>(
          "-E",
          [&](const std::vector<std::string>& words) {
            for (const auto& word : words) {
              if (word == "header=y")
                o.fields_header = true;
              else if (word == "header=n")
                o.fields_header = false;
              else if (word.starts_with("separator=")) {
                const std::string value = word.substr(10);
                if (value == "/t")
                  o.fields_separator = '\t';
                else if (value == "/s")
                  o.fields_separator = ' ';
                else if (value.size() == 1)
                  o.fields_separator = value[0];
                else
                  throw CLI::ValidationError("-E", "separator is one character, /t or /s");
              } else
                throw CLI::ValidationError("-E", "use header=y|n or separator=C");
            }
            separator_given = true;
          },
          "For -T fields: header=y|n, separator=C")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  output
      ->add_option_function<std::vector<std::string>>(
          "-z,--view",
          [&](const std::vector<std::string>& words) {
            for (const auto& word : words) o.views.push_back(parse_view(word));
          },
          "A table instead of the report: connections, subflows, gaps, checksums, anomalies, "
          "leakage, or follow,ascii|hex|raw,N")
      ->type_name("VIEW")
      ->allow_extra_args(false);
  output->add_option("--extract", o.extract_directory, "Write recovered streams to this directory")
      ->type_name("DIR");
  output->add_option("-w,--write", o.write_file, "Write recovered streams as plain TCP")
      ->type_name("FILE.pcapng");
  output
      ->add_option("--report", l.report_file,
                   "Write what an observer learns as one self-contained page with charts")
      ->type_name("FILE.html");
  output
      ->add_option_function<std::string>(
          "--hash-limit",
          [&](const std::string& text) {
            o.session.hash_limit = std::uint64_t{number(text, "--hash-limit", 1 << 30)} << 20;
          },
          "SHA-256 of streams up to this many MiB, 0 for none [64]")
      ->type_name("MIB");

  auto* other = app.add_option_group("Other");
  other->add_flag("-q,--quiet", o.quiet, "No report, only errors and the exit code");
  other->add_flag("-v,--verbose", o.verbose, "Every gap, every recovered range, every anomaly");
  add_word(other, "--progress", o.progress, when_words, "Progress bar on standard error [auto]");
  add_word(other, "--color", o.color, when_words, "Colours in the text report [auto]");
  other
      ->add_option_function<std::string>(
          "--held-memory",
          [&](const std::string& text) {
            o.session.tracker.max_copied_bytes = std::uint64_t{number(text, "--held-memory", 1 << 20)} << 20;
          },
          "Memory for out-of-order bytes that cannot be read again (pipes, compressed files) [1024]")
      ->type_name("MIB");
  other
      ->add_option("--max-connections", o.session.tracker.max_connections,
                   "Follow no more connections than this; what is refused is counted [1000000]")
      ->type_name("N");
  other
      ->add_option("--max-subflows", o.session.tracker.max_subflows_per_connection,
                   "Follow no more subflows of one connection than this [4096]")
      ->check(CLI::Range(1, 65535))
      ->type_name("N");

  try {
    app.parse(argc, argv);
    for (const auto& file : files) o.inputs.push_back(parse_input(file));
    if (*interface_option)
      o.live = live;
    else if (live.seconds > 0 || *user_option)
      throw CLI::ValidationError(live.seconds > 0 ? "-a" : "--user", "goes with -i");
    for (const auto& text : truths) {
      auto [direction, path] = parse_truth(text);
      if (!direction) direction = o.direction;
      if (!direction && !o.leakage.raw)
        throw CLI::ValidationError("--truth", "say of which direction: c2s:FILE or s2c:FILE");
      o.leakage.truths.emplace_back(direction.value_or(Direction::initiator_to_listener), path);
    }
    check(o, separator_given);
    parsed.proceed = true;
  } catch (const CLI::CallForHelp&) {
    parsed.message = app.help();
  } catch (const CLI::CallForVersion& text) {  // or --option-table
    parsed.message = std::string(text.what()) + "\n";
  } catch (const CLI::Error& error) {
    parsed.exit_code = exit_usage;
    parsed.to_stderr = true;
    parsed.message =
        fmt::format("mpscramble-analyze: {}{}\nTry 'mpscramble-analyze --help'.\n", error.what(),
                    dynamic_cast<const CLI::ExtrasError*>(&error) ? suggestion(app, argc, argv) : "");
  }
  return parsed;
}

}  // namespace mps
