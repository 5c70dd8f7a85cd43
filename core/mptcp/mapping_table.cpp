// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/mapping_table.h"

#include <algorithm>

namespace mps {
namespace {

bool continues(const Mapping& before, const Mapping& after) {
  return before.end() == after.ssn && before.dsn + before.length == after.dsn;
}

auto first_ending_after(const std::vector<Mapping>& mappings, Ssn ssn) {
  // Nearly every question is about the newest mapping.
  if (!mappings.empty() && mappings.back().ssn <= ssn) {
    return mappings.back().end() > ssn ? std::prev(mappings.end()) : mappings.end();
  }
  return std::partition_point(mappings.begin(), mappings.end(),
                              [&](const Mapping& m) { return m.end() <= ssn; });
}

}  // namespace

MappingTable::Added MappingTable::add(const Mapping& mapping) {
  if (mapping.length == 0) return Added::known;
  if (!mappings_.empty()) {  // what nearly every segment says: the newest mapping once more, or the next one
    const Mapping& newest = mappings_.back();
    if (mapping.ssn >= newest.end()) {
      insert(mapping);
      return Added::new_mapping;
    }
    // cppcheck-suppress mismatchingContainerExpression ; these end() are subflow sequence numbers
    if (mapping.ssn >= newest.ssn && mapping.end() <= newest.end() &&
        newest.dsn + (mapping.ssn - newest.ssn) == mapping.dsn)
      return Added::known;
  }
  Added result = Added::known;
  Mapping rest = mapping;
  std::vector<Mapping> uncovered;
  auto known = first_ending_after(mappings_, rest.ssn);
  for (std::size_t met = 0; rest.length > 0 && known != mappings_.end() && known->ssn < rest.end(); ++met) {
    if (met ==
        max_met) {  // 65535 bytes over so many pieces that do not continue each other: no sender does that
      result = Added::conflicting;
      rest.length = 0;
      break;
    }
    if (known->ssn > rest.ssn) uncovered.push_back({rest.ssn, rest.dsn, known->ssn - rest.ssn});
    const Ssn overlap = std::max(known->ssn, rest.ssn);
    if (known->dsn + (overlap - known->ssn) != rest.dsn + (overlap - rest.ssn)) result = Added::conflicting;
    const Ssn covered_to = std::min(known->end(), rest.end());
    const std::uint64_t skip = covered_to - rest.ssn;
    rest = {rest.ssn + skip, rest.dsn + skip, rest.length - skip};
    ++known;
  }
  if (rest.length > 0) uncovered.push_back(rest);
  for (const Mapping& part : uncovered) insert(part);
  if (result == Added::known && !uncovered.empty()) result = Added::new_mapping;
  return result;
}

void MappingTable::insert(Mapping mapping) {
  if (mappings_.empty() || mappings_.back().end() <= mapping.ssn) {
    if (!mappings_.empty() && continues(mappings_.back(), mapping)) {
      mappings_.back().length += mapping.length;
      return;
    }
    if (mappings_.size() >= max_mappings) {  // forget half at once: erasing one by one would cost O(n) each
      mappings_.erase(mappings_.begin(), mappings_.begin() + max_mappings / 2);
      forgot_any_ = true;
    }
    mappings_.push_back(mapping);
    return;
  }
  auto next = std::partition_point(mappings_.begin(), mappings_.end(),
                                   [&](const Mapping& m) { return m.ssn < mapping.ssn; });
  if (mappings_.size() >= max_mappings) {
    forgot_any_ = true;
    if (next == mappings_.begin()) return;  // the oldest of all
    const auto after = next - mappings_.begin() - static_cast<std::ptrdiff_t>(max_mappings / 2);
    mappings_.erase(mappings_.begin(), mappings_.begin() + max_mappings / 2);
    if (after < 0) return;
    next = mappings_.begin() + after;
  }
  if (next != mappings_.begin() && continues(*std::prev(next), mapping)) {
    auto before = std::prev(next);
    before->length += mapping.length;
    if (next != mappings_.end() && continues(*before, *next)) {
      before->length += next->length;
      mappings_.erase(next);
    }
    return;
  }
  if (next != mappings_.end() && continues(mapping, *next)) {
    next->ssn = mapping.ssn;
    next->dsn = mapping.dsn;
    next->length += mapping.length;
    return;
  }
  mappings_.insert(next, mapping);
}

std::optional<Mapping> MappingTable::find(Ssn ssn) const {
  const auto found = first_ending_after(mappings_, ssn);
  if (found == mappings_.end() || found->ssn > ssn) return std::nullopt;
  const std::uint64_t skip = ssn - found->ssn;
  return Mapping{ssn, found->dsn + skip, found->length - skip};
}

std::optional<Mapping> MappingTable::next_after(Ssn ssn) const {
  const auto found = std::partition_point(mappings_.begin(), mappings_.end(),
                                          [&](const Mapping& m) { return m.ssn <= ssn; });
  if (found == mappings_.end()) return std::nullopt;
  return *found;
}

}  // namespace mps
