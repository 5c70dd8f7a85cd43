// SPDX-License-Identifier: GPL-2.0-or-later
// The bundled captures are what MANIFEST.json says: files and their hashes, plaintexts, and what the slow
// oracle finds in every merged capture and in every path of it. The product is not involved beyond reading
// packets; its own golden tests may then trust the manifest.
#include <gtest/gtest.h>

#include <set>

#include "core/capture/open_capture.h"
#include "core/scramble/mps_scramble.h"
#include "tests/reference/hardened_twin.h"
#include "tests/support/dss_oracle.h"
#include "tests/support/manifest.h"

namespace {

using mps::manifest::Capture;
using Bytes = std::vector<std::uint8_t>;

const mps::manifest::Manifest& bundled() {
  static const auto manifest = mps::manifest::load(MPS_SOURCE_DIR "/captures");
  return manifest;
}

void expect_file(const mps::manifest::File& file) {
  const Bytes bytes = mps::manifest::read_file(bundled().folder + "/" + file.name);
  EXPECT_EQ(bytes.size(), file.bytes) << file.name;
  EXPECT_EQ(mps::manifest::sha256(bytes), file.sha256) << file.name;
}

/// The paper's straightforward form or the hardened schemes' twin, byte by byte: not what the product uses.
Bytes descrambled(const Capture& capture, Bytes bytes, bool listener_sends, mps::KeyHash hash) {
  if (capture.rule == "never") return bytes;
  if (mps::is_hardened(capture.scheme))
    return mps::reference::hardened_decoded(capture.scheme, {capture.keys, listener_sends}, bytes);
  const mps::Key& sender = listener_sends ? capture.keys.listener : capture.keys.initiator;
  const Bytes initial = mps::register_bytes(sender, capture.init, capture.order, hash);
  mps_state state;
  mps_state_init(&state, initial.data(), initial.size());
  mps_descramble_straight(&state, bytes.data(), bytes.data(), bytes.size());
  return bytes;
}

mps::oracle::DssOracle oracle_of(const std::string& file, std::vector<std::string>& interfaces) {
  mps::oracle::DssOracle oracle;
  auto source = mps::open_capture(file);
  EXPECT_TRUE(source) << (source ? "" : source.error().message());
  if (!source) return oracle;
  mps::Packet packet;
  while ((*source)->next(packet)) oracle.add_frame(packet.path, packet.link, packet.bytes);
  EXPECT_TRUE((*source)->errors().empty());
  for (const auto& path : (*source)->paths()) interfaces.push_back(path.interface_name);
  return oracle;
}

TEST(Captures, PlaintextsAreThere) {
  EXPECT_GE(bundled().plain.size(), 6u);
  for (const auto& file : bundled().plain) expect_file(file);
}

TEST(Captures, FilesAreThere) {
  std::uint64_t total = 0;
  std::set<std::string> names;
  for (const Capture& capture : bundled().captures) {
    EXPECT_TRUE(names.insert(capture.name).second) << capture.name << " twice";
    for (const auto& file : capture.files) {
      expect_file(file);
      EXPECT_LT(file.bytes, 4u << 20) << file.name;
      total += file.bytes;
    }
  }
  EXPECT_GE(names.size(), 17u);
  EXPECT_LT(total, 12u << 20);
}

class CaptureTest : public testing::TestWithParam<Capture> {};

TEST_P(CaptureTest, StreamsHaveTheirHashes) {
  for (const auto& stream : GetParam().streams) {
    EXPECT_EQ(stream.plaintext.size(), stream.bytes);
    EXPECT_EQ(mps::manifest::sha256(stream.plaintext), stream.sha256);
  }
}

TEST_P(CaptureTest, MergedCaptureCarriesThePlaintext) {
  const Capture& capture = GetParam();
  std::vector<std::string> interfaces;
  const auto oracle = oracle_of(bundled().folder + "/" + capture.files.front().name, interfaces);
  const auto connections = oracle.connections();
  ASSERT_EQ(connections.size(), 1u);
  const auto& connection = connections.front();
  ASSERT_EQ(connection.initiator_key, capture.keys.initiator);
  ASSERT_EQ(connection.listener_key, capture.keys.listener);
  EXPECT_EQ((connection.syn_flags & capture.flag_bit) != 0, capture.rule == "flag");
  EXPECT_EQ((connection.syn_flags & 0x80) != 0, capture.checksums);

  ASSERT_EQ(connection.subflows.size(), capture.subflows.size());
  for (std::size_t i = 0; i < capture.subflows.size(); ++i) {
    EXPECT_EQ(interfaces.at(connection.subflows[i].path), capture.subflows[i].path);
    EXPECT_EQ(connection.subflows[i].opened_by_listener, capture.subflows[i].opened_by_listener);
    EXPECT_EQ(connection.subflows[i].ipv6, capture.subflows[i].ipv6);
  }
  for (std::size_t d = 0; d < 2; ++d) {
    const auto& stream = d == 0 ? connection.c2s : connection.s2c;
    const auto whole = stream.whole();
    ASSERT_TRUE(whole);
    EXPECT_EQ(stream.unmapped, 0u);
    EXPECT_EQ(stream.checksums_bad, 0u);
    EXPECT_EQ(stream.checksums_good > 0, capture.checksums);
    EXPECT_TRUE(descrambled(capture, *whole, d == 1, connection.hash) == capture.streams[d].plaintext);
    EXPECT_EQ(*whole == capture.streams[d].plaintext, capture.rule == "never");
    for (std::uint32_t path = 0; path < interfaces.size(); ++path) {
      const auto& expected = capture.expected.at(interfaces[path])[d];
      const auto missing = stream.missing(1u << path);
      EXPECT_EQ(missing, expected.missing) << interfaces[path];
      std::uint64_t unseen = 0;
      for (const auto& [from, to] : missing) unseen += to - from;
      EXPECT_EQ(stream.length() - unseen, expected.seen) << interfaces[path];
      // The paper's condition: whoever misses the first 65 bytes cannot begin.
      const bool begins = !missing.empty() && missing.front().first < 65;
      const bool lacks_head = begins && missing.front().first == 0 && missing.front().second >= 65;
      EXPECT_TRUE(interfaces[path] == capture.head_path ? !begins : lacks_head) << interfaces[path];
    }
  }
}

TEST_P(CaptureTest, PathFilesCarryWhatTheManifestSays) {
  const Capture& capture = GetParam();
  for (const auto& file : capture.files) {
    if (file.path.empty()) continue;
    std::vector<std::string> interfaces;
    const auto oracle = oracle_of(bundled().folder + "/" + file.name, interfaces);
    const auto connections = oracle.connections({capture.keys});
    ASSERT_EQ(connections.size(), 1u) << file.name;
    for (std::size_t d = 0; d < 2; ++d) {
      const auto& stream = d == 0 ? connections.front().c2s : connections.front().s2c;
      EXPECT_EQ(stream.bytes.size(), capture.expected.at(file.path)[d].seen) << file.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bundled, CaptureTest, testing::ValuesIn(bundled().captures),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
