// SPDX-License-Identifier: GPL-2.0-or-later
/// kernel/option.c against hand-made options, damaged ones, and a slower reading of the same RFC.
#include "kernel/option.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A copy of exactly this size on the heap, so that the sanitizer sees a read beyond it.
class Exact {
 public:
  explicit Exact(const Bytes& bytes) : size_(bytes.size()), bytes_(new std::uint8_t[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const Bytes kTimestamps{1, 1, 8, 10, 0, 1, 2, 3, 4, 5, 6, 7};
const Bytes kKeyA{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18};
const Bytes kKeyB{1, 2, 3, 4, 5, 6, 7, 8};

TEST(KernelOption, FindsMpCapableOfEverySegmentOfTheHandshake) {
  struct Case {
    Bytes option;
    bool sender, receiver;
  };
  const std::vector<Case> cases{
      {{30, 4, 0x01, 0x11}, false, false},
      {joined({{30, 12, 0x01, 0x11}, kKeyB}), true, false},
      {joined({{30, 20, 0x01, 0x11}, kKeyA, kKeyB}), true, true},
      {joined({{30, 22, 0x01, 0x11}, kKeyA, kKeyB, {0x05, 0xdc}}), true, true},
      {joined({{30, 24, 0x01, 0x11}, kKeyA, kKeyB, {0x05, 0xdc, 0xab, 0xcd}}), true, true},
  };
  for (const Case& c : cases) {
    const Exact options(joined({kTimestamps, c.option}));
    mps_capable found{};
    ASSERT_TRUE(mps_capable_find(options.data(), options.size(), &found)) << c.option.size();
    EXPECT_EQ(found.flags_at, kTimestamps.size() + 3);
    EXPECT_EQ(found.flags, 0x11);
    EXPECT_EQ(found.sender_key != nullptr, c.sender);
    EXPECT_EQ(found.receiver_key != nullptr, c.receiver);
    if (c.receiver) {
      EXPECT_TRUE(std::equal(kKeyA.begin(), kKeyA.end(), found.sender_key));
      EXPECT_TRUE(std::equal(kKeyB.begin(), kKeyB.end(), found.receiver_key));
    }
  }
}

TEST(KernelOption, LeavesOtherVersionsAndSizesAlone) {
  mps_capable found{};
  for (const Bytes& option : {Bytes{30, 4, 0x00, 0x81}, Bytes{30, 4, 0x02, 0x01}, Bytes{30, 5, 0x01, 0x01, 0},
                              Bytes{30, 3, 0x01}, Bytes{30, 4, 0x11, 0x01}, Bytes{29, 4, 0x01, 0x01}}) {
    const Exact options(option);
    EXPECT_FALSE(mps_capable_find(options.data(), options.size(), &found)) << testing::PrintToString(option);
  }
}

TEST(KernelOption, StopsAtDamageAndAtTheEndOfTheList) {
  mps_capable found{};
  const Bytes capable{30, 4, 0x01, 0x01};
  for (const Bytes& before : {Bytes{0}, Bytes{8, 0}, Bytes{8, 1}, Bytes{8, 200}}) {
    const Exact options(joined({before, capable}));
    EXPECT_FALSE(mps_capable_find(options.data(), options.size(), &found)) << testing::PrintToString(before);
  }
  const Exact damaged_behind(joined({capable, {8, 200}}));
  EXPECT_TRUE(mps_capable_find(damaged_behind.data(), damaged_behind.size(), &found));
  EXPECT_FALSE(mps_capable_find(nullptr, 0, &found));
}

TEST(KernelOption, ReadsMappingsOfEveryWidth) {
  mps_mapping found{};
  const Exact narrow({30, 16, 0x20, 0x05, 1, 2, 3, 4, 0x80, 0, 0, 1, 0, 0, 0, 9, 0x05, 0xdc});
  EXPECT_FALSE(mps_mapping_find(narrow.data(), narrow.size(), &found))
      << "length 16 holds no whole mapping here";
  const Exact narrow_whole({30, 18, 0x20, 0x05, 1, 2, 3, 4, 0x80, 0, 0, 1, 0, 0, 0, 9, 0x05, 0xdc});
  ASSERT_TRUE(mps_mapping_find(narrow_whole.data(), narrow_whole.size(), &found));
  EXPECT_EQ(found.dsn, 0x80000001u);
  EXPECT_FALSE(found.dsn_is_64);
  EXPECT_EQ(found.length, 1500);
  const Exact wide({30,   26,   0x20, 0x0f, 1,    2,    3,    4, 5, 6, 7, 8,    0xfe,
                    0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, 0, 0, 0, 9, 0x00, 0x40});
  ASSERT_TRUE(mps_mapping_find(wide.data(), wide.size(), &found));
  EXPECT_EQ(found.dsn, 0xfedcba9876543210u);
  EXPECT_TRUE(found.dsn_is_64);
  EXPECT_EQ(found.length, 64);
  const Exact ack_only({30, 8, 0x20, 0x01, 1, 2, 3, 4});
  EXPECT_FALSE(mps_mapping_find(ack_only.data(), ack_only.size(), &found));
}

TEST(KernelOption, ReadsTheTokenOfAJoiningSynOnly) {
  mps_u32 token = 0;
  const Exact syn({30, 12, 0x10, 1, 0xca, 0xfe, 0xba, 0xbe, 1, 2, 3, 4});
  ASSERT_TRUE(mps_join_token_find(syn.data(), syn.size(), &token));
  EXPECT_EQ(token, 0xcafebabeu);
  Bytes syn_ack{30, 16, 0x10, 1};
  syn_ack.resize(16, 7);
  const Exact other(syn_ack);
  EXPECT_FALSE(mps_join_token_find(other.data(), other.size(), &token));
}

/// RFC 9293 and RFC 8684 once more, slowly: every option cut out first.
std::optional<Bytes> first_option(const Bytes& options, unsigned subtype) {
  Bytes rest = options;
  while (!rest.empty() && rest[0] != 0) {
    if (rest[0] == 1) {
      rest.erase(rest.begin());
      continue;
    }
    if (rest.size() < 2 || rest[1] < 2 || rest[1] > rest.size()) return std::nullopt;
    const Bytes option(rest.begin(), rest.begin() + rest[1]);
    if (option[0] == 30 && option.size() > 2 && unsigned{option[2]} >> 4 == subtype) return option;
    rest.erase(rest.begin(), rest.begin() + rest[1]);
  }
  return std::nullopt;
}

TEST(KernelOption, AgreesWithASlowReaderOnRandomOptions) {
  std::mt19937 random(20180101);
  const auto roll = [&random](unsigned sides) { return static_cast<std::uint8_t>(random() % sides); };
  int capables = 0;
  for (int round = 0; round < 200000; ++round) {
    Bytes bytes;
    while (bytes.size() < MPS_TCP_OPTIONS_MAX && roll(8) != 0) {
      static const Bytes sizes{4, 12, 20, 22, 24, 8, 10, 18, 26, 3, 2};
      Bytes option(sizes[roll(static_cast<unsigned>(sizes.size()))]);
      for (auto& byte : option) byte = roll(256);
      option[1] = static_cast<std::uint8_t>(roll(20) ? option.size() : random());
      option[0] = roll(3) ? 30 : roll(10);
      if (option.size() > 2 && roll(2)) option[2] = static_cast<std::uint8_t>(roll(3) << 4 | 1);
      bytes.insert(bytes.end(), option.begin(), option.end());
    }
    bytes.resize(std::min<std::size_t>(bytes.size(), roll(MPS_TCP_OPTIONS_MAX + 1)));
    const Exact options(bytes);

    mps_capable capable{};
    const bool is_capable = mps_capable_find(options.data(), options.size(), &capable);
    const auto slow = first_option(bytes, 0);
    const bool wanted = slow && ((*slow)[2] & 0x0f) == 1 &&
                        (slow->size() == 4 || slow->size() == 12 || slow->size() == 20 ||
                         slow->size() == 22 || slow->size() == 24);
    ASSERT_EQ(is_capable, wanted) << testing::PrintToString(bytes);
    if (is_capable) {
      ++capables;
      ASSERT_EQ(capable.flags, (*slow)[3]);
      ASSERT_EQ(bytes[capable.flags_at], (*slow)[3]);
    }

    mps_mapping mapping{};
    if (mps_mapping_find(options.data(), options.size(), &mapping)) {
      const auto dss = first_option(bytes, 2);
      ASSERT_TRUE(dss && (*dss)[3] & 4);
    }
    mps_u32 token = 0;
    if (mps_join_token_find(options.data(), options.size(), &token)) {
      const auto join = first_option(bytes, 1);
      ASSERT_TRUE(join && join->size() == 12);
      ASSERT_EQ(token >> 24, (*join)[4]);
    }
  }
  EXPECT_GT(capables, 1000);
}

}  // namespace
