// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/follow.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "core/capture/guarded_window.h"

namespace mps {
namespace {

/// The bytes of a stream that is not scrambled are those of the capture, where they are. write() from where
/// nothing is any more would fail, and tell of a bad address.
TEST(Follow, RawBytesThatAreGoneFromAMappedCaptureAreZeros) {
  constexpr std::size_t size = 64 * 1024;
  const int fd = memfd_create("capture", MFD_CLOEXEC);
  const std::vector<std::uint8_t> bytes(size, 7);
  ASSERT_EQ(write(fd, bytes.data(), size), static_cast<ssize_t>(size));
  std::atomic<bool> lost{false};
  GuardedWindow window(lost);
  ASSERT_TRUE(window.map(fd, 0, size));
  ASSERT_EQ(ftruncate(fd, size / 2), 0);
  std::FILE* const out = std::tmpfile();
  Follower follower(FollowForm::raw, out);
  follower.on_recovered(Connection{}, Direction::initiator_to_listener, 0, window.bytes());
  const auto finished = follower.finish(ConnectionReport{}, {});
  EXPECT_TRUE(finished.has_value()) << finished.error();
  std::vector<std::uint8_t> written(size + 1);
  std::rewind(out);
  written.resize(std::fread(written.data(), 1, written.size(), out));
  std::fclose(out);
  close(fd);
  std::vector<std::uint8_t> expected = bytes;
  std::fill(expected.begin() + size / 2, expected.end(), 0);
  EXPECT_EQ(written, expected);
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace mps
