// SPDX-License-Identifier: GPL-2.0-or-later
// The whole way from packets to streams on captures of real stacks that are kept outside this repository.
// Skips where they are not there. Complete captures must give the known hashes; whatever is lost or out of
// order, no byte that is given out may be wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "core/capture/open_capture.h"
#include "core/session/session.h"
#include "tests/support/hex.h"

namespace mps::test {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const char* named = std::getenv("MPS_SHARED_CAPTURES");
  return named ? fs::path(named) : fs::path(MPS_SOURCE_DIR) / ".." / "shared" / "captures";
}

/// Collects what is recovered; order and repetition are checked on the way.
class Recovered final : public RecoverySink {
 public:
  void on_recovered(const Connection& connection, Direction d, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override {
    auto& stream = streams[{connection.id, index(d)}];
    EXPECT_TRUE(stream.empty() || stream.rbegin()->first < offset) << "not ascending";
    for (const std::uint8_t byte : bytes) stream.emplace_hint(stream.end(), offset++, byte);
  }
  std::map<std::pair<std::uint32_t, std::size_t>, std::map<std::uint64_t, std::uint8_t>> streams;
};

/// Packets of another source, changed: clocks shifted, order shuffled, some lost.
class ChangedSource final : public PacketSource {
 public:
  struct Change {
    std::vector<std::int64_t> shift_ns = {};  ///< by path
    std::uint32_t shuffle = 0;                ///< seed; packets move up to `reach` places
    std::size_t reach = 0;
    std::uint32_t loss_seed = 0;  ///< 0: no loss
    unsigned lose_one_in = 0;
  };
  ChangedSource(std::unique_ptr<PacketSource> source, const Change& change) : source_(std::move(source)) {
    std::mt19937 random(change.loss_seed);
    for (Packet packet; source_->next(packet);) {
      if (change.lose_one_in && random() % change.lose_one_in == 0) continue;
      if (packet.path < change.shift_ns.size()) packet.time_ns += change.shift_ns[packet.path];
      bytes_.emplace_back(packet.bytes.begin(), packet.bytes.end());
      packets_.push_back(packet);
      packets_.back().bytes = {};
    }
    order_.resize(packets_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return packets_[a].time_ns < packets_[b].time_ns; });
    if (change.reach) {
      std::mt19937 places(change.shuffle);
      std::vector<std::pair<std::size_t, std::size_t>> keyed;
      for (std::size_t i = 0; i < order_.size(); ++i)
        keyed.emplace_back(i + places() % change.reach, order_[i]);
      std::sort(keyed.begin(), keyed.end());
      for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = keyed[i].second;
    }
  }
  bool next(Packet& packet) override {
    if (at_ == order_.size()) return false;
    packet = packets_[order_[at_]];
    packet.bytes = bytes_[order_[at_]];
    packet.number = ++at_;
    return true;
  }
  const std::vector<CapturePath>& paths() const override { return source_->paths(); }
  const std::vector<CaptureError>& errors() const override { return source_->errors(); }
  SourceProgress progress() const override { return source_->progress(); }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    return source_->read(locator, out);
  }

 private:
  std::unique_ptr<PacketSource> source_;
  std::vector<Bytes> bytes_;
  std::vector<Packet> packets_;
  std::vector<std::size_t> order_;
  std::size_t at_ = 0;
};

struct Truth {
  std::string name;
  std::vector<std::string> files = {};
  ScrambleRule rule = ScrambleRule::flag;
  std::array<std::uint64_t, 2> bytes{};
  std::array<std::string, 2> sha256{};  ///< empty: not written down anywhere
};

