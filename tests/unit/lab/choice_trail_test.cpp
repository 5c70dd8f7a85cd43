// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/choice_trail.h"

#include <gtest/gtest.h>

#include <random>

namespace mps::lab {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// States of a beam that each carry their whole history, beside the trail.
struct Beam {
  ChoiceTrail trail;
  std::vector<ChoiceTrail::Place> ends{ChoiceTrail::root};
  std::vector<Bytes> histories{Bytes{}};

  /// `parents`: of each state of the next column.
  void step(const std::vector<std::size_t>& parents, std::mt19937_64& random) {
    std::vector<ChoiceTrail::Place> next;
    std::vector<Bytes> longer;
    for (const std::size_t parent : parents) {
      const auto value = static_cast<std::uint8_t>(random());
      next.push_back(trail.add(ends[parent], value));
      longer.push_back(histories[parent]);
      longer.back().push_back(value);
    }
    ends = std::move(next);
    histories = std::move(longer);
    std::vector<ChoiceTrail::Place*> alive;
    for (auto& end : ends) alive.push_back(&end);
    trail.trim(alive);
  }
  void compare() const {
    for (std::size_t k = 0; k < ends.size(); ++k) ASSERT_EQ(trail.path_to(ends[k]), histories[k]) << k;
  }
};

TEST(ChoiceTrail, TellsTheSameAsWholeHistories) {
  std::mt19937_64 random(7);
  for (const std::size_t width : {1u, 3u, 40u, 400u}) {
    Beam beam;
    for (int column = 0; column < 1000; ++column) {
      std::vector<std::size_t> parents;
      for (std::size_t k = 0; k < width; ++k) parents.push_back(random() % beam.ends.size());
      beam.step(parents, random);
      if (column % 200 == 0) beam.compare();
    }
    beam.compare();
  }
}

TEST(ChoiceTrail, FollowsStatesThatNeverMeet) {
  std::mt19937_64 random(8);
  Beam beam;
  beam.step(std::vector<std::size_t>(100, 0), random);
  std::vector<std::size_t> own(100);
  for (std::size_t k = 0; k < own.size(); ++k) own[k] = k;
  for (int column = 0; column < 2000; ++column) beam.step(own, random);
  EXPECT_EQ(beam.trail.size(), 1u + 100 * 2001);
  beam.compare();
}

TEST(ChoiceTrail, KeepsLittleOfAManyColumnedSearch) {
  // Two families that never meet, as the two orders of a pair of texts; within them states meet soon.
  std::mt19937_64 random(9);
  ChoiceTrail trail;
  std::vector<ChoiceTrail::Place> ends(400, ChoiceTrail::root);
  std::size_t most = 0;
  for (int column = 0; column < 65'535; ++column) {
    std::vector<ChoiceTrail::Place> next;
    std::vector<ChoiceTrail::Place*> alive;
    for (std::size_t k = 0; k < ends.size(); ++k)
      next.push_back(trail.add(ends[k / 200 * 200 + random() % 200], static_cast<std::uint8_t>(k)));
    ends = std::move(next);
    for (auto& end : ends) alive.push_back(&end);
    trail.trim(alive);
    most = std::max(most, trail.size());
  }
  EXPECT_EQ(trail.path_to(ends[0]).size(), 65'535u);
  EXPECT_LT(most, 1'000'000u) << "of 26 million choices";
}

}  // namespace
}  // namespace mps::lab
