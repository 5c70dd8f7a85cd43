// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/secrets/key_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/hex.h"

namespace mps::test {
namespace {

constexpr std::string_view line_v0 = "MPTCP_KEYS 9c9eabd1e46a33b2 967d2770b6960552";
constexpr std::string_view line_v1 = "MPTCP_KEYS 8a28d3df959f2dd7 41adae56f10439e9";

class KeyLogFile : public testing::Test {
 protected:
  std::string write(std::string_view content) {
    std::ofstream(path_, std::ios::binary) << content;
    return path_.string();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("mpscramble_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".keys");
};

TEST(KeyLog, ReadsLines) {
  KeyLog log;
  EXPECT_TRUE(log.add_line(line_v0));
  EXPECT_TRUE(log.add_line("  MPTCP_KEYS\t8A28D3DF959F2DD7   41adae56f10439e9 # a comment\r"));
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(to_string(log.pairs()[0].initiator), "9c9eabd1e46a33b2");
  EXPECT_EQ(to_string(log.pairs()[0].listener), "967d2770b6960552");
  EXPECT_EQ(to_string(log.pairs()[1].initiator), "8a28d3df959f2dd7");
}

TEST(KeyLog, IgnoresBlanksAndComments) {
  KeyLog log;
  for (const std::string_view line : {"", "   ", "\r", "# MPTCP_KEYS 1 2", "  # x"})
    EXPECT_TRUE(log.add_line(line)) << line;
  EXPECT_EQ(log.size(), 0u);
}

TEST(KeyLog, SaysWhatIsWrongWithALine) {
  KeyLog log;
  const auto error = [&](std::string_view line) {
    const auto added = log.add_line(line);
    EXPECT_FALSE(added) << line;
    return added ? std::string() : added.error();
  };
  EXPECT_EQ(error("CLIENT_RANDOM 00 11"), "expected MPTCP_KEYS at the start of the line");
  EXPECT_EQ(error("mptcp_keys 9c9eabd1e46a33b2 967d2770b6960552"),
            "expected MPTCP_KEYS at the start of the line");
  EXPECT_EQ(error("MPTCP_KEYS"), "expected two keys after MPTCP_KEYS");
  EXPECT_EQ(error("MPTCP_KEYS 9c9eabd1e46a33b2"), "expected two keys after MPTCP_KEYS");
  EXPECT_EQ(error("MPTCP_KEYS 9c9eabd1e46a33b2 # 967d2770b6960552"), "expected two keys after MPTCP_KEYS");
  EXPECT_EQ(error("MPTCP_KEYS 9c9eabd1e46a33b2 967d2770b696055"), "a key is not 16 hex digits");
  EXPECT_EQ(error("MPTCP_KEYS 9c9eabd1e46a33bx 967d2770b6960552"), "a key is not 16 hex digits");
  EXPECT_EQ(error(std::string(line_v0) + " 1"), "something follows the two keys");
  EXPECT_EQ(log.size(), 0u);
}

TEST(KeyLog, FindsEveryTokenUnderBothHashes) {
  KeyLog log;
  ASSERT_TRUE(log.add_line(line_v0));
  ASSERT_TRUE(log.add_line(line_v1));
  for (const auto& pair : log.pairs())
    for (const auto hash : {KeyHash::sha1, KeyHash::sha256})
      for (const bool listeners : {false, true}) {
        const auto found = log.find_token(token_of(listeners ? pair.listener : pair.initiator, hash));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->keys.initiator, pair.initiator);
        EXPECT_EQ(found->keys.listener, pair.listener);
        EXPECT_EQ(found->hash, hash);
        EXPECT_EQ(found->token_is_listeners, listeners);
      }
  const auto join = log.find_token(0x458a6b1b);  // as in a real MP_JOIN of the second connection
  ASSERT_TRUE(join);
  EXPECT_EQ(join->hash, KeyHash::sha256);
  EXPECT_TRUE(join->token_is_listeners);
  EXPECT_FALSE(log.find_token(0xdeadbeef));
}

TEST(KeyLog, FindsEitherKey) {
  KeyLog log;
  ASSERT_TRUE(log.add_line(line_v1));
  EXPECT_EQ(log.find_key(*parse_key("41adae56f10439e9"))->initiator, *parse_key("8a28d3df959f2dd7"));
  EXPECT_EQ(log.find_key(*parse_key("8a28d3df959f2dd7"))->listener, *parse_key("41adae56f10439e9"));
  EXPECT_FALSE(log.find_key(*parse_key("0000000000000000")));
}

TEST(KeyLog, KeepsAPairOnceAndCanBeCleared) {
  KeyLog log;
  ASSERT_TRUE(log.add_line(line_v1));
  ASSERT_TRUE(log.add_line(line_v1));
  EXPECT_EQ(log.size(), 1u);
  log.clear();
  EXPECT_EQ(log.size(), 0u);
  EXPECT_FALSE(log.find_token(0x458a6b1b));
  ASSERT_TRUE(log.add_line(line_v0));
  EXPECT_TRUE(log.find_token(0xe47f0142));
}

TEST_F(KeyLogFile, IsRead) {
  KeyLog log;
  const auto loaded =
      log.load(write("# two connections\r\n" + std::string(line_v0) + "\r\n\n" + std::string(line_v1)));
  EXPECT_TRUE(loaded) << loaded.error();
  EXPECT_EQ(log.size(), 2u);
}

TEST_F(KeyLogFile, ErrorNamesFileAndLineAndTheRestIsKept) {
  KeyLog log;
  const std::string path =
      write(std::string(line_v0) + "\n# fine\nMPTCP_KEYS x y\nnonsense\n" + std::string(line_v1) + "\n");
  const auto loaded = log.load(path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(), path + ":3: a key is not 16 hex digits");
  EXPECT_EQ(log.size(), 2u);
}

TEST_F(KeyLogFile, MissingFile) {
  KeyLog log;
  const auto loaded = log.load(path_.string());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(), path_.string() + ": No such file or directory");
}

TEST_F(KeyLogFile, FolderInsteadOfFile) {
  KeyLog log;
  const auto loaded = log.load(testing::TempDir());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find(testing::TempDir()), std::string::npos);
}

}  // namespace
}  // namespace mps::test
