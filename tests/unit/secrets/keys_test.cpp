// SPDX-License-Identifier: GPL-2.0-or-later
/// Known answers: FIPS 180 for the hash, and for all else the handshakes of real MPTCP stacks, where the
/// peer's kernel and not this project computed the token, the first data sequence number and the HMACs.
#include "core/secrets/keys.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/hex.h"

namespace mps::test {
namespace {

Key key(std::string_view digits) {
  const auto parsed = parse_key(digits);
  EXPECT_TRUE(parsed) << digits;
  return parsed.value_or(Key{});
}

/// One connection with a joined subflow, opened by the initiator.
struct Handshake {
  KeyHash hash;
  std::string_view initiator, listener;  ///< keys
  std::uint32_t join_token;              ///< in the SYN: of its receiver, the listener
  std::uint32_t initiator_nonce, listener_nonce;
  std::string_view syn_ack_hmac, ack_hmac;
};

/// Version 0, the MPTCP kernel of UCLouvain; version 1, Linux 6.1.
constexpr Handshake v0{
    KeyHash::sha1, "9c9eabd1e46a33b2", "967d2770b6960552", 0xe47f0142,
    0x1b665a18,    0x33abe9d5,         "5ab680c7884af03d", "cb7b87f5e5f0502f43b535fb70ef6607df2e6c7a"};
constexpr Handshake v1{
    KeyHash::sha256, "8a28d3df959f2dd7", "41adae56f10439e9", 0x458a6b1b,
    0x20056d75,      0xa86783c6,         "751bc04abdbd694a", "b9a42aa67ebca7847451953059c8491012d079b0"};

TEST(Keys, TokensOfRealConnections) {
  for (const auto& seen : {v0, v1}) EXPECT_EQ(token_of(key(seen.listener), seen.hash), seen.join_token);
  EXPECT_EQ(token_of(key(v0.initiator), KeyHash::sha1), 0xaf9706ebu);
  EXPECT_EQ(token_of(key(v1.initiator), KeyHash::sha256), 0xe86e9a22u);
}

/// The first mapping of the initiator and of the listener, less one.
TEST(Keys, FirstDataSequenceNumbersOfRealConnections) {
  EXPECT_EQ(static_cast<std::uint32_t>(idsn_of(key(v0.initiator), KeyHash::sha1)), 3576348362u - 1);
  EXPECT_EQ(static_cast<std::uint32_t>(idsn_of(key(v0.listener), KeyHash::sha1)), 3518592144u - 1);
  EXPECT_EQ(idsn_of(key("29a6c86981ad933c"), KeyHash::sha256), 11713449205243392242u - 1);
  EXPECT_EQ(idsn_of(key(v1.initiator), KeyHash::sha256), 0x775c5b13d44d4d37u);
  EXPECT_EQ(idsn_of(key(v1.listener), KeyHash::sha256), 0x93b4898390f60efau);
}

TEST(Keys, JoinHmacsOfRealConnections) {
  for (const auto& seen : {v0, v1}) {
    const Key a = key(seen.initiator), b = key(seen.listener);
    const auto of_listener = join_hmac(b, a, seen.listener_nonce, seen.initiator_nonce, seen.hash);
    const auto of_initiator = join_hmac(a, b, seen.initiator_nonce, seen.listener_nonce, seen.hash);
    EXPECT_EQ(of_listener.size(), seen.hash == KeyHash::sha1 ? 20u : 32u);
    EXPECT_EQ(to_hex(of_listener).substr(0, 16), seen.syn_ack_hmac);
    EXPECT_EQ(to_hex(of_initiator).substr(0, 40), seen.ack_hmac);
  }
}

/// HMACs of the empty message under a1b2c3d4e5f60718 and its reverse, by Python's hmac module.
TEST(Keys, RegisterBytes) {
  const Key k = key("a1b2c3d4e5f60718");
  const auto reg = [&](InitialRegister init, KeyOrder order, KeyHash hash) {
    return to_hex(register_bytes(k, init, order, hash));
  };
  for (const auto hash : {KeyHash::sha1, KeyHash::sha256}) {
    EXPECT_EQ(reg(InitialRegister::key, KeyOrder::wire, hash), "a1b2c3d4e5f60718");
    EXPECT_EQ(reg(InitialRegister::key, KeyOrder::host, hash), "1807f6e5d4c3b2a1");
  }
  EXPECT_EQ(reg(InitialRegister::hmac, KeyOrder::wire, KeyHash::sha1),
            "12ec132ece6f040c1e40161a684fe98ac3a1830b");
  EXPECT_EQ(reg(InitialRegister::hmac, KeyOrder::host, KeyHash::sha1),
            "ebebe7252c15d79a64fe814d4b0abc9fdb88473c");
  EXPECT_EQ(reg(InitialRegister::hmac, KeyOrder::wire, KeyHash::sha256),
            "c87a7a883d3928166ae2366cb26c3f45830353b171c52184fb876781a2349863");
  EXPECT_EQ(reg(InitialRegister::hmac, KeyOrder::host, KeyHash::sha256),
            "c61368ef7e29bcc1fc3e5c18f0348454fcc3746674d9f1247b2043601be9f33b");
}

TEST(Keys, ParseAndPrint) {
  EXPECT_EQ(to_hex(key("0123456789abcdef")), "0123456789abcdef");
  EXPECT_EQ(key("0123456789ABCDEF"), key("0123456789abcdef"));
  EXPECT_EQ(to_string(key("00a1B2c3D4e5f6FF")), "00a1b2c3d4e5f6ff");
  for (const std::string_view bad :
       {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "0x23456789abcdef",
        " 123456789abcdef", "01234567 9abcdef", "-123456789abcdef", "0123456789abcde\n"})
    EXPECT_FALSE(parse_key(bad)) << bad;
}

TEST(Sha256, KnownAnswers) {
  Sha256 hash;
  EXPECT_EQ(hash.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  hash.update(text("abc"));
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  hash.update({});
  hash.update(text("dbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  EXPECT_EQ(hash.hex(), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, MillionLettersInUnevenPieces) {
  Sha256 hash;
  const Bytes letters(1000, 'a');
  std::size_t left = 1000000;
  for (std::size_t piece = 1; left; piece = piece % 997 + 1) {
    const std::size_t n = std::min(piece, left);
    hash.update(std::span(letters).first(n));
    left -= n;
  }
  EXPECT_EQ(hash.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, Moves) {
  Sha256 first, second;
  first.update(text("abc"));
  second.update(text("other"));
  second = std::move(first);
  const Sha256 third(std::move(second));
  EXPECT_EQ(third.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace mps::test