const std::vector<Truth>& complete() {
  static const std::vector<Truth> table{
      {"text",
       {"made/http_text_v4.pcapng"},
       ScrambleRule::flag,
       {85, 400190},
       {"b567b2896852626f752b50264d0826ab0ceaeaed921c82ec5c44843bae7522ff",
        "ba89e333a8c6a192872afba36e43d4a852e4a664f926b4c08a23809fb3c0f321"}},
      {"v0",
       {"public/tcpdump-mptcp-v0.pcap"},
       ScrambleRule::flag,
       {5121, 8561},
       {"f3e201efca436d7b460a4ae95176a51bb1d150edef440a81fb8b943cf51842d4",
        "98cdfda4ba22c592f1ac6a9d7c2b6c2549f5cc22c58bdb7141d5de9c9266ed22"}},
      {"v1",
       {"public/tcpdump-mptcp-v1.pcap"},
       ScrambleRule::flag,
       {10268, 10268},
       {"1e46e3a66578eb0d7e98bc013e6e7c571bdbc946e7b76eb95828239fdfebb3b1",
        "7c71bde9846f99090cc408001105415965b6b380083f1073cfc0885db681ab9f"}},
      {"aa_v1",
       {"public/tcpdump-mptcp-aa-v1.pcap"},
       ScrambleRule::flag,
       {48, 48},
       {"fd3b147a0933e467bce2e31877611b7276284956ac4223739fb05fb60fd5afcc",
        "fd3b147a0933e467bce2e31877611b7276284956ac4223739fb05fb60fd5afcc"}},
      {"fclose",
       {"public/tcpdump-mptcp-fclose.pcap"},
       ScrambleRule::flag,
       {1, 1},
       {"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6",
        "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"}},
      {"plain_http", {"made/http-plain-v4.pcapng"}},
      {"assume", {"made/scrambled-v4.pcapng"}, ScrambleRule::assume},
      {"flag", {"made/scrambled-v4-flag.pcapng"}},
      {"gso", {"made/scrambled-v4-gso.pcapng"}, ScrambleRule::assume},
      {"flag_per_path",
       {"made/scrambled-v4-flag-only-subflow1.pcap", "made/scrambled-v4-flag-only-subflow2.pcap"}},
      {"late1",
       {"made/k61-late1.path1.pcap", "made/k61-late1.path2.pcap"},
       ScrambleRule::flag,
       {80000, 80000}},
      {"ipv6",
       {"made/k61-ipv6.path1.pcap", "made/k61-ipv6.path2.pcap"},
       ScrambleRule::flag,
       {100000, 100000}},
  };
  return table;
}

std::unique_ptr<PacketSource> open(const std::vector<std::string>& files) {
  std::vector<CaptureInput> inputs;
  for (const auto& file : files) inputs.push_back({(folder() / file).string(), Trust::unknown});
  auto source = open_captures(inputs);
  EXPECT_TRUE(source.has_value());
  return source ? std::move(*source) : nullptr;
}

struct Outcome {
  SessionReport report;
  Recovered recovered;
};

Outcome analyse(PacketSource& source, ScrambleRule rule) {
  Outcome out;
  SessionOptions options;
  options.tracker.scrambled = rule;
  Session session(source, options, nullptr, &out.recovered);
  while (session.step(10000)) {
  }
  out.report = session.finish();
  return out;
}

class SharedCapture : public testing::TestWithParam<Truth> {
 protected:
  void SetUp() override {
    for (const auto& file : GetParam().files)
      if (!fs::exists(folder() / file)) GTEST_SKIP() << (folder() / file) << " is not there";
  }
  /// The plaintexts; the connection with the most bytes counts.
  static const ConnectionReport& main_connection(const SessionReport& report) {
    return *std::max_element(report.connections.begin(), report.connections.end(),
                             [](const auto& a, const auto& b) {
                               return a.streams[0].captured + a.streams[1].captured <
                                      b.streams[0].captured + b.streams[1].captured;
                             });
  }
};

TEST_P(SharedCapture, GivesTheKnownStreams) {
  const Truth& truth = GetParam();
  for (const bool reversed : {false, true}) {
    auto files = truth.files;
    if (reversed) std::reverse(files.begin(), files.end());
    const auto source = open(files);
    const Outcome out = analyse(*source, truth.rule);
    ASSERT_EQ(out.report.connections.size(), 1u);
    const ConnectionReport& connection = out.report.connections[0];
    for (const Direction d : both_directions) {
      const StreamReport& stream = connection.streams[index(d)];
      EXPECT_EQ(stream.gap_count, 0u);
      EXPECT_EQ(stream.recovered, stream.end_seen);
      EXPECT_TRUE(stream.state == StreamState::complete || stream.state == StreamState::open_end);
      if (truth.bytes[index(d)]) {
        EXPECT_EQ(stream.end_seen, truth.bytes[index(d)]);
      }
      if (!truth.sha256[index(d)].empty()) {
        EXPECT_EQ(stream.sha256, truth.sha256[index(d)]);
      }
    }
  }
}

/// The kernel module's captures come with the plaintexts that were sent.
TEST_P(SharedCapture, GivesWhatWasSent) {
  const Truth& truth = GetParam();
  const std::string stem = truth.files[0].substr(0, truth.files[0].find('.'));
  if (!fs::exists(folder() / (stem + ".client.txt"))) return;
  const auto source = open(truth.files);
  const Outcome out = analyse(*source, truth.rule);
  const auto& connection = main_connection(out.report);
  for (const Direction d : both_directions) {
    std::ifstream file(
        folder() / (stem + (d == Direction::initiator_to_listener ? ".client.txt" : ".server.txt")),
        std::ios::binary);
    const Bytes sent{std::istreambuf_iterator<char>(file), {}};
    const auto& got = out.recovered.streams.at({connection.id, index(d)});
    ASSERT_EQ(got.size(), sent.size());
    EXPECT_TRUE(std::equal(sent.begin(), sent.end(), got.begin(),
                           [](std::uint8_t a, const auto& b) { return a == b.second; }));
  }
}

