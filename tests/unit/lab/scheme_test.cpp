// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for every scheme: exact inverse, in any pieces; and each code against an independent definition
// or vector.
#include "core/lab/scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/hardened/ratchet.h"
#include "core/lab/gf256.h"
#include "tests/reference/definition.h"
#include "tests/support/hex.h"
#include "tests/unit/lab/lab_sample.h"

namespace mps::lab {
namespace {

using test::agreement_for;
using test::hex;
using test::random_bytes;
using test::schedule;
using test::scheme;
using test::to_hex;
using ::testing::HasSubstr;

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const SchemePtr& one : all_schemes()) names.push_back(one->info().name);
  for (const char* name : {"chain:1", "chain:7", "shamir:1", "shamir:2", "permute:3:5"})
    names.push_back(name);
  return names;
}

class EveryScheme : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Lab, EveryScheme, ::testing::ValuesIn(scheme_names()), [](const auto& one) {
  std::string name = one.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

TEST_P(EveryScheme, ComesBackExactly) {
  for (const char* scheduler :
       {"minrtt,segment=100:300", "redundant,segment=64", "roundrobin,segment=33,paths=3",
        "roundrobin,segment=90,loss=0.3,paths=5", "minrtt,segment=1400"})
    for (const std::size_t size : {0, 1, 15, 16, 17, 64, 65, 1023, 1024, 5000}) {
      const Bytes plaintext = random_bytes(size, size);
      const Schedule s = schedule(scheduler, size);
      for (const bool listener_sends : {false, true}) {
        Agreement agreement = agreement_for(s);
        agreement.listener_sends = listener_sends;
        const Wire wire = transmit(*scheme(GetParam()), agreement, plaintext);
        const auto back = receive(*scheme(GetParam()), agreement, pieces_of(wire));
        ASSERT_TRUE(back) << back.error();
        EXPECT_EQ(*back, plaintext) << scheduler << ", " << size;
      }
    }
}

TEST_P(EveryScheme, GivesTheSameInAnyPieces) {
  std::mt19937_64 random(7);
  const Bytes plaintext = random_bytes(3000, 1);
  const Schedule s = schedule("roundrobin,segment=200", plaintext.size());
  const Agreement agreement = agreement_for(s);
  const Wire whole = transmit(*scheme(GetParam()), agreement, plaintext);
  for (int round = 0; round < 5; ++round) {
    const auto encoder = scheme(GetParam())->encoder(agreement);
    Lanes lanes(whole.lanes.size());
    for (std::size_t at = 0; at < plaintext.size();) {
      const std::size_t size = std::min<std::size_t>(random() % 90, plaintext.size() - at);
      encoder->feed(std::span(plaintext).subspan(at, size), lanes);
      at += size;
    }
    encoder->finish(lanes);
    for (std::size_t k = 0; k < lanes.size(); ++k) ASSERT_EQ(lanes[k], whole.lanes[k].bytes);
    // Back again, the lanes in turn and in pieces of their own.
    const auto decoder = scheme(GetParam())->decoder(agreement);
    Bytes back;
    std::vector<std::size_t> done(lanes.size());
    for (bool more = true; more;) {
      more = false;
      for (std::size_t k = 0; k < lanes.size(); ++k) {
        const std::size_t size = std::min<std::size_t>(random() % 130, lanes[k].size() - done[k]);
        decoder->feed(k, std::span(lanes[k]).subspan(done[k], size), back);
        done[k] += size;
        more = more || done[k] < lanes[k].size();
      }
    }
    decoder->finish(back);
    ASSERT_EQ(back, plaintext);
  }
}

TEST_P(EveryScheme, AddsWhatItSays) {
  const Bytes plaintext = random_bytes(1003, 1);
  const Schedule s = schedule("roundrobin,segment=100", plaintext.size());
  const SchemePtr one = scheme(GetParam());
  const Wire wire = transmit(*one, agreement_for(s), plaintext);
  const std::uint32_t block = one->info().block;
  std::uint64_t expected = (plaintext.size() + block - 1) / block * block;
  if (GetParam().starts_with("shamir") || GetParam() == "xor-share") expected = 2 * plaintext.size();
  // Ten segments of 100 and one of 3 without a partner.
  EXPECT_EQ(wire.bytes_once(), expected) << "network coding of equal segments adds nothing";
}

TEST_P(EveryScheme, NoticesWhatIsMissing) {
  const Bytes plaintext = random_bytes(500, 1);
  const Schedule s = schedule("roundrobin,segment=100", plaintext.size());
  const Agreement agreement = agreement_for(s);
  const Wire wire = transmit(*scheme(GetParam()), agreement, plaintext);
  auto pieces = pieces_of(wire);
  pieces.erase(pieces.begin());
  const auto back = receive(*scheme(GetParam()), agreement, pieces);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error(), HasSubstr("missing"));
}

