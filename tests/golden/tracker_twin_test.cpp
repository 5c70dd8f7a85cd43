// SPDX-License-Identifier: GPL-2.0-or-later
// The tracker against its slow twin on every bundled capture, whole and damaged: one path alone, frames lost,
// frames out of order, payloads cut by a snaplen. Both must find the same bytes and the same holes.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/capture/open_capture.h"
#include "core/mptcp/tracker.h"
#include "core/packet/dissect.h"
#include "tests/support/dss_oracle.h"
#include "tests/support/manifest.h"

namespace {

using Bytes = std::vector<std::uint8_t>;
using mps::manifest::Capture;

struct Frame {
  std::uint32_t path = 0;
  mps::LinkType link = 0;
  std::uint32_t length_on_wire = 0;
  Bytes bytes;
};
using Frames = std::vector<Frame>;

struct Listener final : mps::TrackerListener {
  void on_stream(mps::Connection& connection, mps::Direction direction, std::uint64_t offset,
                 std::span<const std::uint8_t> wire, const mps::Extent&) override {
    Bytes& stream = streams[{connection.id, direction}];
    EXPECT_EQ(offset, stream.size());
    stream.insert(stream.end(), wire.begin(), wire.end());
  }
  std::map<std::pair<std::uint32_t, mps::Direction>, Bytes> streams;
};

/// What the tracker makes of one direction: bytes from the start on, and everything it misses.
void expect_same(const mps::DataStream& stream, const Bytes& contiguous, const mps::oracle::Stream& twin) {
  std::vector<mps::oracle::Range> gaps;
  for (const mps::StreamRange& gap : stream.gaps()) gaps.emplace_back(gap.from, gap.to);
  EXPECT_EQ(gaps, twin.missing());
  EXPECT_EQ(stream.counters().captured, twin.bytes.size());
  EXPECT_EQ(stream.length(), twin.fin);
  Bytes expected;
  for (const auto& [position, byte] : twin.bytes) {
    if (position != expected.size()) break;
    expected.push_back(byte.value);
  }
  EXPECT_TRUE(contiguous == expected) << contiguous.size() << " bytes instead of " << expected.size();
}

enum class Keys { of_the_handshake, of_a_log };

void expect_twins_agree(const Frames& frames, const Capture& capture, Keys known = Keys::of_the_handshake) {
  mps::KeyLog keys;
  if (known == Keys::of_a_log) keys.add(capture.keys);
  Listener listener;
  mps::MptcpTracker tracker({}, nullptr, &keys, &listener);
  mps::oracle::DssOracle oracle;
  std::uint64_t number = 0;
  for (const Frame& frame : frames) {
    oracle.add_frame(frame.path, frame.link, frame.bytes);
    mps::SegmentView segment;
    const auto status = mps::dissect_frame(frame.link, frame.bytes, frame.length_on_wire, segment);
    ASSERT_EQ(status, mps::DissectStatus::segment);
    segment.frame = ++number;
    segment.path = frame.path;
    tracker.on_segment(segment);
  }
  tracker.finish();

  const auto twins = oracle.connections({capture.keys});
  ASSERT_EQ(twins.size(), 1u);
  std::vector<const mps::Connection*> found;
  for (const auto& connection : tracker.connections())
    if (!connection->merged) found.push_back(connection.get());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front()->subflows.size(), twins.front().subflows.size());
  for (const mps::Direction d : mps::both_directions) {
    SCOPED_TRACE(mps::short_name(d));
    expect_same(found.front()->stream(d), listener.streams[{found.front()->id, d}],
                d == mps::Direction::initiator_to_listener ? twins.front().c2s : twins.front().s2c);
  }
}

class TrackerTwinTest : public testing::TestWithParam<Capture> {
 protected:
  void SetUp() override {
    auto source = mps::open_capture(MPS_SOURCE_DIR "/captures/" + GetParam().files.front().name);
    ASSERT_TRUE(source);
    mps::Packet packet;
    while ((*source)->next(packet))
      frames_.push_back(
          {packet.path, packet.link, packet.length_on_wire, Bytes(packet.bytes.begin(), packet.bytes.end())});
    paths_ = static_cast<std::uint32_t>((*source)->paths().size());
  }
  Frames frames_;
  std::uint32_t paths_ = 0;
};

/// Frames that carry data: without them every handshake is still complete.
bool carries_data(const Frame& frame) {
  return frame.length_on_wire > 200;
}

bool is_syn(const Frame& frame) {
  mps::SegmentView segment;
  mps::dissect_frame(frame.link, frame.bytes, frame.length_on_wire, segment);
  return (segment.flags & mps::tcp_syn) != 0;
}

TEST_P(TrackerTwinTest, Whole) {
  expect_twins_agree(frames_, GetParam());
}

TEST_P(TrackerTwinTest, OnePathAlone) {
  for (std::uint32_t path = 0; path < paths_; ++path) {
    SCOPED_TRACE(path);
    Frames some;
    std::ranges::copy_if(frames_, std::back_inserter(some), [&](const Frame& f) { return f.path == path; });
    expect_twins_agree(some, GetParam(), Keys::of_a_log);
  }
}

TEST_P(TrackerTwinTest, LostFrames) {
  std::size_t lost = 0;
  for (const unsigned seed : {1u, 2u}) {
    SCOPED_TRACE(seed);
    std::mt19937 dice(seed);
    Frames some;
    std::ranges::copy_if(frames_, std::back_inserter(some),
                         [&](const Frame& f) { return !carries_data(f) || dice() % 8 != 0; });
    lost += frames_.size() - some.size();
    expect_twins_agree(some, GetParam());
  }
  EXPECT_GT(lost, 0u);
}

/// Everything but the SYNs, which stay in front: what comes before any handshake has no connection to belong
/// to.
TEST_P(TrackerTwinTest, OutOfOrder) {
  const auto rest = std::stable_partition(frames_.begin(), frames_.end(), is_syn);
  for (const unsigned seed : {1u, 2u}) {
    SCOPED_TRACE(seed);
    std::mt19937 dice(seed);
    std::shuffle(rest, frames_.end(), dice);
    expect_twins_agree(frames_, GetParam());
  }
}

TEST_P(TrackerTwinTest, CutBySnaplen) {
  for (Frame& frame : frames_)
    if (frame.bytes.size() > 400) frame.bytes.resize(400);
  expect_twins_agree(frames_, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Bundled, TrackerTwinTest,
                         testing::ValuesIn(mps::manifest::load(MPS_SOURCE_DIR "/captures").captures),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
