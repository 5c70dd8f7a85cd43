// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/connection.h"

#include <algorithm>

namespace mps {
namespace {

/// Mappings of one subflow as stream ranges.
struct Placed {
  StreamRange range;
  Ssn ssn;
  std::uint16_t subflow;
};

std::vector<Placed> placed_mappings(const Connection& connection, Direction direction) {
  const DataStream& stream = connection.stream(direction);
  std::vector<Placed> all;
  for (const auto& subflow : connection.subflows)
    for (const Mapping& m : subflow->carrying(direction).mappings.mappings()) {
      const std::uint64_t from = m.dsn.value - stream.origin().value;
      all.push_back({{from, from + m.length}, m.ssn, subflow->index});
    }
  std::sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) { return a.range.from < b.range.from; });
  return all;
}

/// The subflow whose numbering runs on from before `gap` to after it.
std::optional<std::uint16_t> runs_across(const Connection& connection, Direction direction, StreamRange gap) {
  const DataStream& stream = connection.stream(direction);
  for (const auto& subflow : connection.subflows) {
    const auto mappings = subflow->carrying(direction).mappings.mappings();
    for (std::size_t i = 0; i < mappings.size(); ++i) {
      const std::uint64_t begins = mappings[i].dsn.value - stream.origin().value;
      if (begins < gap.to || begins - gap.to > (std::uint64_t{1} << 62)) continue;
      const bool first_of_subflow = i == 0 && mappings[i].ssn == Ssn{1};
      const bool continues = i > 0 && mappings[i - 1].end() == mappings[i].ssn &&
                             mappings[i - 1].dsn.value - stream.origin().value + mappings[i - 1].length <= gap.from;
      if (first_of_subflow || continues) return subflow->index;
    }
  }
  return std::nullopt;
}

}  // namespace

bool Connection::has_initial_subflow() const {
  return std::any_of(subflows.begin(), subflows.end(), [](const auto& subflow) { return subflow->initial; });
}

std::vector<GapReason> explain_gap(const Connection& connection, Direction direction, StreamRange gap) {
  std::vector<GapReason> reasons;
  const auto rest = [&](StreamRange range) {
    if (range.from >= range.to) return;
    const auto across = runs_across(connection, direction, range);
    reasons.push_back({across ? GapReason::Kind::elsewhere : GapReason::Kind::unknown, across.value_or(0), range});
  };
  std::uint64_t at = gap.from;
  for (const Placed& placed : placed_mappings(connection, direction)) {
    const StreamRange announced{std::max(at, placed.range.from), std::min(gap.to, placed.range.to)};
    if (announced.from >= announced.to) continue;
    rest({at, announced.from});
    reasons.push_back({GapReason::Kind::announced, placed.subflow, announced});
    at = announced.to;
  }
  rest({at, gap.to});
  return reasons;
}

}  // namespace mps
