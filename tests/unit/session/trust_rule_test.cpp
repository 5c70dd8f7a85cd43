// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/session/trust_rule.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

TEST(TrustRule, ReadsNetworksInterfacesAndSubflowsAndWritesThemBack) {
  for (const char* text :
       {"10.0.1.0/24", "192.0.2.7/32", "2001:db8::/32", "::/0", "lte0", "subflow:0", "subflow:65534"}) {
    const auto rule = parse_trust_rule(text, Trust::untrusted);
    ASSERT_TRUE(rule) << text;
    EXPECT_EQ(rule->trust, Trust::untrusted);
    EXPECT_EQ(rule->network.has_value() + rule->subflow.has_value() + !rule->interface_name.empty(), 1)
        << text;
    EXPECT_EQ(to_string(*rule), text);
  }
  EXPECT_EQ(to_string(*parse_trust_rule("192.0.2.7", Trust::trusted)), "192.0.2.7/32");
  EXPECT_EQ(parse_trust_rule("subflow:2", Trust::trusted)->subflow, std::uint16_t{2});
}

TEST(TrustRule, ANumberThatIsNoneIsNotSubflow0) {
  for (const char* text :
       {"subflow:", "subflow:70000", "subflow:65535", "subflow:65536", "subflow:-1", "subflow: 1",
        "subflow:1 ", "subflow:x", "subflow:1x", "subflow:0x1", "subflow:99999999999999999999"}) {
    const auto rule = parse_trust_rule(text, Trust::trusted);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error(), "subflow '" + std::string(text).substr(8) + "' is not a number from 0 to 65534");
  }
}

}  // namespace
}  // namespace mps
