// SPDX-License-Identifier: GPL-2.0-or-later
// A session over every bundled capture, against MANIFEST.json: merged files and path files in every order
// give each stream with the SHA-256 of its plaintext; one path alone, and a capture cut by a snaplen, give
// exactly the gaps that are there and not one wrong byte.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/capture/open_capture.h"
#include "core/session/session.h"
#include "tests/support/manifest.h"

namespace {

using mps::manifest::Capture;
using Bytes = std::vector<std::uint8_t>;

const mps::manifest::Manifest& bundled() {
  static const auto manifest = mps::manifest::load(MPS_SOURCE_DIR "/captures");
  return manifest;
}

/// Compares every byte that it is given with the truth, and that each comes once and in order.
class Judge final : public mps::RecoverySink {
 public:
  Judge(const Capture& capture, std::array<std::uint64_t, 2> base) : capture_(capture), base_(base) {}
  void on_recovered(const mps::Connection&, mps::Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override {
    const auto d = mps::index(direction);
    const Bytes& truth = capture_.streams[d].plaintext;
    EXPECT_GE(offset, next_[d]) << "not in ascending order";
    next_[d] = offset + bytes.size();
    recovered[d] += bytes.size();
    const std::uint64_t from = base_[d] + offset;
    ASSERT_LE(from + bytes.size(), truth.size());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), truth.begin() + static_cast<std::ptrdiff_t>(from)))
        << mps::short_name(direction) << " wrong bytes in " << from << ".." << from + bytes.size();
  }
  std::array<std::uint64_t, 2> recovered{};

 private:
  const Capture& capture_;
  std::array<std::uint64_t, 2> base_;
  std::array<std::uint64_t, 2> next_{};
};

mps::SessionOptions options_for(const Capture& capture) {
  mps::SessionOptions options;
  options.tracker.scrambled = capture.rule == "assume"  ? mps::ScrambleRule::assume
                              : capture.rule == "never" ? mps::ScrambleRule::never
                                                        : mps::ScrambleRule::flag;
  options.tracker.flags.set(capture.scheme, capture.flag_bit);
  options.initial_register.init = capture.init;
  options.initial_register.order = capture.order;
  return options;
}

mps::SessionReport analyse(const Capture& capture, const std::vector<mps::CaptureInput>& inputs,
                           const mps::KeyLog* keys, Judge& judge) {
  auto source = mps::open_captures(inputs);
  if (!source) {
    ADD_FAILURE() << source.error().front().message();
    return {};
  }
  mps::Session session(**source, options_for(capture), keys, &judge);
  while (session.step(1000)) {
  }
  return session.finish();
}

std::string path_of(const std::string& file) {
  return bundled().folder + "/" + file;
}

void expect_complete(const Capture& capture, const std::vector<mps::CaptureInput>& inputs) {
  Judge judge(capture, {});
  const auto report = analyse(capture, inputs, nullptr, judge);
  ASSERT_EQ(report.connections.size(), 1u);
  const auto& connection = report.connections.front();
  EXPECT_TRUE(report.errors.empty());
  EXPECT_EQ(connection.version, capture.mptcp_version);
  EXPECT_EQ(connection.subflows.size(), capture.subflows.size());
  for (std::size_t d = 0; d < 2; ++d) {
    const auto& stream = connection.streams[d];
    EXPECT_EQ(stream.state, mps::StreamState::complete);
    EXPECT_EQ(stream.length, capture.streams[d].bytes);
    EXPECT_EQ(stream.sha256, capture.streams[d].sha256);
    EXPECT_EQ(stream.gap_count, 0u);
    EXPECT_EQ(stream.counters.differing, 0u);
    EXPECT_EQ(judge.recovered[d], capture.streams[d].bytes);
  }
}

/// A stream's gaps have to be what the manifest says is missing, as far as the capture can tell: between the
/// byte that offsets count from and the last one that the capture knows of.
void expect_gaps(const mps::StreamReport& stream, const mps::manifest::Expected& expected,
                 std::uint64_t base) {
  EXPECT_EQ(stream.captured, expected.seen);
  std::vector<mps::manifest::Range> wanted;
  const std::uint64_t end = base + std::max(stream.end_seen, stream.length.value_or(0));
  for (const auto& [from, to] : expected.missing)
    if (to > base && from < end) wanted.emplace_back(std::max(from, base), std::min(to, end));
  std::vector<mps::manifest::Range> found;
  for (const auto& gap : stream.gaps) found.emplace_back(base + gap.range.from, base + gap.range.to);
  EXPECT_EQ(found, wanted);
}

class RecoveryTest : public testing::TestWithParam<Capture> {};
/// Captures that were also kept path by path.
class PathFilesTest : public testing::TestWithParam<Capture> {};

TEST_P(RecoveryTest, MergedCaptureGivesTheStreams) {
  expect_complete(GetParam(), {{path_of(GetParam().files.front().name), mps::Trust::unknown}});
}

