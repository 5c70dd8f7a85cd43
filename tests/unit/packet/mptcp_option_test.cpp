// SPDX-License-Identifier: GPL-2.0-or-later
/// Every form of every option in RFC 6824 and RFC 8684, section 3, as bytes; and everything that is none of
/// them.
#include "core/packet/mptcp_option.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/hex.h"

namespace mps::test {
namespace {

struct Parsed {
  MptcpOptions options;
  bool intact;
};

Parsed parse(std::span<const std::uint8_t> bytes) {
  const ExactBuffer exact(bytes);
  Parsed result;
  result.intact = parse_mptcp_options(exact.span(), result.options);
  EXPECT_EQ(has_mptcp_option(exact.span()), !result.options.empty());
  return result;
}

Parsed parse(std::string_view bytes) {
  return parse(hex(bytes));
}

/// The only option in `bytes`, which must be a T.
template <typename T>
T only(std::string_view bytes) {
  const Parsed parsed = parse(bytes);
  EXPECT_TRUE(parsed.intact) << bytes;
  EXPECT_EQ(parsed.options.size(), 1u) << bytes;
  const T* option = parsed.options.find<T>();
  EXPECT_NE(option, nullptr) << bytes;
  return option ? *option : T{};
}

void expect_unknown(std::string_view bytes, unsigned subtype, unsigned length) {
  const auto option = only<MpUnknown>(bytes);
  EXPECT_EQ(option.subtype, subtype) << bytes;
  EXPECT_EQ(option.length, length) << bytes;
  EXPECT_FALSE(option.truncated) << bytes;
}

const Key key_a{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
const Key key_b{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
const std::string keys = "0102030405060708 1112131415161718";

TEST(MpCapable, Version1Syn) {
  const auto option = only<MpCapable>("1e04 01 11");
  EXPECT_EQ(option.version, 1);
  EXPECT_EQ(option.flags, 0x11);
  EXPECT_FALSE(option.sender_key || option.receiver_key || option.data_length || option.checksum);
}

TEST(MpCapable, OneKey) {
  const auto option = only<MpCapable>("1e0c 00 81 0102030405060708");
  EXPECT_EQ(option.version, 0);
  EXPECT_EQ(option.flags, 0x81);
  EXPECT_EQ(option.sender_key, key_a);
  EXPECT_FALSE(option.receiver_key || option.data_length);
}

TEST(MpCapable, BothKeys) {
  const auto option = only<MpCapable>("1e14 00 81" + keys);
  EXPECT_EQ(option.sender_key, key_a);
  EXPECT_EQ(option.receiver_key, key_b);
  EXPECT_FALSE(option.data_length || option.checksum);
}

TEST(MpCapable, WithFirstMapping) {
  const auto plain = only<MpCapable>("1e16 01 01" + keys + "05a0");
  EXPECT_EQ(plain.receiver_key, key_b);
  EXPECT_EQ(plain.data_length, 1440);
  EXPECT_FALSE(plain.checksum);
  const auto summed = only<MpCapable>("1e18 01 81" + keys + "05a0 beef");
  EXPECT_EQ(summed.data_length, 1440);
  EXPECT_EQ(summed.checksum, 0xbeef);
}

TEST(MpCapable, OtherLengthsAreUnknown) {
  expect_unknown("1e03 01", 0, 3);
  expect_unknown("1e05 01 01 00", 0, 5);
  expect_unknown("1e0b 01 01 01020304050607", 0, 11);
  expect_unknown("1e15 01 01" + keys + "05", 0, 21);
  expect_unknown("1e19 01 81" + keys + "05a0beef 00", 0, 25);
}

TEST(MpJoin, Syn) {
  const auto option = only<MpJoinSyn>("1e0c 11 07 e47f0142 1b665a18");
  EXPECT_TRUE(option.backup);
  EXPECT_EQ(option.address_id, 7);
  EXPECT_EQ(option.token, 0xe47f0142u);
  EXPECT_EQ(option.nonce, 0x1b665a18u);
  EXPECT_FALSE(only<MpJoinSyn>("1e0c 10 07 e47f0142 1b665a18").backup);
}

TEST(MpJoin, SynAck) {
  const auto option = only<MpJoinSynAck>("1e10 11 01 5ab680c7884af03d 33abe9d5");
  EXPECT_TRUE(option.backup);
  EXPECT_EQ(option.address_id, 1);
  EXPECT_EQ(to_hex(option.hmac), "5ab680c7884af03d");
  EXPECT_EQ(option.nonce, 0x33abe9d5u);
}

TEST(MpJoin, Ack) {
  const auto option = only<MpJoinAck>("1e18 10 00 cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");
  EXPECT_EQ(to_hex(option.hmac), "cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a");
}

TEST(MpJoin, OtherLengthsAreUnknown) {
  expect_unknown("1e04 10 00", 1, 4);
  expect_unknown("1e0d 10 00 000000000000000000", 1, 13);
  expect_unknown("1e14 10 00 00000000000000000000000000000000", 1, 20);
}

/// All 32 combinations of the flags, with and without checksum.
TEST(DssOption, EveryFlagCombination) {
  for (unsigned flags = 0; flags < 32; ++flags) {
    for (const bool checksum : {false, true}) {
      const bool has_ack = flags & 1, ack_is_64 = flags & 2, has_map = flags & 4, dsn_is_64 = flags & 8;
      if (checksum && !has_map) continue;
      SCOPED_TRACE(flags);
      Bytes bytes = hex("1e00 20");
      bytes.push_back(static_cast<std::uint8_t>(flags));
      const auto append = [&](std::string_view more) {
        const Bytes field = hex(more);
        bytes.insert(bytes.end(), field.begin(), field.end());
      };
      if (has_ack) append(ack_is_64 ? "a1a2a3a4a5a6a7a8" : "a5a6a7a8");
      if (has_map) append(dsn_is_64 ? "d1d2d3d4d5d6d7d8" : "d5d6d7d8");
      if (has_map) append("00000001 0578");
      if (checksum) append("c5c6");
      bytes[1] = static_cast<std::uint8_t>(bytes.size());

      const Dss option = only<Dss>(to_hex(bytes));
      EXPECT_EQ(option.data_fin, (flags & 16) != 0);
      ASSERT_EQ(option.data_ack.has_value(), has_ack);
      if (has_ack) {
        EXPECT_EQ(option.data_ack_is_64, ack_is_64);
        EXPECT_EQ(*option.data_ack, ack_is_64 ? 0xa1a2a3a4a5a6a7a8u : 0xa5a6a7a8u);
      }
      ASSERT_EQ(option.mapping.has_value(), has_map);
      if (has_map) {
        EXPECT_EQ(option.mapping->dsn_is_64, dsn_is_64);
        EXPECT_EQ(option.mapping->dsn, dsn_is_64 ? 0xd1d2d3d4d5d6d7d8u : 0xd5d6d7d8u);
        EXPECT_EQ(option.mapping->ssn, 1u);
        EXPECT_EQ(option.mapping->length, 0x578);
        EXPECT_EQ(option.mapping->checksum, checksum ? std::optional<std::uint16_t>(0xc5c6) : std::nullopt);
      }
      // One byte less or more is something else.
      for (const std::size_t size : {bytes.size() - 1, bytes.size() + 1}) {
        std::string wrong = to_hex(bytes) + "00";
        wrong.resize(2 * size);
        wrong.replace(2, 2, to_hex(Bytes{static_cast<std::uint8_t>(size)}));
        expect_unknown(wrong, 2, static_cast<unsigned>(size));
      }
    }
  }
}

TEST(DssOption, ChecksumNeedsAMapping) {
  expect_unknown("1e0a 20 01 a5a6a7a8 c5c6", 2, 10);
}

/// A SYN seen in the wild: the option is too short for its own flags byte.
TEST(DssOption, TooShortForItsFlags) {
  const auto parsed = parse("0204400c 0402080a23975534 00000000 1e03 20 00");
  EXPECT_TRUE(parsed.intact);
  ASSERT_EQ(parsed.options.size(), 1u);
  const auto* option = parsed.options.find<MpUnknown>();
  ASSERT_NE(option, nullptr);
  EXPECT_EQ(option->subtype, 2);
  EXPECT_EQ(option->length, 3);
}

TEST(DssOption, FieldsBeyondItsLengthAreNotRead) {
  expect_unknown("1e08 20 05 a5a6a7a8", 2, 8);
}

TEST(AddAddr, Version0) {
  const auto v4 = only<AddAddr>("1e08 34 01 0a010202");
  EXPECT_FALSE(v4.echo);
  EXPECT_EQ(v4.address_id, 1);
  EXPECT_EQ(v4.address_length, 4);
  EXPECT_EQ(to_hex(std::span(v4.address).first(4)), "0a010202");
  EXPECT_FALSE(v4.port);
  EXPECT_EQ(only<AddAddr>("1e0a 34 01 0a010202 1f90").port, 8080);
  const auto v6 = only<AddAddr>("1e14 36 02 20010db8000000000000000000000042");
  EXPECT_EQ(v6.address_length, 16);
  EXPECT_EQ(to_hex(v6.address), "20010db8000000000000000000000042");
  EXPECT_EQ(only<AddAddr>("1e16 36 02 20010db8000000000000000000000042 1f90").port, 8080);
}

TEST(AddAddr, Version1) {
  const auto v4 = only<AddAddr>("1e10 30 01 0a010202 0123456789abcdef");
  EXPECT_FALSE(v4.echo);
  EXPECT_EQ(v4.address_length, 4);
  EXPECT_FALSE(v4.port);
  EXPECT_EQ(only<AddAddr>("1e12 30 01 0a010202 1f90 0123456789abcdef").port, 8080);
  const auto v6 = only<AddAddr>("1e1c 30 02 20010db8000000000000000000000042 0123456789abcdef");
  EXPECT_EQ(v6.address_length, 16);
  EXPECT_FALSE(v6.port);
  EXPECT_EQ(only<AddAddr>("1e1e 30 02 20010db8000000000000000000000042 1f90 0123456789abcdef").port, 8080);
}

TEST(AddAddr, Version1Echo) {
  const auto v4 = only<AddAddr>("1e08 31 01 0a010202");
  EXPECT_TRUE(v4.echo);
  EXPECT_EQ(v4.address_length, 4);
  EXPECT_EQ(only<AddAddr>("1e0a 31 01 0a010202 1f90").port, 8080);
  EXPECT_TRUE(only<AddAddr>("1e14 31 02 20010db8000000000000000000000042").echo);
  EXPECT_EQ(only<AddAddr>("1e16 31 02 20010db8000000000000000000000042 1f90").port, 8080);
}

TEST(AddAddr, ContradictionsAreUnknown) {
  expect_unknown("1e08 30 01 0a010202", 3, 8);                           // version 1 without HMAC
  expect_unknown("1e08 36 01 0a010202", 3, 8);                           // 4 bytes of IPv6
  expect_unknown("1e14 34 02 20010db8000000000000000000000042", 3, 20);  // 16 bytes of IPv4
  expect_unknown("1e10 31 01 0a010202 0123456789abcdef", 3, 16);         // an echo has no HMAC
  expect_unknown("1e09 34 01 0a010202 00", 3, 9);
  expect_unknown("1e03 34", 3, 3);
}

TEST(RemoveAddr, OneAndMany) {
  const auto one = only<RemoveAddr>("1e04 40 05");
  EXPECT_EQ(one.count, 1);
  EXPECT_EQ(one.address_ids[0], 5);
  const auto three = only<RemoveAddr>("1e06 40 050607");
  EXPECT_EQ(three.count, 3);
  EXPECT_EQ(three.address_ids[2], 7);
  Bytes most(40, 9);
  most[0] = 30;
  most[1] = 40;
  most[2] = 0x40;
  EXPECT_EQ(only<RemoveAddr>(to_hex(most)).count, 37);
}

TEST(RemoveAddr, NoneOrTooMany) {
  expect_unknown("1e03 40", 4, 3);
  Bytes more(41, 9);
  more[0] = 30;
  more[1] = 41;
  more[2] = 0x40;
  expect_unknown(to_hex(more), 4, 41);
}

TEST(MpPrio, BothVersions) {
  const auto v1 = only<MpPrio>("1e03 51");
  EXPECT_TRUE(v1.backup);
  EXPECT_FALSE(v1.address_id);
  const auto v0 = only<MpPrio>("1e04 50 03");
  EXPECT_FALSE(v0.backup);
  EXPECT_EQ(v0.address_id, 3);
  expect_unknown("1e05 50 0300", 5, 5);
}

TEST(MpFail, DataSequenceNumber) {
  EXPECT_EQ(only<MpFail>("1e0c 60 00 0123456789abcdef").dsn, 0x0123456789abcdefu);
  expect_unknown("1e08 60 00 01234567", 6, 8);
}

TEST(MpFastclose, ReceiversKey) {
  EXPECT_EQ(only<MpFastclose>("1e0c 70 00 0102030405060708").receiver_key, key_a);
  expect_unknown("1e0b 70 00 01020304050607", 7, 11);
}

TEST(MpTcpRst, FlagsAndReason) {
  const auto option = only<MpTcpRst>("1e04 81 06");
  EXPECT_EQ(option.flags, 1);
  EXPECT_EQ(option.reason, 6);
  expect_unknown("1e05 81 0600", 8, 5);
  expect_unknown("1e03 81", 8, 3);
}

TEST(MptcpOptionList, UndefinedSubtypes) {
  for (unsigned subtype = 9; subtype < 16; ++subtype) {
    Bytes bytes = hex("1e04 0000");
    bytes[2] = static_cast<std::uint8_t>(subtype << 4);
    expect_unknown(to_hex(bytes), subtype, 4);
  }
  expect_unknown("1e02", 0, 2);
}

TEST(MptcpOptionList, FindsThemAmongOthersInOrder) {
  const auto parsed =
      parse("0101080a0102030405060708 1e08 34 01 0a010202 01 1e08 2001 aabbccdd 1e03 51 00 1e");
  EXPECT_TRUE(parsed.intact);
  ASSERT_EQ(parsed.options.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<AddAddr>(parsed.options.begin()[0]));
  EXPECT_TRUE(std::holds_alternative<Dss>(parsed.options.begin()[1]));
  EXPECT_TRUE(std::holds_alternative<MpPrio>(parsed.options.begin()[2]));
}

TEST(MptcpOptionList, NothingThere) {
  for (const std::string_view bytes :
       {"", "00", "01010101", "020405b4", "0000 1e04 0111", "080a 1e1e1e1e1e1e1e1e"}) {
    const auto parsed = parse(bytes);
    EXPECT_TRUE(parsed.intact) << bytes;
    EXPECT_TRUE(parsed.options.empty()) << bytes;
  }
}

TEST(MptcpOptionList, DamageElsewhereEndsTheList) {
  for (const std::string_view bytes : {"02", "0200 1e040111", "0201 1e040111", "080a 0102"}) {
    const auto parsed = parse(bytes);
    EXPECT_FALSE(parsed.intact) << bytes;
    EXPECT_TRUE(parsed.options.empty()) << bytes;
  }
  const auto kept = parse("1e04 0111 0200");
  EXPECT_FALSE(kept.intact);
  EXPECT_EQ(kept.options.size(), 1u);
  EXPECT_NE(kept.options.find<MpCapable>(), nullptr);
}

TEST(MptcpOptionList, CutMptcpOptionsAreNamed) {
  const auto cut = [](std::string_view bytes) {
    const auto parsed = parse(bytes);
    EXPECT_FALSE(parsed.intact) << bytes;
    EXPECT_EQ(parsed.options.size(), 1u) << bytes;
    const auto* option = parsed.options.find<MpUnknown>();
    EXPECT_NE(option, nullptr) << bytes;
    return option ? *option : MpUnknown{};
  };
  const auto dss = cut("1e14 20 05 00000000");
  EXPECT_TRUE(dss.truncated);
  EXPECT_EQ(dss.subtype, 2);
  EXPECT_EQ(dss.length, 20);
  EXPECT_TRUE(cut("1e").truncated);
  EXPECT_TRUE(cut("1e0c").truncated);
  EXPECT_FALSE(cut("1e00 20 05").truncated);
  EXPECT_FALSE(cut("1e01 20 05").truncated);
}

TEST(MptcpOptionList, AsManyAsFitAndNoMore) {
  std::string thirteen;
  for (int i = 0; i < 13; ++i) thirteen += "1e0351";
  EXPECT_EQ(parse(thirteen).options.size(), 13u);
  EXPECT_EQ(parse(thirteen + thirteen).options.size(), 13u);
}

TEST(MptcpOptionList, IsClearedFirst) {
  MptcpOptions options;
  options.add(MpFail{1});
  EXPECT_TRUE(parse_mptcp_options({}, options));
  EXPECT_TRUE(options.empty());
}

TEST(MptcpOptionList, RandomBytesAreSurvived) {
  std::mt19937 random(6824);
  for (int round = 0; round < 200000; ++round) {
    Bytes noise(random() % 41);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random() % 2 ? random() : random() % 32);
    for (std::size_t i = 0; i + 1 < noise.size(); i += 1 + random() % 8) {
      noise[i] = 30;
      noise[i + 1] = static_cast<std::uint8_t>(random() % 26);
    }
    parse(noise);
  }
}

}  // namespace
}  // namespace mps::test
