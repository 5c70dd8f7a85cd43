// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/choice_trail.h"

#include <algorithm>

namespace mps::lab {

void ChoiceTrail::trim(std::span<Place* const> alive) {
  if (choices_.size() < limit_) return;
  std::vector<bool> needed(choices_.size());
  needed[root] = true;
  for (const Place* end : alive)
    for (Place at = *end; !needed[at]; at = choices_[at].before) needed[at] = true;
  std::vector<Place> number(choices_.size());
  Place next = 0;
  for (Place at = 0; at < choices_.size(); ++at) {
    if (!needed[at]) continue;
    choices_[next] = {number[choices_[at].before], choices_[at].value};
    number[at] = next++;
  }
  choices_.resize(next);
  for (Place* end : alive) *end = number[*end];
  limit_ = std::max<std::size_t>(least_limit, 2 * choices_.size());  // so that it costs little in all
}

std::vector<std::uint8_t> ChoiceTrail::path_to(Place end) const {
  std::vector<std::uint8_t> values;
  for (Place at = end; at != root; at = choices_[at].before) values.push_back(choices_[at].value);
  std::ranges::reverse(values);
  return values;
}

}  // namespace mps::lab
