// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/pdu_assembler.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mps::plugin {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A dissector of messages "<length byte><that many bytes>", which asks for what it misses, exactly or
/// vaguely.
class LengthPrefixed {
 public:
  explicit LengthPrefixed(bool exact) : exact_(exact) {}
  /// Returns consumed bytes and what is wanted.
  std::pair<std::uint32_t, Wanted> operator()(const std::vector<std::uint8_t>& piece, bool may_ask) {
    std::size_t at = 0;
    while (at < piece.size()) {
      const std::size_t end = at + 1 + piece[at];
      if (end > piece.size()) {
        if (!may_ask) break;
        const auto kind = exact_ ? Wanted::Kind::bytes : Wanted::Kind::one_more_segment;
        return {static_cast<std::uint32_t>(at), {kind, static_cast<std::uint32_t>(end - piece.size())}};
      }
      messages.emplace_back(piece.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                            piece.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
    }
    return {static_cast<std::uint32_t>(piece.size()), {}};
  }
  std::vector<std::string> messages;

 private:
  bool exact_;
};

template <typename Dissector>
void feed(PduAssembler& pdus, Dissector& dissector, std::uint64_t offset, const std::string& bytes, bool ends,
          std::uint32_t frame) {
  pdus.begin(offset, bytes_of(bytes), ends);
  PduAssembler::Piece piece;
  while (pdus.next(piece)) {
    std::vector<std::uint8_t> shown(piece.length);
    pdus.copy(piece, shown.data());
    const auto [consumed, wanted] = dissector(shown, piece.may_ask);
    pdus.dissected(piece, consumed, wanted, frame);
  }
}

TEST(PduAssembler, MessagesArriveWholeHoweverTheStreamIsCut) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> messages;
    std::string stream;
    for (int i = 0; i < 20; ++i) {
      std::string message(random() % 60, static_cast<char>('a' + i));
      stream += static_cast<char>(message.size());
      stream += message;
      messages.push_back(message);
    }
    PduAssembler pdus(1 << 20);
    LengthPrefixed dissector(round % 2 == 0);
    std::uint32_t frame = 0;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % 50, stream.size() - at);
      feed(pdus, dissector, at, stream.substr(at, n), at + n == stream.size(), ++frame);
      at += n;
    }
    EXPECT_EQ(dissector.messages, messages);
    EXPECT_FALSE(pdus.waiting());
    for (const SpanningPdu& pdu : pdus.spanning()) {
      EXPECT_EQ(stream.compare(pdu.offset, pdu.bytes.size(), std::string(pdu.bytes.begin(), pdu.bytes.end())),
                0);
      EXPECT_EQ(pdus.dissected_in(pdu.offset), pdu.frame);
    }
  }
}

TEST(PduAssembler, UntilTheEndWaitsForTheEnd) {
  PduAssembler pdus(1 << 20);
  std::vector<std::size_t> shown;
  auto dissector = [&](const std::vector<std::uint8_t>& piece, bool may_ask) {
    shown.push_back(piece.size());
    return may_ask ? std::pair{0u, Wanted{Wanted::Kind::until_end, 0}}
                   : std::pair{static_cast<std::uint32_t>(piece.size()), Wanted{}};
  };
  feed(pdus, dissector, 0, "abc", false, 1);
  feed(pdus, dissector, 3, "def", false, 2);
  EXPECT_EQ(shown, (std::vector<std::size_t>{3}));
  feed(pdus, dissector, 6, "", true, 3);
  EXPECT_EQ(shown, (std::vector<std::size_t>{3, 6}));
  EXPECT_EQ(pdus.dissected_in(0), 3u);
}

TEST(PduAssembler, AMessageTooLargeIsShownAsFarAsItCame) {
  PduAssembler pdus(10);
  std::vector<std::size_t> shown;
  auto dissector = [&](const std::vector<std::uint8_t>& piece, bool may_ask) {
    shown.push_back(piece.size());
    return std::pair{may_ask ? 0u : static_cast<std::uint32_t>(piece.size()),
                     Wanted{Wanted::Kind::bytes, 1000}};
  };
  feed(pdus, dissector, 0, "abcdef", false, 1);
  feed(pdus, dissector, 6, "ghijkl", false, 2);
  EXPECT_EQ(shown, (std::vector<std::size_t>{6, 12}));
  EXPECT_FALSE(pdus.waiting());
}

TEST(PduAssembler, ADissectorThatAlwaysWantsMoreDoesNotHang) {
  PduAssembler pdus(1 << 20);
  int calls = 0;
  auto greedy = [&](const std::vector<std::uint8_t>&, bool) {
    ++calls;
    return std::pair{0u, Wanted{calls % 2 ? Wanted::Kind::bytes : Wanted::Kind::one_more_segment, 0}};
  };
  for (std::uint32_t frame = 1; frame <= 10; ++frame)
    feed(pdus, greedy, 10 * (frame - 1), "0123456789", false, frame);
  EXPECT_LT(calls, 300);
  EXPECT_TRUE(pdus.waiting());
}

}  // namespace
}  // namespace mps::plugin
