// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/what_if.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/leak/exact_engine.h"

namespace mps {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t max_stream = std::uint64_t{1} << 60;

/// One line about what is wrong with the input; caught in what_if() and never seen outside.
struct Complaint {
  std::string text;
};

template <typename... Args>
[[noreturn]] void complain(fmt::format_string<Args...> format, Args&&... args) {
  throw Complaint{fmt::format(format, std::forward<Args>(args)...)};
}

/// The library copies values while it parses, by as deep a stack as they are nested.
Json parse(std::string_view text) {
  static constexpr int deepest = 64;
  return Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) complain("nested more than {} deep", deepest);
    return true;
  });
}

/// A value as a complaint shows it: short, and without going into what is nested.
std::string shown(const Json& value) {
  constexpr std::size_t longest = 60;
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', true);  // ASCII, so that it can be cut anywhere
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

struct Case {  // NOLINT(bugprone-exception-escape): a false alarm, JSON moves without throwing
  Json id;
  ExactProblem problem;
  Intervals seen;
  KnownBytes known;
};

const Json& field(const Json& object, const char* name, const std::string& where) {
  const auto found = object.find(name);
  if (found == object.end()) complain("{}: field \"{}\" is missing", where, name);
  return *found;
}

/// A whole number 0..limit; 1e12 is one as well.
std::uint64_t whole_number(const Json& value, std::uint64_t limit, const std::string& where) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= limit) return value.get<std::uint64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number >= 0 && number <= 9007199254740992.0 && std::floor(number) == number &&
        static_cast<std::uint64_t>(number) <= limit)
      return static_cast<std::uint64_t>(number);
  }
  complain("{}: {} is not a whole number in 0..{}", where, shown(value), limit);
}

Intervals intervals(const Json& value, std::uint64_t stream, const std::string& where) {
  if (!value.is_array()) complain("{}: an array of [begin, end) pairs is expected", where);
  Intervals list;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    const Json& pair = value[i];
    if (!pair.is_array() || pair.size() != 2) complain("{}: a [begin, end) pair is expected", place);
    const Interval interval{whole_number(pair[0], max_stream, place),
                            whole_number(pair[1], max_stream, place)};
    if (interval.begin > interval.end)
      complain("{}: [{}, {}) is reversed", place, interval.begin, interval.end);
    if (interval.end > stream)
      complain("{}: [{}, {}) ends outside the stream of {} bytes", place, interval.begin, interval.end,
               stream);
    list.push_back(interval);
  }
  return normalised(std::move(list));
}

Target target(const Json& value, std::uint64_t stream, const std::string& where) {
  if (value.is_array()) return {Target::Kind::ranges, intervals(value, stream, where)};
  if (value == "seen") return {Target::Kind::seen, {}};
  if (value == "all") return {Target::Kind::whole, {}};
  complain("{}: \"seen\", \"all\" or an array of [begin, end) pairs is expected", where);
}

Case parse_case(const Json& json, std::size_t index) {
  std::string where = fmt::format("case {}", index);
  if (!json.is_object()) complain("{}: an object is expected", where);
  Case result;
  result.id = field(json, "id", where);
  if (!result.id.is_string() && !result.id.is_number())
    complain("{}: \"id\" must be a string or a number", where);
  where += fmt::format(" ({})", shown(result.id));
  const auto number = [&](const char* name, std::uint64_t limit) {
    return whole_number(field(json, name, where), limit, fmt::format("{}: {}", where, name));
  };
  result.problem.window = static_cast<std::uint32_t>(number("W", 65535));
  if (result.problem.window == 0) complain("{}: W: 0 is not in 1..65535", where);
  const auto key_length = static_cast<std::uint32_t>(number("key_len", result.problem.window));
  const std::uint64_t stream = number("stream_len", max_stream);
  result.problem.range = {0, stream};
  const Json& key_known = field(json, "key_known", where);
  if (!key_known.is_boolean()) complain("{}: key_known: true or false is expected", where);
  result.problem.start = key_known.get<bool>() ? StartRegister::with_some_key(key_length)
                                               : StartRegister::unknown_key(key_length);
  result.seen = intervals(field(json, "seen", where), stream, where + ": seen");
  if (const auto known = json.find("known_plaintext"); known != json.end())
    result.known = KnownBytes::positions(intervals(*known, stream, where + ": known_plaintext"));
  const auto wanted = json.find("target");
  result.problem.targets.push_back(wanted == json.end() ? Target{Target::Kind::seen, {}}
                                                        : target(*wanted, stream, where + ": target"));
  result.problem.targets.push_back({Target::Kind::whole, {}});
  return result;
}

Json report(const Case& input, const ExactResult& result, const WhatIfLimits& limits) {
  Json determined = Json::array();
  const bool complete = result.determined.for_each_range([&](Interval range) {
    if (determined.size() >= limits.max_ranges) return false;
    determined.push_back(Json::array({range.begin, range.end}));
    return true;
  });
  const TargetLeakage& target = result.targets[0];
  const TargetLeakage& stream = result.targets[1];
  Json out;
  out["id"] = input.id;
  out["determined"] = std::move(determined);
  if (!complete) out["determined_truncated"] = true;
  out["determined_count"] = result.determined.count();
  out["newly_determined_count"] = result.determined.count() - result.known_count;
  out["target_prior_bits"] = target.prior_bits;
  out["target_equivocation_bits"] = target.equivocation_bits;
  out["target_leak_bits"] = target.leak_bits();
  out["stream_prior_bits"] = stream.prior_bits;
  out["stream_equivocation_bits"] = stream.equivocation_bits;
  out["stream_leak_bits"] = stream.leak_bits();
  out["key_equivocation_bits"] = result.key_equivocation_bits;
  out["independent_equations"] = result.independent_equations;
  out["redundant_equations"] = result.redundant_equations;
  return out;
}

std::string answer(const Json& json, const WhatIfLimits& limits) {
  if (!json.is_object()) complain("an object with an array \"cases\" is expected");
  const Json& cases = field(json, "cases", "input");
  if (!cases.is_array()) complain("\"cases\" must be an array");
  std::string text = "{\"cases\":[";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Case input = parse_case(cases[i], i);
    input.problem.known = &input.known;
    SeenPositions seen(input.seen);
    const auto result = solve_exactly(input.problem, seen);
    if (!result) complain("case {} ({}): {}", i, shown(input.id), result.error());
    text += i == 0 ? "\n" : ",\n";
    text += report(input, *result, limits).dump();
  }
  return text + "\n]}\n";
}

}  // namespace

tl::expected<std::string, std::string> what_if(std::string_view json, const WhatIfLimits& limits) {
  try {
    return answer(parse(json), limits);
  } catch (const Complaint& complaint) {
    return tl::unexpected(complaint.text);
  } catch (const Json::exception& error) {
    constexpr std::size_t longest = 200;  // it may quote the text
    return tl::unexpected(fmt::format("not JSON: {}", std::string_view(error.what()).substr(0, longest)));
  }
}

}  // namespace mps
