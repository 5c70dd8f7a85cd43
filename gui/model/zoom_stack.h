// SPDX-License-Identifier: GPL-2.0-or-later
/// The ranges a viewer zoomed through: every view shows the top one, and "back" takes it off. Never empty;
/// ranges are clipped to the whole and never narrower than `least`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/leak/interval.h"

namespace mps::gui {

class ZoomStack {
 public:
  static constexpr std::uint64_t least = 64;

  explicit ZoomStack(std::uint64_t whole = 0) { reset(whole); }
  void reset(std::uint64_t whole) {
    whole_ = whole;
    stack_ = {{0, whole}};
  }
  std::uint64_t whole() const { return whole_; }
  Interval top() const { return stack_.back(); }
  std::size_t depth() const { return stack_.size(); }
  bool zoomed() const { return top() != Interval{0, whole_}; }

  /// False if nothing changes.
  bool push(Interval range) {
    range = fitted(range);
    if (range == top()) return false;
    stack_.push_back(range);
    if (stack_.size() > deepest) stack_.erase(stack_.begin() + 1);
    return true;
  }
  bool pop() {
    if (stack_.size() == 1) return false;
    stack_.pop_back();
    return true;
  }
  bool fit() {
    const bool changed = stack_.size() > 1;
    stack_.resize(1);
    return changed;
  }
  /// Replaces the top: panning and wheel steps are not worth a "back" each.
  bool replace(Interval range) {
    range = fitted(range);
    if (range == top()) return false;
    if (stack_.size() == 1)
      stack_.push_back(range);
    else
      stack_.back() = range;
    return true;
  }
  /// Scales by `factor` (below 1: closer) around `centre`, which keeps its place.
  bool zoom(double factor, std::uint64_t centre) {
    const Interval now = top();
    const auto span = static_cast<double>(now.length());
    const double wanted =
        std::clamp(span * factor, static_cast<double>(std::min(least, whole_)), static_cast<double>(whole_));
    const double at = span > 0 ? static_cast<double>(centre - std::min(centre, now.begin)) / span : 0;
    const double begin = static_cast<double>(centre) - at * wanted;
    return place(begin, static_cast<std::uint64_t>(wanted + 0.5));
  }
  /// Moves by `share` of the width.
  bool pan(double share) {
    return place(static_cast<double>(top().begin) + share * static_cast<double>(top().length()),
                 top().length());
  }

 private:
  static constexpr std::size_t deepest = 64;
  bool place(double begin, std::uint64_t length) {
    const auto last = static_cast<double>(whole_ - std::min(length, whole_));
    const auto from = static_cast<std::uint64_t>(std::clamp(begin, 0.0, last));
    return replace({from, from + length});
  }
  Interval fitted(Interval range) const {
    const std::uint64_t width = std::min(whole_, std::max(range.length(), least));
    const std::uint64_t begin = std::min(range.begin, whole_ - width);
    return {begin, begin + width};
  }

  std::uint64_t whole_ = 0;
  std::vector<Interval> stack_;
};

}  // namespace mps::gui
