// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/dss_checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

DssChecksums::Expectation expectation(std::uint64_t dsn, std::uint32_t ssn, const Bytes& payload,
                                      bool fin = false) {
  const auto length = static_cast<std::uint16_t>(payload.size());
  const auto on_wire = static_cast<std::uint16_t>(length + fin);
  return {Ssn{ssn}, ssn, Dsn{dsn}, on_wire, length, dss_checksum(dsn, ssn, on_wire, payload)};
}

TEST(DssChecksums, WholePayload) {
  for (const std::size_t size : {1u, 2u, 3u, 100u, 65534u})
    for (const bool fin : {false, true}) {
      const Bytes payload = sample(size);
      DssChecksums checksums;
      auto e = expectation(0xfedcba9876543210, 77, payload, fin);
      EXPECT_FALSE(checksums.expect(e).has_value());
      std::vector<DssChecksumResult> done;
      checksums.feed(Ssn{77}, payload, done);
      ASSERT_EQ(done.size(), 1u);
      EXPECT_TRUE(done[0].right);
      EXPECT_TRUE(checksums.idle());
    }
}

TEST(DssChecksums, WithoutPayloadAtOnce) {
  DssChecksums checksums;
  auto e = expectation(5, 0, {}, true);
  EXPECT_TRUE(checksums.expect(e)->right);
  e.checksum ^= 0x100;
  EXPECT_FALSE(checksums.expect(e)->right);
}

/// In pieces of any size and order, some of them twice.
TEST(DssChecksums, InAnyPieces) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const Bytes payload = sample(1 + random() % 500, static_cast<std::uint32_t>(round));
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    for (std::size_t at = 0; at < payload.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % 60, payload.size() - at);
      const std::size_t back = std::min<std::size_t>(at, random() % 5);
      pieces.emplace_back(at - back, n + back);
      if (random() % 3 == 0) pieces.push_back(pieces.back());
      at += n;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    DssChecksums checksums;
    auto e = expectation(random(), 1000, payload);
    const bool spoiled = random() % 2;
    if (spoiled) e.checksum ^= 1;
    checksums.expect(e);
    checksums.expect(e);
    EXPECT_EQ(checksums.open(), 1u);
    std::vector<DssChecksumResult> done;
    for (const auto& [at, n] : pieces) checksums.feed(Ssn{1000 + at}, slice(payload, at, n), done);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].right, !spoiled);
    checksums.expect(e);
    EXPECT_TRUE(checksums.idle()) << "announced again after it was judged";
  }
}

TEST(DssChecksums, OneSegmentCompletesSeveral) {
  DssChecksums checksums;
  const Bytes payload = sample(300);
  for (std::uint32_t n = 0; n < 3; ++n)
    checksums.expect(expectation(n * 100, 1 + n * 100, slice(payload, n * 100, 100)));
  std::vector<DssChecksumResult> done;
  checksums.feed(Ssn{1}, payload, done);
  EXPECT_EQ(done.size(), 3u);
  for (const auto& result : done) EXPECT_TRUE(result.right);
}

TEST(DssChecksums, OldestAreGivenUp) {
  DssChecksums checksums;
  for (std::uint32_t n = 0; n < 1000; ++n) checksums.expect(expectation(n, 1 + n * 10, sample(5)));
  EXPECT_EQ(checksums.open() + checksums.given_up(), 1000u);
  EXPECT_LE(checksums.open(), 256u);
}

/// Every other byte, under as many mappings as are kept: ranges must not pile up.
TEST(DssChecksums, ScatteredBytesAreGivenUp) {
  const Bytes payload = sample(65000);
  DssChecksums checksums;
  for (std::uint32_t n = 0; n < 200; ++n) {
    auto e = expectation(5, 100 + n, payload);
    EXPECT_FALSE(checksums.expect(e).has_value());
  }
  std::vector<DssChecksumResult> done;
  for (std::uint32_t at = 300; at < 60000; at += 2)
    checksums.feed(Ssn{at}, std::span(payload).first(1), done);
  EXPECT_TRUE(done.empty());
  EXPECT_EQ(checksums.given_up(), 200u);
}

TEST(DssChecksums, KeptPayloadHasOneLimit) {
  const Bytes payload(1000, 7);
  KeptPayload kept{.limit = 2500};
  std::vector<DssChecksumResult> done;
  {
    DssChecksums hoarder(&kept), other(&kept);
    for (std::uint32_t k = 0; k < 5; ++k) hoarder.expect(expectation(k * 1000, 1 + k * 1000, payload));
    EXPECT_EQ(kept.bytes, 2000u);
    EXPECT_EQ(hoarder.given_up(), 3u) << "its oldest";
    other.expect(expectation(0, 1, payload));
    EXPECT_EQ(other.not_judged(), 1u) << "there is no room, and nothing of its own to give up";
    EXPECT_EQ(hoarder.not_judged(), 5u);

    hoarder.feed(Ssn{4001}, payload, done);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].payload, payload);
    EXPECT_EQ(kept.bytes, 1000u);
    other.expect(expectation(1000, 1001, payload));
    EXPECT_EQ(other.open(), 1u) << "there is room again";
  }
  EXPECT_EQ(kept.bytes, 0u);
}

}  // namespace
}  // namespace mps::test
