// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/hardened/dss_tag.h"

#include <gtest/gtest.h>

#include "core/hardened/prf_xor.h"
#include "tests/support/codec_samples.h"
#include "tests/support/hardened_samples.h"

namespace mps::test {
namespace {

constexpr std::uint64_t dsn = 0x0123456789abcdef;

TEST(DssTag, GivesTheKnownAnswer) {
  Bytes wire = request;
  PrfXor(initiator_sends).apply(0, wire, wire.data());
  const auto length = static_cast<std::uint16_t>(wire.size());
  const std::uint16_t tag = DssTag(initiator_sends).of(dsn, 1, length, wire);
  EXPECT_EQ(to_hex(Bytes{static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)}),
            reference::tag_of_request);
}

TEST(DssTag, EveryFieldCounts) {
  const DssTag tag(initiator_sends);
  const std::uint16_t right = tag.of(dsn, 1, 79, request);
  EXPECT_NE(tag.of(dsn + 1, 1, 79, request), right);
  EXPECT_NE(tag.of(dsn, 2, 79, request), right);
  EXPECT_NE(tag.of(dsn, 1, 80, request), right);
  EXPECT_NE(DssTag(listener_sends).of(dsn, 1, 79, request), right);
  Bytes changed = request;
  changed[40] ^= 1;
  EXPECT_NE(tag.of(dsn, 1, 79, changed), right);
}

}  // namespace
}  // namespace mps::test