TEST(Receive, TakesPiecesInAnyOrderAndRefusesContradictions) {
  const Bytes plaintext = random_bytes(500, 1);
  const Schedule s = schedule("roundrobin,segment=100,loss=0.3", plaintext.size());
  const Agreement agreement = agreement_for(s);
  const Wire wire = transmit(*scheme("scramble"), agreement, plaintext);
  auto pieces = pieces_of(wire);
  std::ranges::reverse(pieces);
  EXPECT_EQ(receive(*scheme("scramble"), agreement, pieces).value(), plaintext);
  Bytes wrong(pieces[0].bytes.begin(), pieces[0].bytes.end());
  wrong[3] ^= 1;
  pieces.push_back({0, 0, pieces[0].position, wrong});
  EXPECT_THAT(receive(*scheme("scramble"), agreement, pieces).error(), HasSubstr("two different bytes"));
  pieces.back() = {0, 7, 0, wrong};
  EXPECT_THAT(receive(*scheme("scramble"), agreement, pieces).error(), HasSubstr("no lane 7"));
}

TEST(NetworkCoding, FillsTheShorterSegmentUp) {
  const Bytes plaintext = random_bytes(300, 1);
  const Schedule s = test::by_hand(300, {{{0, 120}, 0}, {{120, 200}, 1}, {{200, 210}, 0}, {{210, 300}, 1}});
  const Wire wire = transmit(*scheme("netcode"), agreement_for(s), plaintext);
  EXPECT_EQ(wire.bytes_once(), 300u + (120 - 80) + (90 - 10)) << "|A - B| for each pair";
  const Bytes& clear = wire.lanes[0].bytes;
  const Bytes& mixed = wire.lanes[1].bytes;
  for (std::size_t i = 0; i < 120; ++i) EXPECT_EQ(clear[i], plaintext[i]);
  for (std::size_t i = 0; i < 80; ++i) EXPECT_EQ(mixed[i], plaintext[i] ^ plaintext[120 + i]);
}

TEST(NetworkCoding, NeedsTwoPaths) {
  const Schedule s = schedule("roundrobin,paths=1", 10);
  EXPECT_THAT(scheme("netcode")->check(agreement_for(s)).error(), HasSubstr("two paths"));
}

// Multiplication as polynomials, bit by bit.
std::uint8_t slow_multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  for (int bit = 0; bit < 8; ++bit)
    if (b >> bit & 1) product ^= unsigned{a} << bit;
  for (int bit = 14; bit >= 8; --bit)
    if (product >> bit & 1) product ^= 0x11bu << (bit - 8);
  return static_cast<std::uint8_t>(product);
}

TEST(Gf256, AgreesWithPolynomialArithmetic) {
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) {
      const auto x = static_cast<std::uint8_t>(a), y = static_cast<std::uint8_t>(b);
      ASSERT_EQ(gf256_multiply(x, y), slow_multiply(x, y));
      if (b) {
        ASSERT_EQ(slow_multiply(gf256_divide(x, y), y), x);
      }
    }
  EXPECT_EQ(gf256_multiply(0x57, 0x83), 0xc1) << "the example of FIPS 197, 4.2";
}

// Shares by definition: for every byte, the shares of k paths lie on one polynomial of degree k-1, whose
// value at 0 is the byte. Found by trying all polynomials, not by Lagrange's formula.
TEST(Shamir, SharesLieOnAPolynomial) {
  const Bytes plaintext = random_bytes(40, 1);
  const Schedule s = schedule("roundrobin,paths=4", plaintext.size());
  const Wire wire = transmit(*scheme("shamir:3"), agreement_for(s), plaintext);
  for (std::size_t i = 0; i < plaintext.size(); ++i) {
    int fitting = 0;
    for (unsigned a = 0; a < 256; ++a)
      for (unsigned b = 0; b < 256; ++b) {
        bool fits = true;
        for (std::uint8_t x = 1; x <= 4 && fits; ++x)
          fits = wire.lanes[x - 1u].bytes[i] ==
                 (plaintext[i] ^ slow_multiply(static_cast<std::uint8_t>(a), x) ^
                  slow_multiply(static_cast<std::uint8_t>(b), slow_multiply(x, x)));
        fitting += fits;
      }
    ASSERT_EQ(fitting, 1);
  }
}

TEST(Shamir, AnyThresholdOfSharesIsEnough) {
  const Bytes plaintext = random_bytes(300, 1);
  const Schedule s = schedule("roundrobin,paths=4", plaintext.size());
  const Agreement agreement = agreement_for(s);
  const Wire wire = transmit(*scheme("shamir:2"), agreement, plaintext);
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) {
      if (a == b) continue;
      std::vector<Piece> pieces;
      for (const Piece& piece : pieces_of(wire))
        if (piece.lane == a || piece.lane == b) pieces.push_back(piece);
      EXPECT_EQ(receive(*scheme("shamir:2"), agreement, pieces).value(), plaintext);
    }
  std::vector<Piece> one = pieces_of(wire);
  std::erase_if(one, [](const Piece& piece) { return piece.lane != 2; });
  EXPECT_FALSE(receive(*scheme("shamir:2"), agreement, one));
}

