// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/byte_stream.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "core/capture/mapped_file.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

Bytes numbered(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  return bytes;
}

/// Whatever steps are taken, the window must show the bytes at position().
void expect_shows(ByteStream& stream, const Bytes& whole) {
  std::mt19937 random(7);
  while (stream.position() < whole.size()) {
    const std::size_t wanted = 1 + random() % 3000;
    const auto window = stream.peek(wanted);
    const std::size_t left = whole.size() - stream.position();
    ASSERT_GE(window.size(), wanted <= left ? wanted : 1);
    ASSERT_TRUE(std::equal(window.begin(), window.end(),
                           whole.begin() + static_cast<std::ptrdiff_t>(stream.position())));
    const std::size_t step = std::min<std::size_t>(window.size(), 1 + random() % 2000);
    if (step == 0) break;
    stream.skip(step);
  }
  EXPECT_EQ(stream.position(), whole.size());
  EXPECT_TRUE(stream.peek(1).empty());
  EXPECT_TRUE(stream.error().empty());
}

int open_file(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

/// What is true of regular files however they are read.
enum class Way { copied, mapped };
class RegularFile : public testing::TestWithParam<Way> {
 protected:
  std::unique_ptr<ByteStream> open_by(const std::string& path, std::size_t window) const {
    const int fd = open_file(path);
    if (GetParam() == Way::copied) return std::make_unique<FileStream>(fd, window);
    return MappedFile::open(fd, window);
  }
};
INSTANTIATE_TEST_SUITE_P(, RegularFile, testing::Values(Way::copied, Way::mapped),
                         [](const auto& way) { return way.param == Way::copied ? "copied" : "mapped"; });

TEST_P(RegularFile, IsShownThroughAnyWindow) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(300'000);
  const std::string path = folder.file("data", whole);
  for (const std::size_t window : {1u, 17u, 4096u, 262144u, 1000000u}) {
    const auto stream = open_by(path, window);
    EXPECT_EQ(stream->size(), whole.size());
    EXPECT_TRUE(stream->is_rereadable());
    stream->expect_payload_use(window % 2 == 0);
    expect_shows(*stream, whole);
  }
}

/// Standard input may have been read in part by another program.
TEST_P(RegularFile, BeginsWhereItsDescriptorStands) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(50'000);
  const std::string path = folder.file("data", whole);
  const int fd = open_file(path);
  ASSERT_EQ(lseek(fd, 10'001, SEEK_SET), 10'001);
  const std::unique_ptr<ByteStream> stream = GetParam() == Way::copied
                                                 ? std::make_unique<FileStream>(fd, 4096)
                                                 : std::unique_ptr<ByteStream>(MappedFile::open(fd, 4096));
  EXPECT_EQ(stream->position(), 10'001u);
  expect_shows(*stream, whole);
}

TEST_P(RegularFile, EndsAtOnceWhenInterrupted) {
  const TemporaryFolder folder;
  const auto stream = open_by(folder.file("data", numbered(50'000)), 4096);
  ASSERT_FALSE(stream->peek(1).empty());
  stream->interrupt();
  EXPECT_TRUE(stream->interrupted());
  EXPECT_FALSE(stream->skip_unseen(49'000));
  EXPECT_TRUE(stream->error().empty());
}

TEST_P(RegularFile, ReadsAgainWhatWaitedInAnyOrder) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(600'000);
  const auto stream = open_by(folder.file("data", whole), 4096);
  std::mt19937 random(7);
  std::uint64_t waiting = 0;  // read again from here on, mostly in the order of the file
  const auto read_again = [&](std::uint64_t offset, std::size_t count) {
    Bytes again(count);
    const bool is_there = offset + count <= whole.size();
    ASSERT_EQ(stream->read_at(offset, again), is_there) << offset;
    if (!is_there) return;
    ASSERT_TRUE(std::equal(again.begin(), again.end(), whole.begin() + static_cast<std::ptrdiff_t>(offset)));
  };
  while (!stream->peek(1).empty()) {
    stream->skip(std::min<std::size_t>(stream->peek(1).size(), 1 + random() % 3000));
    const std::size_t count = random() % 5 ? 1 + random() % 1500 : 30'000 + random() % 10'000;
    read_again(waiting, count);
    waiting += random() % 2000;
    if (random() % 20 == 0) read_again(random() % whole.size(), count);
  }
  read_again(whole.size() - 10, 10);
  read_again(whole.size() - 10, 11);
}

Bytes content(int fd) {
  Bytes bytes(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)));
  EXPECT_EQ(pread(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

TEST_P(RegularFile, IsWrittenToAnother) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(200'000);
  const std::string path = folder.file("data", whole);
  const auto stream = open_by(path, 150'000);
  ASSERT_FALSE(stream->peek(100).empty());
  stream->skip(100);
  const int out = open(folder.file("copy").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_TRUE(stream->write_rest(out).has_value());
  EXPECT_EQ(content(out), Bytes(whole.begin() + 100, whole.end()));
  close(out);
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(open_by(path, 4096)->write_rest(full).error(), "No space left on device");
  close(full);
}

TEST(FileStream, ShowsAPipe) {
  const Bytes whole = numbered(500'000);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::thread writer([&] {
    std::size_t done = 0;
    while (done < whole.size()) {
      const ssize_t wrote = write(ends[1], &whole[done], std::min<std::size_t>(whole.size() - done, 777));
      if (wrote <= 0) break;
      done += static_cast<std::size_t>(wrote);
    }
    close(ends[1]);
  });
  FileStream stream(ends[0], 1024);
  EXPECT_FALSE(stream.is_rereadable());
  expect_shows(stream, whole);
  writer.join();
}

TEST(FileStream, AWindowLargerThanTheRingGrowsAndShrinks) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(100'000);
  FileStream stream(open_file(folder.file("data", whole)), 1000);
  ASSERT_GE(stream.peek(50'000).size(), 50'000u);
  EXPECT_TRUE(std::equal(whole.begin(), whole.begin() + 50'000, stream.peek(50'000).begin()));
  stream.skip(49'999);
  const auto window = stream.peek(1000);
  EXPECT_LE(window.size(), 1000u) << "back to the small ring";
  EXPECT_EQ(window[0], whole[49'999]);
}

TEST(FileStream, AsksForMoreThanThereIsCostNoMemory) {
  const TemporaryFolder folder;
  FileStream file(open_file(folder.file("data", text("short"))));
  EXPECT_LE(file.peek(std::size_t{1} << 40).size(), 5u);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "short", 5), 5);
  close(ends[1]);
  FileStream pipe(ends[0]);
  EXPECT_EQ(pipe.peek(std::size_t{1} << 40).size(), 5u);
}

TEST_P(RegularFile, IsReadAsFarAsItIsThereWhileItGrows) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", text("before"));
  const auto stream = open_by(path, 8);
  ASSERT_EQ(stream->peek(6).size(), 6u);
  std::ofstream(path, std::ios::app) << "after";
  EXPECT_EQ(Bytes(stream->peek(11).begin(), stream->peek(11).end()), text("beforeafter"));
}

TEST_P(RegularFile, EndsEarlyWhenItShrinks) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", numbered(1'000'000));
  const auto stream = open_by(path, 4096);
  ASSERT_FALSE(stream->peek(1).empty());
  ASSERT_EQ(truncate(path.c_str(), 10), 0);
  EXPECT_FALSE(stream->skip_unseen(999'999));
  EXPECT_TRUE(stream->peek(1).empty());
  Bytes again(20);
  EXPECT_FALSE(stream->read_at(0, again));
  EXPECT_TRUE(stream->read_at(0, std::span(again).first(10)));
}

TEST_P(RegularFile, SkipsWithoutLooking) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(70'000);
  const auto stream = open_by(folder.file("data", whole), 512);
  ASSERT_TRUE(stream->skip_unseen(69'999));
  EXPECT_EQ(stream->peek(1)[0], whole.back());
  EXPECT_FALSE(stream->skip_unseen(2));
}

/// What is at hand is what stands in the file there, however the ring has turned; and the newest bytes are.
TEST(FileStream, BytesAtHandAreThoseOfTheFile) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(2'000'000);
  const std::string path = folder.file("data", whole);
  for (const std::size_t ring : {std::size_t{5000}, std::size_t{100'000}, 3 * FileStream::most_at_once}) {
    FileStream stream(open_file(path), ring);
    EXPECT_TRUE(stream.at_hand(0, 1).empty()) << "nothing was read";
    std::mt19937 random(11);
    std::size_t found = 0, asked = 0;
    while (stream.position() < whole.size()) {
      const auto window = stream.peek(1 + random() % (ring / 3));
      if (window.empty()) break;
      const std::uint64_t end = stream.position() + window.size();
      EXPECT_EQ(stream.at_hand(stream.position(), window.size()).data(), window.data());
      EXPECT_TRUE(stream.at_hand(end, 1).empty()) << "not read yet";
      EXPECT_TRUE(stream.at_hand(end - 1, 2).empty());
      EXPECT_TRUE(stream.at_hand(~std::uint64_t{0}, 2).empty());
      for (int n = 0; n < 10; ++n) {
        const std::size_t count = 1 + random() % 1500;
        const std::uint64_t back = count + random() % (2 * ring);
        if (back > end) continue;
        ++asked;
        const auto bytes = stream.at_hand(end - back, count);
        if (bytes.empty()) continue;
        ++found;
        ASSERT_EQ(bytes.size(), count);
        ASSERT_TRUE(
            std::equal(bytes.begin(), bytes.end(), whole.begin() + static_cast<std::ptrdiff_t>(end - back)));
      }
      stream.skip(std::min<std::size_t>(window.size(), 1 + random() % (ring / 2)));
    }
    EXPECT_GT(found * 5, asked) << "a ring that remembers nothing";
    EXPECT_LT(found, asked);
  }
}

TEST(FileStream, InterruptEndsTheWaitForAPipe) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  FileStream stream(ends[0]);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stream.interrupt();
  });
  EXPECT_TRUE(stream.peek(1).empty());
  EXPECT_TRUE(stream.interrupted());
  other.join();
  close(ends[1]);
}

TEST(FileStream, ASignalThatDoesNotInterruptDoesNotEndTheWait) {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &nothing, nullptr), 0);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pthread_t reader = pthread_self();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pthread_kill(reader, SIGUSR1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    close(ends[1]);
  });
  FileStream stream(ends[0]);
  EXPECT_EQ(stream.peek(1).size(), 1u);
  other.join();
}

TEST(FileStream, AReadErrorIsNotTheEnd) {
  FileStream stream(open_file("/proc/self/mem"));  // nothing is mapped at 0
  EXPECT_TRUE(stream.peek(1).empty());
  EXPECT_FALSE(stream.error().empty());
}

TEST(MappedFile, BytesAtHandAreThoseOfTheFile) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(200'000);
  const auto stream = MappedFile::open(open_file(folder.file("data", whole)), 8192);
  ASSERT_TRUE(stream);
  EXPECT_TRUE(stream->at_hand(0, 1).empty()) << "nothing was mapped";
  std::mt19937 random(11);
  std::size_t found = 0, asked = 0;
  while (!stream->peek(1).empty()) {
    const std::uint64_t end = stream->position() + stream->peek(1).size();
    EXPECT_TRUE(stream->at_hand(end, 1).empty()) << "not mapped yet";
    EXPECT_TRUE(stream->at_hand(end - 1, 2).empty());
    EXPECT_TRUE(stream->at_hand(~std::uint64_t{0}, 2).empty());
    for (int n = 0; n < 10; ++n) {
      const std::uint64_t back = 1 + random() % std::min<std::uint64_t>(end, 20'000);
      const auto bytes = stream->at_hand(end - back, 1 + random() % back);
      ASSERT_TRUE(
          std::equal(bytes.begin(), bytes.end(), whole.begin() + static_cast<std::ptrdiff_t>(end - back)));
      found += !bytes.empty();
      ++asked;
    }
    stream->skip(std::min<std::size_t>(stream->peek(1).size(), 1 + random() % 3000));
  }
  EXPECT_GT(found * 4, asked);
  EXPECT_LT(found, asked);
}

constexpr const char* loss =
    "became shorter or unreadable while it was read: zeros were taken for what is missing";

/// Bytes that are gone are zeros at that moment, and nothing is shown after them.
TEST(MappedFile, TellsThatTheFileShrankUnderTheReadersEyes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", numbered(500'000));
  const auto stream = MappedFile::open(open_file(path), 1 << 20);
  ASSERT_TRUE(stream);
  const auto window = stream->peek(500'000);
  ASSERT_EQ(window.size(), 500'000u);
  EXPECT_EQ(stream->loss(), "");
  ASSERT_EQ(truncate(path.c_str(), 10'000), 0);
  EXPECT_EQ(window[9'999], numbered(10'000)[9'999]) << "still there";
  EXPECT_EQ(window[250'000], 0);
  EXPECT_EQ(window[499'999], 0);
  EXPECT_TRUE(stream->at_hand(250'000, 10).empty());
  EXPECT_TRUE(stream->peek(1).empty());
  EXPECT_EQ(stream->error(), loss);
}

/// The kernel fills the rest of the last page with zeros, and no fault tells.
TEST(MappedFile, TellsThatTheFileShrankWithinAPage) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", numbered(10'000));
  const auto stream = MappedFile::open(open_file(path));
  ASSERT_TRUE(stream);
  ASSERT_EQ(stream->peek(1).size(), 10'000u);
  ASSERT_EQ(truncate(path.c_str(), 9'900), 0);
  EXPECT_EQ(stream->loss(), loss);
  EXPECT_FALSE(stream->skip_unseen(10'001));
  EXPECT_EQ(stream->error(), loss);
}

TEST(MappedFile, TellsOfALossAfterTheEnd) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", numbered(10'000));
  const auto stream = MappedFile::open(open_file(path));
  ASSERT_TRUE(stream);
  ASSERT_FALSE(stream->peek(1).empty());
  ASSERT_TRUE(stream->skip_unseen(10'000));
  EXPECT_TRUE(stream->peek(1).empty());
  EXPECT_EQ(stream->error(), "");
  ASSERT_EQ(truncate(path.c_str(), 10), 0);
  EXPECT_EQ(stream->loss(), loss);
}

TEST(MappedFile, ADescriptorWithoutPlaceForWindowsStaysTheCallers) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data", numbered(10));
  std::vector<std::unique_ptr<MappedFile>> files;
  for (std::size_t i = 0; i < GuardedWindow::most_windows / 2; ++i) {
    files.push_back(MappedFile::open(open_file(path)));
    ASSERT_TRUE(files.back()) << i;
    ASSERT_EQ(files.back()->peek(10).size(), 10u) << i;
  }
  const int fd = open_file(path);
  EXPECT_FALSE(MappedFile::open(fd));
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC) << "not closed";
  files.pop_back();
  EXPECT_TRUE(MappedFile::open(fd));
  EXPECT_EQ(fcntl(fd, F_GETFD), -1) << "closed with its owner";
}

/// write() from where nothing is any more would fail, and tell of a bad address.
TEST(MappedFile, WhatShrankIsWrittenAsZerosAndTold) {
  const TemporaryFolder folder;
  const Bytes whole = numbered(300'000);
  const std::string path = folder.file("data", whole);
  const auto stream = MappedFile::open(open_file(path));
  ASSERT_TRUE(stream);
  ASSERT_EQ(stream->peek(1).size(), whole.size());
  ASSERT_EQ(truncate(path.c_str(), 100'000), 0);
  const int out = open(folder.file("copy").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(stream->write_rest(out).error(), loss);
  const Bytes written = content(out);
  close(out);
  ASSERT_GT(written.size(), 100'000u);
  EXPECT_TRUE(std::equal(whole.begin(), whole.begin() + 100'000, written.begin()));
  EXPECT_EQ(Bytes(written.begin() + 100'000, written.end()), Bytes(written.size() - 100'000));
}

/// Half a megabyte more, and then no further mapping.
class ScarceAddressSpace {
 public:
  ScarceAddressSpace() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit scarce = before_;
    scarce.rlim_cur = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + (512 << 10);
    EXPECT_EQ(setrlimit(RLIMIT_AS, &scarce), 0);
  }
  ~ScarceAddressSpace() { setrlimit(RLIMIT_AS, &before_); }
  ScarceAddressSpace(const ScarceAddressSpace&) = delete;
  ScarceAddressSpace& operator=(const ScarceAddressSpace&) = delete;

 private:
  rlimit before_{};
};

TEST(MappedFile, CopiesWhatItCannotMap) {
  const TemporaryFolder folder;
  constexpr std::size_t window = 1 << 20;
  const Bytes whole = numbered(3 * window);
  const auto stream = MappedFile::open(open_file(folder.file("data", whole)), window);
  ASSERT_TRUE(stream);
  ASSERT_EQ(stream->peek(1).size(), window);
  {
    const ScarceAddressSpace scarce;
    stream->skip(window - 100);
    for (int step = 0; step < 200; ++step) {
      const auto shown = stream->peek(5'000);
      ASSERT_GE(shown.size(), 5'000u) << step;
      ASSERT_TRUE(std::equal(shown.begin(), shown.end(),
                             whole.begin() + static_cast<std::ptrdiff_t>(stream->position())));
      EXPECT_TRUE(stream->at_hand(stream->position() + 1'000, 100).empty()) << "mapped nevertheless";
      stream->skip(4'999);
    }
    EXPECT_FALSE(stream->at_hand(0, 100).empty()) << "the window before";
  }
  expect_shows(*stream, whole);
  EXPECT_FALSE(stream->at_hand(whole.size() - 100, 100).empty()) << "mapped again";
  EXPECT_EQ(stream->loss(), "");
}

/// What cannot be tried, does not pay: a file shorter than what the trial takes.
TEST(MappedFile, DoesNotPayWhereTheTrialFindsTooLittle) {
  const TemporaryFolder folder;
  const int fd = open_file(folder.file("data", numbered(1'000'000)));
  EXPECT_FALSE(MappedFile::pays(fd, 1'000'000));
  close(fd);
}

TEST(MemoryStream, ShowsItsBytes) {
  const Bytes whole = numbered(50'000);
  MemoryStream stream(whole);
  expect_shows(stream, whole);
  Bytes again(10);
  EXPECT_TRUE(stream.read_at(49'990, again));
  EXPECT_FALSE(stream.read_at(49'991, again));
  EXPECT_FALSE(stream.read_at(~std::uint64_t{0}, again));
}

}  // namespace
}  // namespace mps
