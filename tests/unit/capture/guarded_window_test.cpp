// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/guarded_window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

class GuardedWindowTest : public testing::Test {
 protected:
  GuardedWindowTest()
      : path_(folder_.file("data", Bytes(4 * page, 7))), fd_(open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~GuardedWindowTest() override { close(fd_); }

  TemporaryFolder folder_;
  std::string path_;
  int fd_;
};

TEST_F(GuardedWindowTest, ShowsThePartAskedForAndThenAnother) {
  std::atomic<bool> lost{false};
  GuardedWindow window(lost);
  EXPECT_TRUE(window.bytes().empty());
  ASSERT_TRUE(window.map(fd_, page, 2 * page));
  EXPECT_EQ(window.bytes().size(), 2 * page);
  ASSERT_TRUE(window.map(fd_, 0, 10));
  EXPECT_EQ(Bytes(window.bytes().begin(), window.bytes().end()), Bytes(10, 7));
  EXPECT_FALSE(window.map(-1, 0, 10));
  EXPECT_TRUE(window.bytes().empty());
  EXPECT_FALSE(lost);
}

TEST_F(GuardedWindowTest, OnlyTheWindowOfTheFileThatShrankHasLostBytes) {
  std::atomic<bool> lost{false}, other_lost{false};
  GuardedWindow window(lost), other(other_lost);
  const std::string other_path = folder_.file("other", Bytes(page, 9));
  const int other_fd = open(other_path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_TRUE(window.map(fd_, 0, 4 * page));
  ASSERT_TRUE(other.map(other_fd, 0, page));
  ASSERT_EQ(truncate(path_.c_str(), page), 0);
  EXPECT_EQ(window.bytes()[page - 1], 7);
  EXPECT_FALSE(lost);
  EXPECT_EQ(window.bytes()[3 * page], 0);
  EXPECT_TRUE(lost);
  EXPECT_EQ(window.bytes()[page - 1], 7) << "before the page touched everything is as it was";
  EXPECT_EQ(other.bytes()[0], 9);
  EXPECT_FALSE(other_lost);
  close(other_fd);
}

/// Touches a page behind the end of a file that no window of ours maps.
void touch_what_is_not_there(int fd) {
  const auto* const foreign =
      static_cast<const volatile std::uint8_t*>(mmap(nullptr, 16 * page, PROT_READ, MAP_PRIVATE, fd, 0));
  static_cast<void>(foreign[10 * page]);
}

TEST_F(GuardedWindowTest, AFaultElsewhereGoesWhereItWentBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto with_handler_before = [&] {
    signal(SIGBUS, [](int) { _exit(42); });
    std::atomic<bool> lost{false};
    const GuardedWindow window(lost);
    touch_what_is_not_there(fd_);
  };
  EXPECT_EXIT(with_handler_before(), testing::ExitedWithCode(42), "");
  const auto without = [&] {
    signal(SIGBUS, SIG_DFL);
    std::atomic<bool> lost{false};
    const GuardedWindow window(lost);
    touch_what_is_not_there(fd_);
  };
  EXPECT_EXIT(without(), testing::KilledBySignal(SIGBUS), "");
}

/// Windows move in one thread while faults are mended in another: zeros stand in the own window alone.
TEST_F(GuardedWindowTest, ThreadsDoNotMeetEachOthersWindows) {
  const auto shrink_and_look = [&](const std::string& name, std::uint8_t value) {
    for (int round = 0; round < 300; ++round) {
      const std::string path = folder_.file(name, Bytes(8 * page, value));
      const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      std::atomic<bool> lost{false};
      GuardedWindow window(lost);
      for (std::size_t length = 1; length <= 8; ++length)
        ASSERT_TRUE(window.map(fd, 0, (8 - length % 3) * page));
      EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(page)), 0);
      EXPECT_EQ(window.bytes()[4 * page], 0);
      EXPECT_EQ(window.bytes()[page - 1], value);
      EXPECT_TRUE(lost);
      close(fd);
    }
  };
  const auto only_look = [&](const std::string& name, std::uint8_t value) {
    const std::string path = folder_.file(name, Bytes(8 * page, value));
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::atomic<bool> lost{false};
    GuardedWindow window(lost);
    for (std::size_t round = 0; round < 5000; ++round) {
      ASSERT_TRUE(window.map(fd, round % 4 * page, (1 + round % 4) * page));
      const auto bytes = window.bytes();
      EXPECT_EQ(bytes.front(), value);
      EXPECT_EQ(bytes.back(), value);
    }
    EXPECT_FALSE(lost);
    close(fd);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(shrink_and_look, "first", 1);
  threads.emplace_back(shrink_and_look, "second", 2);
  threads.emplace_back(only_look, "third", 3);
  threads.emplace_back(only_look, "fourth", 4);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(GuardedWindowTest, ASignalThatSomebodySendsIsNoFault) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto sent = [](void (*before)(int)) {
    signal(SIGBUS, before);
    std::atomic<bool> lost{false};
    const GuardedWindow window(lost);
    kill(getpid(), SIGBUS);
    _exit(43);
  };
  EXPECT_EXIT(sent(SIG_DFL), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(sent(SIG_IGN), testing::ExitedWithCode(43), "");
  EXPECT_EXIT(sent([](int) { _exit(42); }), testing::ExitedWithCode(42), "");
}

TEST_F(GuardedWindowTest, APlaceIsFreeAgainWhenItsWindowIsGone) {
  std::atomic<bool> lost{false};
  std::vector<std::unique_ptr<GuardedWindow>> windows;
  for (std::size_t i = 0; i < GuardedWindow::most_windows; ++i) {
    windows.push_back(std::make_unique<GuardedWindow>(lost));
    ASSERT_TRUE(windows.back()->has_place()) << i;
  }
  GuardedWindow one_more(lost);
  EXPECT_FALSE(one_more.has_place());
  EXPECT_FALSE(one_more.map(fd_, 0, page));
  windows.pop_back();
  EXPECT_TRUE(GuardedWindow(lost).has_place());
}

}  // namespace
}  // namespace mps
