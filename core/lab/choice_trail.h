// SPDX-License-Identifier: GPL-2.0-or-later
/// What a beam search has chosen, column by column: a tree whose leaves are the states that are still alive.
///
/// States of a beam descend from few ancestors, so nearly all choices ever made lead nowhere. They are
/// dropped now and then: a search through 65,535 columns with 400 states makes 26 million choices and keeps a
/// few hundred thousand. Only if no two states ever met in an ancestor would all of them have to stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mps::lab {

class ChoiceTrail {
 public:
  using Place = std::uint32_t;
  static constexpr Place root = 0;  ///< before the first choice

  ChoiceTrail() : choices_{{root, 0}} {}
  Place add(Place before, std::uint8_t value) {
    choices_.push_back({before, value});
    return static_cast<Place>(choices_.size() - 1);
  }
  /// `alive`: all places that are still of interest. Once much was added since the last time, everything that
  /// no path to them goes through is dropped, and they get new numbers.
  void trim(std::span<Place* const> alive);
  /// The values on the way to `end`, the first choice first.
  std::vector<std::uint8_t> path_to(Place end) const;
  std::size_t size() const { return choices_.size(); }

 private:
  struct Choice {
    Place before;  ///< always the smaller number
    std::uint8_t value;
  };
  static constexpr std::size_t least_limit = std::size_t{1} << 16;
  std::vector<Choice> choices_;
  std::size_t limit_ = least_limit;
};

}  // namespace mps::lab