// One share alone has the same distribution for every plaintext: over 2^16 sharings of two different bytes.
TEST(Shamir, OneShareIsUniform) {
  for (const std::uint8_t byte : {0x00, 0x41}) {
    const Bytes plaintext(65536, byte);
    const Schedule s = schedule("roundrobin", plaintext.size());
    for (const char* name : {"shamir", "xor-share"}) {
      const Wire wire = transmit(*scheme(name), agreement_for(s), plaintext);
      for (const Lane& lane : wire.lanes) {
        std::map<std::uint8_t, int> counts;
        for (const std::uint8_t share : lane.bytes) ++counts[share];
        double chi_square = 0;
        for (int value = 0; value < 256; ++value) {
          const double off = counts[static_cast<std::uint8_t>(value)] - 256.0;
          chi_square += off * off / 256;
        }
        EXPECT_LT(chi_square, 350) << name << ": 255 degrees of freedom, p = 0.0001";
        EXPECT_GT(chi_square, 180);
      }
    }
  }
}

TEST(XorSharing, SharesSumUpToTheData) {
  const Bytes plaintext = random_bytes(1000, 1);
  const Schedule s = schedule("roundrobin,paths=3", plaintext.size());
  const Wire wire = transmit(*scheme("xor-share"), agreement_for(s), plaintext);
  for (std::size_t i = 0; i < plaintext.size(); ++i)
    ASSERT_EQ(wire.lanes[0].bytes[i] ^ wire.lanes[1].bytes[i] ^ wire.lanes[2].bytes[i], plaintext[i]);
}

TEST(Chaining, IsFigure6) {
  const Bytes plaintext = random_bytes(100, 1);
  const Schedule s = schedule("roundrobin", plaintext.size());
  const Wire wire = transmit(*scheme("chain8"), agreement_for(s), plaintext);
  const Bytes& lane = wire.lanes[0].bytes;
  for (std::size_t i = 8; i < plaintext.size(); ++i) ASSERT_EQ(lane[i], plaintext[i] ^ plaintext[i - 8]);
  EXPECT_EQ(lane.size(), 104u);
}

TEST(Chaining, TheVectorIsOfTheDirectionsOwn) {
  const Bytes plaintext(32);
  const Schedule s = schedule("roundrobin", plaintext.size());
  Agreement agreement = agreement_for(s);
  const Bytes initiators = transmit(*scheme("chain16"), agreement, plaintext).lanes[0].bytes;
  agreement.listener_sends = true;
  EXPECT_NE(transmit(*scheme("chain16"), agreement, plaintext).lanes[0].bytes, initiators);
}

TEST(Permutation, MovesWholeBlocksWithinTheirWindow) {
  const Bytes plaintext = random_bytes(16 * 64 * 2 + 16 * 5, 1);
  const Schedule s = schedule("roundrobin", plaintext.size());
  const Wire wire = transmit(*scheme("permute"), agreement_for(s), plaintext);
  const Bytes& lane = wire.lanes[0].bytes;
  ASSERT_EQ(lane.size(), plaintext.size());
  std::size_t in_place = 0;
  for (std::size_t begin = 0; begin < plaintext.size(); begin += 16 * 64) {
    std::vector<Bytes> before, after;
    for (std::size_t at = begin; at < std::min(begin + 16 * 64, plaintext.size()); at += 16) {
      const auto offset = static_cast<std::ptrdiff_t>(at);
      before.emplace_back(plaintext.begin() + offset, plaintext.begin() + offset + 16);
      after.emplace_back(lane.begin() + offset, lane.begin() + offset + 16);
      in_place += before.back() == after.back();
    }
    EXPECT_THAT(after, ::testing::UnorderedElementsAreArray(before));
  }
  EXPECT_LT(in_place, 12u) << "one in a window by chance, and the short window's five";
}

TEST(Scrambler, IsThePapersDefinition) {
  const Bytes plaintext = random_bytes(1000, 1);
  const Schedule s = schedule("roundrobin", plaintext.size());
  Agreement agreement = agreement_for(s);
  for (const bool listener_sends : {false, true}) {
    agreement.listener_sends = listener_sends;
    const auto expected = test::scramble_by_definition(
        test::initial_register(64, agreement.keys[listener_sends ? 1 : 0]), plaintext);
    EXPECT_EQ(transmit(*scheme("scramble"), agreement, plaintext).lanes[0].bytes, expected);
  }
}

