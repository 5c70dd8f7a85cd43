// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/recovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/capture/open_capture.h"
#include "core/packet/dissect.h"
#include "plugin/story.h"
#include "tests/support/segment_program.h"

namespace mps::plugin {
namespace {

const std::filesystem::path captures = std::filesystem::path(MPS_SOURCE_DIR) / "captures";

/// A segment with bytes of its own, as later visits see it.
struct Kept {
  SegmentView view;
  std::vector<std::uint8_t> options, payload;
};

std::vector<Kept> segments_of(const std::string& file) {
  std::vector<Kept> kept;
  const auto source = open_capture((captures / file).string());
  if (!source) return kept;
  Packet packet;
  while ((*source)->next(packet)) {
    Kept segment;
    if (dissect_frame(packet.link, packet.bytes, packet.length_on_wire, segment.view) !=
        DissectStatus::segment)
      continue;
    segment.view.frame = packet.number;
    segment.view.locator = no_locator;
    segment.options.assign(segment.view.options.begin(), segment.view.options.end());
    segment.payload.assign(segment.view.payload.begin(), segment.view.payload.end());
    kept.push_back(std::move(segment));
  }
  for (Kept& segment : kept) {
    segment.view.options = segment.options;
    segment.view.payload = segment.payload;
  }
  return kept;
}

nlohmann::json truth_of(const std::string& name) {
  std::ifstream file(captures / "MANIFEST.json");
  if (!file) return {};
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& capture : manifest.at("captures"))
    if (capture.at("name") == name) return capture;
  return {};
}

std::uint32_t print_of(const SegmentView& view) {
  return Recovery::fingerprint(view.source.port, view.destination.port, view.seq, view.payload_on_wire);
}

/// Both streams as later visits give them back.
std::array<std::vector<std::uint8_t>, 2> read_back(Recovery& recovery, const std::vector<Kept>& segments) {
  std::array<std::vector<std::uint8_t>, 2> streams;
  for (const Kept& segment : segments) {
    const PacketRecord* record =
        recovery.find(static_cast<std::uint32_t>(segment.view.frame), print_of(segment.view));
    if (!record) continue;
    for (std::size_t i = 0; i < recovery.delivery_count(*record); ++i) {
      const Delivery delivery = recovery.delivery(*record, i);
      auto& stream = streams[index(delivery.direction)];
      EXPECT_EQ(delivery.offset, stream.size());
      stream.resize(stream.size() + delivery.length);
      EXPECT_TRUE(recovery.read(delivery, segment.payload, stream.data() + delivery.offset));
    }
  }
  return streams;
}

std::string sha256(const std::vector<std::uint8_t>& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

void expect_truth(const nlohmann::json& truth, const std::array<std::vector<std::uint8_t>, 2>& streams) {
  EXPECT_EQ(sha256(streams[0]), truth.at("streams").at("c2s").at("sha256"));
  EXPECT_EQ(sha256(streams[1]), truth.at("streams").at("s2c").at("sha256"));
}

class OfCapture : public testing::Test {
 protected:
  void load(const std::string& name) {
    truth_ = truth_of(name);
    segments_ = segments_of(name + ".pcapng");
    if (truth_.is_null() || segments_.empty()) FAIL() << "captures/" << name << ".pcapng is not here";
  }
  nlohmann::json truth_;
  std::vector<Kept> segments_;
};

TEST_F(OfCapture, LaterVisitsGiveEveryByteBack) {
  for (const char* name : {"http_text", "path_down", "listener_joins", "mixed_families", "plain", "gso",
                           "http_text_h1", "http_text_h2"}) {
    SCOPED_TRACE(name);
    load(name);
    if (HasFatalFailure()) return;
    Recovery recovery({}, nullptr, nullptr);
    for (const Kept& segment : segments_) recovery.take(segment.view);
    recovery.end_of_capture();
    expect_truth(truth_, read_back(recovery, segments_));
  }
}

TEST_F(OfCapture, ASecondTakeOfAFrameChangesNothing) {
  load("http_text");
  if (HasFatalFailure()) return;
  Recovery recovery({}, nullptr, nullptr);
  for (const Kept& segment : segments_) {
    const PacketRecord* first = recovery.take(segment.view);
    EXPECT_EQ(recovery.take(segment.view), first);
  }
  expect_truth(truth_, read_back(recovery, segments_));
}

/// Goal W3: what is kept for one data segment of a scrambled stream, apart from PDUs that span segments.
TEST_F(OfCapture, KeepsAtMost128BytesForADataSegment) {
  load("gso");
  if (HasFatalFailure()) return;
  Recovery recovery({}, nullptr, nullptr);
  std::uint64_t data_segments = 0, others = 0;
  for (const Kept& segment : segments_) {
    recovery.take(segment.view);
    ++(segment.payload.empty() ? others : data_segments);
  }
  const std::uint64_t for_others = others * sizeof(PacketRecord);
  EXPECT_LE(recovery.bytes_per_record_total(), data_segments * 128 + for_others);
}

TEST_F(OfCapture, DecodeAsChoosesAConnectionWithoutTheFlag) {
  load("no_flag");
  if (HasFatalFailure()) return;
  Recovery unaware({}, nullptr, nullptr);
  for (const Kept& segment : segments_) unaware.take(segment.view);
  EXPECT_NE(sha256(read_back(unaware, segments_)[0]), truth_.at("streams").at("c2s").at("sha256"));

  Recovery told({}, nullptr, [](std::uint16_t, std::uint16_t) { return true; });
  for (const Kept& segment : segments_) told.take(segment.view);
  expect_truth(truth_, read_back(told, segments_));
}

TEST_F(OfCapture, TheKeyLogNamesAConnectionWithoutTheFlag) {
  load("no_flag");
  if (HasFatalFailure()) return;
  KeyLog log;
  log.add({*parse_key(truth_["keys"]["initiator"].get<std::string>()),
           *parse_key(truth_["keys"]["listener"].get<std::string>())});
  Recovery recovery({}, &log, nullptr);
  for (const Kept& segment : segments_) recovery.take(segment.view);
  expect_truth(truth_, read_back(recovery, segments_));

  KeyLog others;
  others.add({Key{1, 2, 3, 4, 5, 6, 7, 8}, Key{8, 7, 6, 5, 4, 3, 2, 1}});
  Recovery unaware({}, &others, nullptr);
  for (const Kept& segment : segments_) unaware.take(segment.view);
  EXPECT_NE(sha256(read_back(unaware, segments_)[0]), truth_.at("streams").at("c2s").at("sha256"));
}

TEST_F(OfCapture, KeysThatComeLaterReleaseWhatWaited) {
  load("http_text");
  if (HasFatalFailure()) return;
  // Without the initial handshake only MP_JOIN tokens tell which keys belong here.
  const auto all = segments_of("http_text.wlan0.pcap");
  if (all.empty()) FAIL() << "captures/http_text.wlan0.pcap is not here";
  KeyLog log;
  Recovery recovery({}, &log, nullptr);
  const std::size_t half = all.size() / 2;
  for (std::size_t i = 0; i < half; ++i) recovery.take(all[i].view);
  EXPECT_TRUE(recovery.tracker().connections().front()->is_orphan());
  log.add({*parse_key(truth_["keys"]["initiator"].get<std::string>()),
           *parse_key(truth_["keys"]["listener"].get<std::string>())});
  recovery.keys_grew();
  for (std::size_t i = half; i < all.size(); ++i) recovery.take(all[i].view);
  recovery.end_of_capture();
  const Connection& connection = *recovery.tracker().connections().front();
  EXPECT_FALSE(connection.is_orphan());
  EXPECT_TRUE(connection.scrambled);
  EXPECT_TRUE(connection.stream(Direction::listener_to_initiator).origin_known());
}

TEST_F(OfCapture, AMissingSegmentIsWaitedForAndThenGivenUp) {
  load("http_text");
  if (HasFatalFailure()) return;
  std::size_t dropped = segments_.size();
  for (std::size_t i = 0, data = 0; i < segments_.size(); ++i)
    if (segments_[i].payload.size() > 1000 && ++data == 5) {
      dropped = i;
      break;
    }
  ASSERT_LT(dropped, segments_.size());
  segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(dropped));
  Recovery recovery({}, nullptr, nullptr);
  std::map<std::uint64_t, Status> first, last;
  for (const Kept& segment : segments_) {
    const PacketRecord* record = recovery.take(segment.view);
    if (record)
      first[segment.view.frame] = tell(recovery, *record, segment.view.source, segment.view.payload_on_wire,
                                       static_cast<std::uint32_t>(segment.payload.size()))
                                      .status;
  }
  recovery.end_of_capture();
  std::size_t lost = 0;
  for (const Kept& segment : segments_) {
    const PacketRecord* record =
        recovery.find(static_cast<std::uint32_t>(segment.view.frame), print_of(segment.view));
    if (!record) continue;
    const Story story = tell(recovery, *record, segment.view.source, segment.view.payload_on_wire,
                             static_cast<std::uint32_t>(segment.payload.size()));
    if (story.status != Status::not_recoverable) continue;
    ++lost;
    EXPECT_EQ(first[segment.view.frame], Status::waiting);
    EXPECT_GT(story.gap_length, 1000u);
    EXPECT_STRNE(story.gap_reason, "");
  }
  EXPECT_GT(lost, 5u);
}

TEST_F(OfCapture, ThePayloadLimitIsKept) {
  load("http_text");
  if (HasFatalFailure()) return;
  RecoveryOptions options;
  options.tracker.max_copied_bytes = 10'000;
  Recovery recovery(options, nullptr, nullptr);
  bool dropped = false;
  for (const Kept& segment : segments_) {
    if (!dropped && segment.payload.size() > 1000) {
      dropped = true;
      continue;
    }
    recovery.take(segment.view);
  }
  recovery.end_of_capture();
  EXPECT_GT(recovery.tracker().anomalies().count(AnomalyKind::limit_reached), 0u);
  EXPECT_FALSE(recovery.failed());
}

/// Decode As of what fell back to TCP: nobody scrambled it, so there is nothing to conclude behind a gap.
TEST(RecoveryTest, NothingFollowsBehindAGapOfAConnectionThatFellBack) {
  for (const std::size_t head : {std::size_t{0}, std::size_t{100}}) {
    test::Script script(1, 0x11);
    const test::Bytes plain = test::sample(2000);
    test::Segments segments = script.open();
    if (head) segments.push_back(script.data(0, test::c2s, 0, test::slice(plain, 0, head)));
    segments.push_back(script.data(0, test::c2s, 110, test::slice(plain, 110, 1500), {.ssn = 111}));
    for (std::size_t i = 1; i < segments.size(); ++i) segments[i].options.clear();
    Recovery recovery({}, nullptr, [](std::uint16_t, std::uint16_t) { return true; });
    for (std::size_t i = 0; i < segments.size(); ++i) {
      SegmentView view;
      view.frame = i + 1;
      view.source = segments[i].source;
      view.destination = segments[i].destination;
      view.seq = segments[i].seq;
      view.ack = segments[i].ack;
      view.flags = segments[i].flags;
      view.options = segments[i].options;
      view.payload = segments[i].payload;
      view.payload_on_wire = static_cast<std::uint32_t>(segments[i].payload.size());
      view.locator = no_locator;
      recovery.take(view);
    }
    recovery.end_of_capture();
    const Connection& connection = *recovery.tracker().connections().front();
    EXPECT_TRUE(connection.fallback);
    EXPECT_FALSE(connection.stream(test::c2s).held().empty());
    EXPECT_TRUE(recovery.determined(connection.id, test::c2s).empty()) << head;
  }
}

}  // namespace
}  // namespace mps::plugin
