// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/handshake_table.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/packet/segment_view.h"

namespace mps::peer {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 4> loopback{127, 0, 0, 1};
const Endpoint client{IpAddress::v4(loopback), 40000};
const Endpoint server{IpAddress::v4(loopback), 80};

Key key(std::uint8_t fill) {
  Key key;
  key.fill(fill);
  return key;
}

/// MP_CAPABLE of version 1 with these keys (RFC 8684 3.1).
Bytes capable(std::initializer_list<Key> keys) {
  Bytes option{30, static_cast<std::uint8_t>(4 + 8 * keys.size()), 0x01, 0x01};
  for (const Key& key : keys) option.insert(option.end(), key.begin(), key.end());
  return option;
}

bool note(HandshakeTable& table, bool from_client, std::uint8_t flags, const Bytes& options) {
  SegmentView segment;
  segment.source = from_client ? client : server;
  segment.destination = from_client ? server : client;
  segment.flags = flags;
  segment.options = options;
  return table.note(segment);
}

void shake_hands(HandshakeTable& table, const Key& initiator, const Key& listener) {
  EXPECT_FALSE(note(table, true, tcp_syn, capable({})));
  EXPECT_FALSE(table.is_complete(client, server));
  EXPECT_TRUE(note(table, false, tcp_syn | tcp_ack, capable({listener})));
  EXPECT_FALSE(table.is_complete(client, server));
  EXPECT_TRUE(note(table, true, tcp_ack, capable({initiator, listener})));
}

TEST(HandshakeTable, HandsOutEachHandshakeOnce) {
  HandshakeTable table;
  shake_hands(table, key(1), key(2));
  ASSERT_TRUE(table.is_complete(client, server));
  const HandshakeKeys found = table.take(client, server);
  EXPECT_EQ(found.keys.initiator, key(1));
  EXPECT_EQ(found.keys.listener, key(2));
  EXPECT_EQ(found.hash, KeyHash::sha256);
  EXPECT_FALSE(table.is_complete(client, server));
}

/// After one handshake whose keys were taken.
class TakenHandshake : public testing::Test {
 protected:
  TakenHandshake() {
    shake_hands(table, key(1), key(2));
    table.take(client, server);
  }
  HandshakeTable table;
};

TEST_F(TakenHandshake, TheFirstDataRepeatsTheKeysAndIsNoNewOne) {
  note(table, true, tcp_ack, capable({key(1), key(2)}));
  EXPECT_FALSE(table.is_complete(client, server));
}

TEST_F(TakenHandshake, PortsMayBeUsedAgain) {
  note(table, true, tcp_ack, capable({key(1), key(2)}));
  shake_hands(table, key(3), key(4));
  ASSERT_TRUE(table.is_complete(client, server));
  EXPECT_EQ(table.take(client, server).keys.initiator, key(3));
}

TEST_F(TakenHandshake, OtherKeysAreANewOneAlsoWithoutItsSyn) {
  EXPECT_TRUE(note(table, false, tcp_syn | tcp_ack, capable({key(4)})));
  EXPECT_FALSE(table.is_complete(client, server)) << "the initiator's is that of the earlier one";
  EXPECT_TRUE(note(table, true, tcp_ack, capable({key(3), key(4)})));
  ASSERT_TRUE(table.is_complete(client, server));
  EXPECT_EQ(table.take(client, server).keys.initiator, key(3));
}

}  // namespace
}  // namespace mps::peer