TEST_P(PathFilesTest, InEveryOrderGiveTheStreams) {
  const Capture& capture = GetParam();
  std::vector<std::string> names;
  for (const auto& file : capture.files)
    if (!file.path.empty()) names.push_back(path_of(file.name));
  std::sort(names.begin(), names.end());
  do {
    std::vector<mps::CaptureInput> inputs;
    for (const auto& name : names) inputs.push_back({name, mps::Trust::unknown});
    SCOPED_TRACE("first " + names.front());
    expect_complete(capture, inputs);
  } while (std::next_permutation(names.begin(), names.end()));
}

void expect_one_path(const Capture& capture, const mps::manifest::File& file, const mps::KeyLog* keys) {
  SCOPED_TRACE(file.name + (keys ? " with keys" : " alone"));
  const auto& expected = capture.expected.at(file.path);
  const bool has_head = file.path == capture.head_path;
  std::array<std::uint64_t, 2> base{};
  if (!has_head && !keys)  // offsets count from the first byte captured
    for (std::size_t d = 0; d < 2; ++d) base[d] = expected[d].missing.front().second;
  Judge judge(capture, base);
  const auto report = analyse(capture, {{path_of(file.name), mps::Trust::unknown}}, keys, judge);
  ASSERT_EQ(report.connections.size(), 1u);
  for (std::size_t d = 0; d < 2; ++d) {
    const auto& stream = report.connections.front().streams[d];
    if (expected[d].seen == 0) {
      EXPECT_EQ(judge.recovered[d], 0u);
      continue;
    }
    EXPECT_EQ(stream.start_known, has_head || keys);
    if (stream.start_known) base[d] = 0;
    expect_gaps(stream, expected[d], base[d]);
    EXPECT_EQ(stream.recovered, judge.recovered[d]);
    // All gaps of these captures are wider than the window of 64 bytes: exact decoding ends at the first one.
    // H1 alone goes on behind it; that it is H1, only the path with the handshake tells.
    const std::uint64_t until_gap =
        expected[d].missing.empty() ? capture.streams[d].bytes : expected[d].missing.front().first;
    const bool seekable = capture.scheme == mps::Scheme::h1 && has_head;
    EXPECT_EQ(judge.recovered[d], seekable ? expected[d].seen : has_head ? until_gap : 0u);
    EXPECT_EQ(stream.checks_failed, 0u);
  }
}

TEST_P(PathFilesTest, OneGivesExactGapsAndNoWrongByte) {
  const Capture& capture = GetParam();
  mps::KeyLog keys;
  ASSERT_TRUE(keys.load(path_of("keys.log")));
  for (const auto& file : capture.files) {
    if (file.path.empty()) continue;
    expect_one_path(capture, file, nullptr);
    expect_one_path(capture, file, &keys);
  }
}

/// editcap -s LENGTH; false if there is no editcap here.
bool cut(const std::string& from, const std::string& to, const char* length) {
  const pid_t child = fork();
  if (child == 0) {
    execlp("editcap", "editcap", "-s", length, from.c_str(), to.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_P(RecoveryTest, SnaplenCutsAreGapsNeverZeros) {
  const Capture& capture = GetParam();
  const std::string made =
      testing::TempDir() + "mps_snaplen_" + capture.name + std::to_string(getpid()) + ".pcapng";
  for (const char* length : {"120", "600", "1400"}) {
    SCOPED_TRACE(length);
    if (!cut(path_of(capture.files.front().name), made, length)) FAIL() << "editcap is not installed";
    Judge judge(capture, {});
    const auto report = analyse(capture, {{made, mps::Trust::unknown}}, nullptr, judge);
    std::filesystem::remove(made);
    ASSERT_EQ(report.connections.size(), 1u);
    for (std::size_t d = 0; d < 2; ++d) {
      const auto& stream = report.connections.front().streams[d];
      EXPECT_TRUE(stream.start_known);
      EXPECT_EQ(stream.length, capture.streams[d].bytes);
      EXPECT_EQ(stream.captured + stream.gap_bytes, capture.streams[d].bytes);
      EXPECT_EQ(stream.recovered, judge.recovered[d]);
      EXPECT_EQ(stream.state == mps::StreamState::complete, stream.gap_bytes == 0);
      EXPECT_EQ(stream.checks_failed, 0u);
    }
  }
}

std::string name_of(const testing::TestParamInfo<Capture>& instance) {
  return instance.param.name;
}

std::vector<Capture> captures_with_path_files() {
  std::vector<Capture> found;
  std::ranges::copy_if(bundled().captures, std::back_inserter(found), [](const Capture& capture) {
    return std::ranges::any_of(capture.files, [](const auto& file) { return !file.path.empty(); });
  });
  return found;
}

INSTANTIATE_TEST_SUITE_P(Bundled, RecoveryTest, testing::ValuesIn(bundled().captures), name_of);
INSTANTIATE_TEST_SUITE_P(Bundled, PathFilesTest, testing::ValuesIn(captures_with_path_files()), name_of);

}  // namespace
