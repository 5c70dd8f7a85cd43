// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/anomaly.h"

#include <gtest/gtest.h>

#include <set>

namespace mps {
namespace {

TEST(Anomaly, EveryKindHasANameAndAnExplanation) {
  std::set<std::string_view> names;
  for (std::size_t kind = 0; kind < anomaly_kinds; ++kind) {
    const auto k = static_cast<AnomalyKind>(kind);
    EXPECT_TRUE(names.insert(to_string(k)).second) << to_string(k);
    EXPECT_EQ(to_string(k).find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos);
    EXPECT_FALSE(explanation(k).empty());
  }
  EXPECT_EQ(to_string(AnomalyKind::damaged_options), "damaged-options");
  EXPECT_EQ(to_string(AnomalyKind::scheme_unavailable), "scheme-unavailable");
}

TEST(Anomaly, NormalLifeIsNoDamage) {
  for (const auto kind : {AnomalyKind::fastclose, AnomalyKind::subflow_reset, AnomalyKind::isn_guessed,
                          AnomalyKind::fallback, AnomalyKind::join_unknown_token})
    EXPECT_FALSE(is_damage(kind)) << to_string(kind);
  for (const auto kind :
       {AnomalyKind::limit_reached, AnomalyKind::overlap_differs, AnomalyKind::unreadable_capture})
    EXPECT_TRUE(is_damage(kind)) << to_string(kind);
}

TEST(AnomalyLog, CountsAllAndListsTheFirst) {
  AnomalyLog log;
  for (std::uint64_t n = 0; n < 2500; ++n)
    log.add({n % 2 ? AnomalyKind::mp_fail : AnomalyKind::fastclose, n, 0, 0, 0, 0});
  EXPECT_EQ(log.total(), 2500u);
  EXPECT_EQ(log.count(AnomalyKind::mp_fail), 1250u);
  EXPECT_EQ(log.list().size(), 1000u);
  EXPECT_EQ(log.list().back().frame, 999u);
}

}  // namespace
}  // namespace mps
