// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/connection.h"

#include <algorithm>

namespace mps {

bool Connection::has_initial_subflow() const {
  return std::any_of(subflows.begin(), subflows.end(), [](const auto& subflow) { return subflow->initial; });
}

GapExplainer::GapExplainer(const Connection& connection, Direction direction) {
  const std::uint64_t origin = connection.stream(direction).origin().value;
  for (const auto& subflow : connection.subflows) {
    const Mapping* before = nullptr;
    for (const Mapping& mapping : subflow->carrying(direction).mappings.mappings()) {
      Placed placed;
      placed.range = {mapping.dsn.value - origin, mapping.dsn.value - origin + mapping.length};
      placed.subflow = subflow->index;
      placed.follows_on = before ? before->end() == mapping.ssn : mapping.ssn == Ssn{1};
      placed.previous_end = before ? before->dsn.value - origin + before->length : 0;
      placed_.push_back(placed);
      before = &mapping;
    }
  }
  std::sort(placed_.begin(), placed_.end(),
            [](const Placed& a, const Placed& b) { return a.range.from < b.range.from; });
  std::uint64_t reach = 0;
  for (const Placed& placed : placed_) {
    if (placed.range.to <= reach) continue;
    announced_.push_back({{std::max(reach, placed.range.from), placed.range.to}, placed.subflow});
    reach = placed.range.to;
  }
}

std::vector<GapReason> GapExplainer::explain(StreamRange gap) const {
  std::vector<GapReason> reasons;
  const auto not_announced = [&](StreamRange range) {
    if (range.from >= range.to) return;
    GapReason reason{GapReason::Kind::unknown, 0, range};
    // A subflow that goes from before the range to behind it without a hole in its own numbering.
    auto behind = std::partition_point(placed_.begin(), placed_.end(),
                                       [&](const Placed& p) { return p.range.from < range.to; });
    for (int looked = 0; behind != placed_.end() && looked < 64; ++behind, ++looked)
      if (behind->follows_on && behind->previous_end <= range.from) {
        reason.kind = GapReason::Kind::elsewhere;
        reason.subflow = behind->subflow;
        break;
      }
    reasons.push_back(reason);
  };
  std::uint64_t at = gap.from;
  auto next = std::partition_point(announced_.begin(), announced_.end(),
                                   [&](const Announced& a) { return a.range.to <= gap.from; });
  for (; next != announced_.end() && next->range.from < gap.to; ++next) {
    const StreamRange announced{std::max(at, next->range.from), std::min(gap.to, next->range.to)};
    not_announced({at, announced.from});
    reasons.push_back({GapReason::Kind::announced, next->subflow, announced});
    at = announced.to;
  }
  not_announced({at, gap.to});
  return reasons;
}

}  // namespace mps