/// Every byte that `out` gives is the truth's.
void expect_no_wrong_byte(const Outcome& truth, const Outcome& out) {
  for (const auto& [which, stream] : out.recovered.streams) {
    const ConnectionReport* report = nullptr;
    for (const auto& connection : out.report.connections)
      if (connection.id == which.first) report = &connection;
    ASSERT_NE(report, nullptr);
    const auto& reported = report->streams[which.second];
    EXPECT_EQ(stream.size(), reported.recovered);
    if (!reported.start_known) continue;  // offsets are not the stream's
    std::uint64_t wrong = 0;
    const auto& right = truth.recovered.streams.at({truth.report.connections[0].id, which.second});
    for (const auto& [offset, byte] : stream) {
      const auto known = right.find(offset);
      wrong += known == right.end() || known->second != byte;
    }
    EXPECT_EQ(wrong, 0u) << short_name(both_directions[which.second]);
  }
}

TEST_P(SharedCapture, OrderOfPacketsDoesNotMatter) {
  const Truth& truth = GetParam();
  const auto original = open(truth.files);
  const Outcome right = analyse(*original, truth.rule);
  for (std::uint32_t variant = 0; variant < 4; ++variant) {
    ChangedSource::Change change;
    if (variant < 2)
      change.shift_ns = variant == 0 ? std::vector<std::int64_t>{0, 7'200'000'000'000}
                                     : std::vector<std::int64_t>{7'200'000'000'000, 0};
    if (variant >= 2) change.reach = variant == 2 ? 20 : 1'000'000;
    change.shuffle = variant;
    ChangedSource source(open(truth.files), change);
    const Outcome out = analyse(source, truth.rule);
    SCOPED_TRACE(variant);
    ASSERT_EQ(out.report.connections.size(), 1u);
    for (const Direction d : both_directions) {
      EXPECT_EQ(out.report.connections[0].streams[index(d)].sha256,
                right.report.connections[0].streams[index(d)].sha256);
      EXPECT_EQ(out.report.connections[0].streams[index(d)].gap_count, 0u);
    }
    expect_no_wrong_byte(right, out);
  }
}

TEST_P(SharedCapture, LossCostsBytesButInventsNone) {
  const Truth& truth = GetParam();
  const auto original = open(truth.files);
  const Outcome right = analyse(*original, truth.rule);
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    ChangedSource source(open(truth.files), {.loss_seed = seed, .lose_one_in = seed % 2 ? 10u : 40u});
    const Outcome out = analyse(source, truth.rule);
    SCOPED_TRACE(seed);
    expect_no_wrong_byte(right, out);
    for (const auto& connection : out.report.connections)
      for (const auto& stream : connection.streams) {
        EXPECT_EQ(stream.checks_failed, 0u);
        std::uint64_t gaps = 0;
        for (const auto& gap : stream.gaps) {
          gaps += gap.range.size();
          std::uint64_t at = gap.range.from;
          for (const auto& reason : gap.reasons) {
            EXPECT_EQ(reason.range.from, at);
            at = reason.range.to;
          }
          EXPECT_EQ(at, gap.range.to);
        }
        if (stream.gaps.size() == stream.gap_count) {
          EXPECT_EQ(gaps, stream.gap_bytes);
        }
        if (stream.start_known && stream.end_seen) {
          EXPECT_LE(stream.captured + stream.gap_bytes, std::max(stream.end_seen, stream.length.value_or(0)));
        }
      }
  }
}

/// One path of several: what is given out is right, and captured and missing bytes make up the stream.
TEST_P(SharedCapture, OnePathAlone) {
  const Truth& truth = GetParam();
  if (truth.files.size() < 2) return;
  const auto original = open(truth.files);
  const Outcome right = analyse(*original, truth.rule);
  for (const auto& file : truth.files) {
    SCOPED_TRACE(file);
    const auto source = open({file});
    const Outcome out = analyse(*source, truth.rule);
    expect_no_wrong_byte(right, out);
    for (const auto& connection : out.report.connections)
      for (const auto& stream : connection.streams)
        if (stream.start_known) {
          EXPECT_EQ(stream.captured + stream.gap_bytes, stream.length.value_or(stream.end_seen));
        }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SharedCapture, testing::ValuesIn(complete()),
                         [](const auto& instance) { return instance.param.name; });

TEST(SharedCaptures, OddOnesGiveNoStream) {
  for (const char* name : {"tcprst", "aa-echo", "dss-oobr"}) {
    const fs::path file = folder() / "public" / ("tcpdump-mptcp-" + std::string(name) + ".pcap");
    if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
    auto source = open_capture(file.string());
    ASSERT_TRUE(source);
    const Outcome out = analyse(**source, ScrambleRule::flag);
    EXPECT_TRUE(out.recovered.streams.empty()) << name;
  }
}

}  // namespace
}  // namespace mps::test
