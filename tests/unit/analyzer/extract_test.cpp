// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/extract.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace mps {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

struct Folder {
  std::string path = testing::TempDir() + "mps_extract_" + std::to_string(::getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
};

Bytes content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t open_files() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

/// Connections whose numbers, as people see them, are not their ids; both streams of each end at `end`.
SessionReport report_of(std::uint32_t connections, std::uint64_t end) {
  SessionReport report;
  for (std::uint32_t n = 0; n < connections; ++n) {
    ConnectionReport& c = report.connections.emplace_back();
    c.number = n;
    c.id = 3 * n + 1;
    for (const Direction d : both_directions) {
      c.streams[index(d)].direction = d;
      c.streams[index(d)].end_seen = end;
    }
  }
  return report;
}

std::uint8_t byte_of(std::size_t stream, std::size_t at) {
  return static_cast<std::uint8_t>(stream * 37 + at * 101 + (at >> 8) * 59 + 1);
}

/// More streams at a time than files may be open, and each file is opened again and again: its pieces are
/// more than is held back, or leave a hole, which ends what is held back.
TEST(Extract, KeepsStreamsApartThatTakeTurns) {
  constexpr std::uint32_t connections = 130;
  constexpr std::size_t streams = 2 * connections, piece = 70000, end = 5 * piece, hole = piece - 100;
  const auto has_holes = [](std::size_t stream) { return stream % 4 != 0; };
  const Folder folder;
  const std::size_t before = open_files();
  {
    auto extractor = Extractor::create(folder.path);
    ASSERT_TRUE(extractor) << extractor.error();
    std::size_t most = 0;
    Bytes bytes;
    for (std::size_t from = 0; from < end; from += piece)
      for (std::size_t turn = 0; turn < streams; ++turn) {
        const std::size_t stream = turn * 77 % streams;  // not in the order of their names
        Connection connection;
        connection.id = 3 * static_cast<std::uint32_t>(stream / 2) + 1;
        bytes.resize(has_holes(stream) ? piece - hole : piece);
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte_of(stream, from + i);
        extractor->on_recovered(connection, both_directions[stream % 2], from, bytes);
        most = std::max(most, open_files() - before);
      }
    EXPECT_EQ(most, 128u);
    std::vector<std::string> notes;
    const auto finished = extractor->finish(report_of(connections, end), notes);
    ASSERT_TRUE(finished) << finished.error();
    EXPECT_EQ(notes.size(), streams * 3 / 4);
    EXPECT_EQ(notes[0], "conn0.s2c.bin: 349500 bytes in 5 holes are not recovered, see conn0.s2c.gaps.json");
  }
  EXPECT_EQ(open_files(), before);
  EXPECT_EQ(folder.names().size(), streams + streams * 3 / 4);
  for (std::size_t stream = 0; stream < streams; ++stream) {
    const std::string name = "conn" + std::to_string(stream / 2) + (stream % 2 ? ".s2c.bin" : ".c2s.bin");
    const Bytes found = content_of(folder.path + "/" + name);
    ASSERT_EQ(found.size(), has_holes(stream) ? end - hole : end) << name;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
      wrong += found[i] != (has_holes(stream) && i % piece >= piece - hole ? 0 : byte_of(stream, i));
    EXPECT_EQ(wrong, 0u) << name;
  }
}

TEST(Extract, BoundsWhatIsNotWrittenYet) {
  constexpr std::uint32_t connections = 300;
  constexpr std::size_t piece = 50000, end = 3 * piece;
  const Folder folder;
  auto extractor = Extractor::create(folder.path);
  ASSERT_TRUE(extractor) << extractor.error();
  std::size_t most = 0;
  Bytes bytes(piece);
  for (std::size_t from = 0; from < end; from += piece)
    for (std::uint32_t n = 0; n < connections; ++n) {
      Connection connection;
      connection.id = 3 * n + 1;
      for (std::size_t i = 0; i < piece; ++i) bytes[i] = byte_of(n, from + i);
      extractor->on_recovered(connection, Direction::initiator_to_listener, from, bytes);
      most = std::max(most, extractor->buffered());
    }
  EXPECT_LE(most, Extractor::max_buffered);
  EXPECT_GT(most, Extractor::max_buffered / 2);
  std::vector<std::string> notes;
  ASSERT_TRUE(extractor->finish(report_of(connections, end), notes));
  for (std::uint32_t n = 0; n < connections; ++n) {
    const Bytes found = content_of(folder.path + "/conn" + std::to_string(n) + ".c2s.bin");
    ASSERT_EQ(found.size(), end);
    for (std::size_t i = 0; i < end; ++i) ASSERT_EQ(found[i], byte_of(n, i)) << n << " at " << i;
  }
}

TEST(Extract, LeavesNothingBehindWhereANameIsTaken) {
  const Folder folder;
  fs::create_directory(folder.path + "/conn0.s2c.bin");
  {
    auto extractor = Extractor::create(folder.path);
    ASSERT_TRUE(extractor) << extractor.error();
    Connection connection;
    connection.id = 1;
    for (const Direction d : both_directions) extractor->on_recovered(connection, d, 0, Bytes(10, 'x'));
    std::vector<std::string> notes;
    const auto finished = extractor->finish(report_of(1, 10), notes);
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error(), folder.path + "/conn0.s2c.bin: Is a directory");
  }
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"conn0.c2s.bin", "conn0.s2c.bin"}));
}

}  // namespace
}  // namespace mps