TEST(Hardened, H2IsTheRatchetOfItsDirection) {
  const Bytes plaintext = random_bytes(1000, 1);
  const Schedule s = schedule("roundrobin", plaintext.size());
  Agreement agreement = agreement_for(s);
  agreement.listener_sends = true;
  const StreamKeys keys{{agreement.keys[0], agreement.keys[1]}, true};
  Ratchet ratchet(keys);
  Bytes expected(plaintext.size());
  ratchet.encode(plaintext, expected.data());
  EXPECT_EQ(transmit(*scheme("h2"), agreement, plaintext).lanes[0].bytes, expected);
}

// NIST SP 800-38A, F.2.1 (CBC-AES128) and F.4.1 (OFB-AES128).
const Bytes nist_key = hex("2b7e151628aed2a6abf7158809cf4f3c");
const Bytes nist_iv = hex("000102030405060708090a0b0c0d0e0f");
const Bytes nist_text =
    hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef"
        "f69f2445df4f9b17ad2b417be66c3710");

TEST(Cipher, NistVectors) {
  Bytes bytes = nist_text;
  Cipher(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC, nist_key, nist_iv).encrypt(bytes);
  EXPECT_EQ(to_hex(bytes),
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e22229516"
            "3ff1caa1681fac09120eca307586e1a7");
  Cipher(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC, nist_key, nist_iv).decrypt(bytes);
  EXPECT_EQ(bytes, nist_text);
  Cipher(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_OFB, nist_key, nist_iv).encrypt(bytes);
  EXPECT_EQ(to_hex(bytes),
            "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed8259740051e9c5fecf64344f7a82260edcc"
            "304c6528f659c77866a510d9c1d6ae5e");
}

// The schemes are these modes: CBC's blocks and OFB's keystream, remade from single blocks of AES.
TEST(BlockCipher, IsCbcAndOfb) {
  const Bytes plaintext = random_bytes(333, 1);
  const Schedule s = schedule("roundrobin", plaintext.size());
  const Agreement agreement = agreement_for(s);
  Keystream secret(agreement.seed, "mpscramble lab cipher c2s");
  const Bytes key = secret.take(16), iv = secret.take(16);
  const auto aes = [&](Bytes block) {
    Cipher(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, key, {}).encrypt(block);
    return block;
  };
  const Bytes cbc = transmit(*scheme("cbc"), agreement, plaintext).lanes[0].bytes;
  ASSERT_EQ(cbc.size(), 336u);
  Bytes before = iv;
  for (std::size_t at = 0; at + 16 <= plaintext.size(); at += 16) {  // the last block ends in random padding
    for (std::size_t i = 0; i < 16; ++i) before[i] ^= plaintext[at + i];
    before = aes(before);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), cbc.begin() + static_cast<std::ptrdiff_t>(at)));
  }
  const Bytes ofb = transmit(*scheme("ofb"), agreement, plaintext).lanes[0].bytes;
  Bytes keystream = iv;
  for (std::size_t i = 0; i < plaintext.size(); ++i) {
    if (i % 16 == 0) keystream = aes(keystream);
    ASSERT_EQ(ofb[i], plaintext[i] ^ keystream[i % 16]);
  }
}

TEST(Keystream, IsChaCha20AndTheSameInAnyPieces) {
  Bytes zeros(32);
  Cipher(GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_STREAM, Bytes(32), Bytes(12)).encrypt(zeros);
  EXPECT_EQ(to_hex(zeros), "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")
      << "RFC 8439, A.1";
  Keystream whole(5, "test"), parts(5, "test");
  const Bytes all = whole.take(1000);
  Bytes joined;
  for (const std::size_t size : {1u, 63u, 64u, 200u, 672u}) {
    const Bytes part = parts.take(size);
    joined.insert(joined.end(), part.begin(), part.end());
  }
  EXPECT_EQ(joined, all);
  EXPECT_NE(Keystream(6, "test").take(1000), all);
  EXPECT_NE(Keystream(5, "another").take(1000), all);
  for (int k = 0; k < 1000; ++k) {
    EXPECT_LT(whole.below(3), 3u);
    const double unit = whole.unit();
    EXPECT_TRUE(unit >= 0 && unit < 1);
  }
}

TEST(Catalogue, NamesSchemes) {
  EXPECT_EQ(schemes_named("all")->size(), 13u);
  EXPECT_EQ(schemes_named("plain,chain:7,shamir:2")->size(), 3u);
  for (const char* wrong :
       {"", "aes", "chain", "chain:0", "chain:65", "chain:x", "chain:8:8", "shamir:17", "permute:1"})
    EXPECT_FALSE(schemes_named(wrong)) << wrong;
  EXPECT_THAT(schemes_named("plain,rot13").error(), HasSubstr("'rot13' is not one of plain, permute"));
}

}  // namespace
}  // namespace mps::lab
