// SPDX-License-Identifier: GPL-2.0-or-later
/// core/leak/leakage on the bundled captures: real transfers, whose plaintext is in captures/MANIFEST.json.
#include "core/leak/leakage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/capture/open_capture.h"
#include "core/leak/bundled_models.h"
#include "core/session/session.h"
#include "tests/support/manifest.h"

namespace mps {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr auto down = Direction::listener_to_initiator;
constexpr auto up = Direction::initiator_to_listener;

const std::string captures = MPS_SOURCE_DIR "/captures/";

const manifest::Capture& described(const std::string& name) {
  static const manifest::Manifest all = manifest::load(MPS_SOURCE_DIR "/captures");
  for (const auto& capture : all.captures)
    if (capture.name == name) return capture;
  throw std::runtime_error("no capture " + name);
}

const LanguageModel& model() {
  static const auto loaded = load_bundled_model();
  return *loaded;
}

/// A capture, read.
class Tap {
 public:
  explicit Tap(const std::string& path) : source_(std::move(*open_captures({{path}}))) {
    SessionOptions options;
    options.tracker.keep_extents = true;
    session_ = std::make_unique<Session>(*source_, options, nullptr, nullptr);
    while (session_->step(4096)) {
    }
    report_ = session_->finish();
  }
  const Connection& connection() const { return *session_->connections().at(0); }
  StreamEvidence evidence(Direction direction) { return {connection(), direction, session_->store()}; }
  SubflowMask on(const std::string& interface) const {
    SubflowMask mask = 0;
    for (const auto& subflow : report_.connections.at(0).subflows)
      if (subflow.path_name == interface) mask |= mask_of(subflow.index);
    return mask;
  }

 private:
  std::unique_ptr<PacketSource> source_;
  std::unique_ptr<Session> session_;
  SessionReport report_;
};

LeakageOptions quick() {
  LeakageOptions options;
  options.models = {&model()};
  options.threads = 2;
  return options;
}

/// Measures, and holds every verdict to the rule that nothing is ever called safe.
Leakage measured(Tap& tap, Direction direction, SubflowMask tapped, const LeakageOptions& options,
                 std::span<const std::uint8_t> truth) {
  Observer observer;
  observer.name = "tap";
  observer.tapped = tapped;
  auto leakage = measure_leakage(tap.evidence(direction), observer, options, truth);
  EXPECT_TRUE(leakage) << leakage.error();
  if (!leakage) return {};
  const std::string verdict = verdict_sentence(*leakage);
  EXPECT_EQ(verdict.find("secure"), std::string::npos) << verdict;
  EXPECT_EQ(verdict.find(" safe"), std::string::npos) << verdict;
  return std::move(*leakage);
}

std::uint64_t missing_of(const manifest::Capture& capture, const std::string& path, Direction direction) {
  std::uint64_t missing = 0;
  for (const auto& [from, to] : capture.expected.at(path)[index(direction)].missing) missing += to - from;
  return missing;
}

TEST(Leakage, TextSeenFromOnePathIsReadWithoutKey) {
  const auto& capture = described("http_text");
  Tap tap(captures + "http_text.pcapng");
  for (const Direction direction : {up, down}) {
    const Bytes& truth = capture.streams[index(direction)].plaintext;
    const Leakage l = measured(tap, direction, tap.on("wlan0"), quick(), truth);
    EXPECT_EQ(l.seen_bytes, truth.size() - missing_of(capture, "wlan0", direction));
    ASSERT_TRUE(l.exact);
    EXPECT_EQ(l.exact->determined.count(), 0u);
    for (const RunSummary& run : l.exact->runs) EXPECT_EQ(run.bytes_to_open, 64u);
    ASSERT_TRUE(l.head);
    EXPECT_FALSE(l.head->any());
    ASSERT_TRUE(l.inference);
    EXPECT_EQ(l.inference->claim.runs_accepted, l.runs.size());
    ASSERT_TRUE(l.inference->score);
    EXPECT_EQ(l.inference->score->bytes, l.seen_bytes);
    EXPECT_EQ(l.inference->score->bytes_right, l.seen_bytes);
    EXPECT_EQ(l.inference->score->before_right, 64 * l.runs.size());
    EXPECT_TRUE(l.sign.detected);
    EXPECT_EQ(l.randomness.top_bit_share, 0);
    ASSERT_TRUE(l.controls);
    EXPECT_EQ(l.controls->prf_accepted, 0u);
    EXPECT_LT(l.controls->prf_right.value_or(1), 0.02);
    EXPECT_LT(std::abs(l.controls->prf_difference.z), 5);
    EXPECT_GT(l.controls->gzip_bytes, 1000u);
    EXPECT_FALSE(l.controls->gzip_accepted);
    EXPECT_NE(verdict_sentence(l).find("determines 0 of"), std::string::npos);
    EXPECT_NE(verdict_sentence(l).find("not secrecy"), std::string::npos);
    EXPECT_NE(verdict_sentence(l).find("100.0 %"), std::string::npos);
  }
}

TEST(Leakage, WithoutRedundancyTheAttackStaysAtChance) {
  for (const char* name : {"random", "http_gzip"}) {
    const auto& capture = described(name);
    Tap tap(captures + name + ".pcapng");
    LeakageOptions options = quick();
    options.controls = false;
    const Leakage l = measured(tap, down, tap.on("wlan0"), options, capture.streams[index(down)].plaintext);
    ASSERT_TRUE(l.exact && l.inference && l.inference->score) << name;
    EXPECT_EQ(l.exact_seen(), 0u);
    EXPECT_GT(l.seen_bytes, 10000u);
    EXPECT_EQ(l.inference->claim.bytes_accepted, 0u);
    EXPECT_LT(l.inference->score->bytes_right * 50, l.inference->score->bytes) << name;
    EXPECT_FALSE(l.sign.detected);
  }
}

TEST(Leakage, AnExposedHeadGivesTheKeyAway) {
  const auto& capture = described("head_untrusted");
  Tap tap(captures + "head_untrusted.pcapng");
  LeakageOptions options = quick();
  options.controls = false;
  for (const Direction direction : {up, down}) {
    // The observer is not told the key, although this one could read it off the handshake.
    const Leakage l =
        measured(tap, direction, tap.on("wlan0"), options, capture.streams[index(direction)].plaintext);
    ASSERT_TRUE(l.head && l.exact && l.inference);
    EXPECT_TRUE(l.head->any());
    EXPECT_EQ(l.head->exposed, (Intervals{{0, 65}}));
    EXPECT_EQ(l.head->key_bytes_bound, 8u);
    // Without key: i >= 1 with i mod 65 in 1..56, in the stretch seen from the start.
    std::uint64_t expected = 0;
    for (std::uint64_t i = 1; i < l.runs.at(0).end; ++i) expected += i % 65 >= 1 && i % 65 <= 56;
    EXPECT_EQ(l.exact->determined.count(), expected);
    EXPECT_EQ(l.head->without_key.count(), expected);
    ASSERT_FALSE(l.inference->key.empty());
    const Key& key = direction == up ? capture.keys.initiator : capture.keys.listener;
    EXPECT_EQ(l.inference->key.front().bytes, Bytes(key.begin(), key.end()));
  }
}

TEST(Leakage, ExactBytesAreDeliveredAndRight) {
  struct Collector final : ExactSink {
    std::vector<std::pair<std::uint64_t, Bytes>> got;
    void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
      got.emplace_back(offset, Bytes(bytes.begin(), bytes.end()));
    }
  } collector;
  const auto& capture = described("head_untrusted");
  Tap tap(captures + "head_untrusted.pcapng");
  LeakageOptions options;
  options.exact_sink = &collector;
  const Bytes& truth = capture.streams[index(up)].plaintext;
  const Leakage l = measured(tap, up, tap.on("wlan0"), options, truth);
  std::uint64_t delivered = 0;
  for (const auto& [offset, bytes] : collector.got)
    for (std::size_t i = 0; i < bytes.size(); ++i, ++delivered)
      ASSERT_EQ(bytes[i], truth.at(offset + i)) << offset + i;
  EXPECT_EQ(delivered, l.exact->determined.count());
  EXPECT_GT(delivered, 1000u);
  EXPECT_FALSE(l.inference);
}

TEST(Leakage, EverySubsetOfThreePaths) {
  Tap tap(captures + "three_paths.pcapng");
  for (const Direction direction : {up, down}) {
    const StreamEvidence evidence = tap.evidence(direction);
    const auto rows = observer_matrix(3, {64, 8, true}, evidence.length(), evidence.coverage());
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 8u);
    for (const ObserverRow& row : *rows) {
      EXPECT_EQ(row.seen_bytes, total_length(evidence.runs_of(row.tapped)));
      if (row.tapped == 7u) {
        EXPECT_EQ(row.exact.determined.count(), evidence.length());
      } else {
        EXPECT_LT(row.exact.determined.count(), evidence.length());
      }
      if (!(row.tapped & tap.on("lte0"))) {  // the head crosses the trusted path alone
        EXPECT_EQ(row.exact.determined.count(), 0u);
      }
    }
  }
}

TEST(Leakage, AnObserverOfEverythingIsNotAttacked) {
  const auto& capture = described("http_json");
  Tap tap(captures + "http_json.pcapng");
  LeakageOptions options = quick();
  const auto& key = capture.keys.listener;
  options.register_key.assign(key.begin(), key.end());
  const auto evidence = tap.evidence(down);
  Observer observer = observer_of(tap.connection(), evidence.all_subflows());
  EXPECT_TRUE(observer.sees_handshake && observer.has_keys);
  const auto l = measure_leakage(evidence, observer, options, {});
  ASSERT_TRUE(l && l->exact);
  EXPECT_EQ(l->exact_seen(), l->stream_bytes);
  EXPECT_FALSE(l->inference);
  EXPECT_EQ(verdict_sentence(*l).find("secrecy"), std::string::npos);
}

TEST(Leakage, AJoinedSubflowAloneIsPlacedInTheTruthByItsBytes) {
  const auto& capture = described("http_text");
  Tap tap(captures + "http_text.wlan0.pcap");
  LeakageOptions options = quick();
  options.controls = false;
  const Bytes& truth = capture.streams[index(up)].plaintext;
  // Which end opened the stream is not in a capture of a joined subflow, so the direction is found by length.
  Leakage l = measured(tap, up, tap.evidence(up).all_subflows(), options, truth);
  ASSERT_FALSE(l.start_known);
  ASSERT_TRUE(l.truth_at);
  EXPECT_EQ(*l.truth_at, 3185u);  // where the manifest says that wlan0 begins
  ASSERT_TRUE(l.inference && l.inference->score);
  EXPECT_EQ(l.inference->score->bytes, l.seen_bytes);
  EXPECT_EQ(l.inference->score->bytes_right, l.seen_bytes);
  EXPECT_EQ(l.exact_seen(), 0u);

  l = measured(tap, up, tap.evidence(up).all_subflows(), options, described("random").streams[0].plaintext);
  EXPECT_FALSE(l.truth_at);  // not this text
  ASSERT_TRUE(l.inference);
  EXPECT_FALSE(l.inference->score && l.inference->score->bytes);
  EXPECT_NE(verdict_sentence(l).find("unverified"), std::string::npos);
}

TEST(Leakage, AnAttackThatCutsItsOnlyRunIsNotOfAllBytes) {
  Tap tap(captures + "http_text.pcapng");
  LeakageOptions options = quick();
  options.controls = false;
  options.max_attack_bytes = 3000;
  const Leakage l = measured(tap, up, tap.evidence(up).all_subflows(), options, {});
  ASSERT_EQ(l.runs.size(), 1u);
  ASSERT_TRUE(l.inference);
  EXPECT_EQ(l.inference->attacked_bytes, 3000u);
  EXPECT_FALSE(l.inference->all_attacked);
}

TEST(Leakage, AKnownByteOpensOneColumnIn65) {
  const auto& capture = described("http_text");
  const Bytes& truth = capture.streams[index(up)].plaintext;
  Tap tap(captures + "http_text.pcapng");
  const SubflowMask wlan = tap.on("wlan0");
  const Interval run = tap.evidence(up).runs_of(wlan).at(0);
  LeakageOptions options;
  for (const std::uint64_t c : {1, 13, 63}) {
    const std::uint64_t at = run.begin + 500;
    const auto begin = truth.begin() + static_cast<std::ptrdiff_t>(at);
    options.cribs = {{at, Bytes(begin, begin + static_cast<std::ptrdiff_t>(c))}};
    const Leakage l = measured(tap, up, wlan, options, {});
    std::set<std::uint64_t> residues;
    for (std::uint64_t i = at; i < at + c; ++i) residues.insert(i % 65);
    std::uint64_t expected = 0;
    for (std::uint64_t i = run.begin - 64; i < run.end; ++i) expected += residues.contains(i % 65);
    EXPECT_EQ(l.exact->determined.count(), expected) << c;
    EXPECT_EQ(l.exact->runs.at(0).bytes_to_open, 64 - c);
    EXPECT_EQ(l.exact->checks_failed, 0u);
  }
}

TEST(Leakage, AWrongCribFailsItsChecks) {
  const auto& capture = described("http_text");
  const Bytes& truth = capture.streams[index(up)].plaintext;
  Tap tap(captures + "http_text.pcapng");
  const SubflowMask wlan = tap.on("wlan0");
  const std::uint64_t at = tap.evidence(up).runs_of(wlan).at(0).begin + 500;
  const auto begin = truth.begin() + static_cast<std::ptrdiff_t>(at);
  LeakageOptions options;
  options.cribs = {{at, Bytes(begin, begin + 70)}};
  Leakage l = measured(tap, up, wlan, options, {});
  EXPECT_GT(l.exact->checks_passed, 0u);
  EXPECT_EQ(l.exact->checks_failed, 0u);
  options.cribs = {{at + 1, Bytes(begin, begin + 70)}};  // off by one
  l = measured(tap, up, wlan, options, {});
  EXPECT_GT(l.exact->checks_failed, 0u);
}

TEST(Leakage, WhatIsNotScrambledIsRead) {
  Tap tap(captures + "plain.pcapng");
  const Leakage l = measured(tap, down, tap.on("wlan0"), quick(), {});
  EXPECT_FALSE(l.scrambled);
  EXPECT_FALSE(l.exact || l.inference);
  EXPECT_EQ(verdict_sentence(l), "The stream is not scrambled: what is seen is read.");
}

TEST(Leakage, RawRunsAreScoredWithAndWithoutAPlace) {
  const auto& capture = described("head_untrusted");
  const Bytes& truth = capture.streams[index(up)].plaintext;
  Tap tap(captures + "head_untrusted.pcapng");
  Intervals where;
  std::vector<Bytes> bytes;
  ASSERT_TRUE(tap.evidence(up).load(tap.on("wlan0"), 1 << 20, where, bytes));
  LeakageOptions options = quick();
  options.controls = false;

  ScrambledRun run{where.at(0).begin, bytes.at(0)};
  ASSERT_EQ(*run.offset, 0u);
  auto l = measure_runs(std::span(&run, 1), options, truth);
  ASSERT_TRUE(l && l->head && l->inference);
  EXPECT_TRUE(l->head->any());
  EXPECT_GT(l->exact_seen(), 1000u);
  ASSERT_FALSE(l->inference->key.empty());
  EXPECT_EQ(l->inference->key.front().bytes,
            Bytes(capture.keys.initiator.begin(), capture.keys.initiator.end()));

  run = {std::nullopt, bytes.at(1)};
  l = measure_runs(std::span(&run, 1), options, truth);
  ASSERT_TRUE(l && l->inference && l->inference->score);
  EXPECT_FALSE(l->head);
  EXPECT_EQ(l->exact_seen(), 0u);
  EXPECT_EQ(l->truth_at, where.at(1).begin);
  EXPECT_EQ(l->inference->score->bytes, bytes.at(1).size());
  EXPECT_EQ(l->inference->score->bytes_right, bytes.at(1).size());
}

#ifdef MPS_RECODE
TEST(Leakage, ACaptureOfOthersScrambledByUs) {
  const char* given = std::getenv("MPS_SHARED_CAPTURES");
  const std::string folder = given ? given : MPS_SOURCE_DIR "/../shared/captures";
  const std::string plain = folder + "/made/http_text_v4.pcapng";
  if (!std::filesystem::exists(plain)) GTEST_SKIP() << plain << " is not there";
  const std::string scrambled = testing::TempDir() + "recoded.pcapng";
  ASSERT_EQ(std::system((MPS_RECODE " '" + plain + "' '" + scrambled + "' > /dev/null").c_str()), 0);
  // The sender's own bytes are the truth: read off the capture as it was.
  Tap before(plain);
  Tap tap(scrambled);
  std::filesystem::remove(scrambled);
  SubflowMask joined = 0;
  for (const auto& subflow : tap.connection().subflows)
    if (!subflow->initial) joined |= mask_of(subflow->index);
  ASSERT_NE(joined, 0u);
  Intervals where;
  std::vector<Bytes> stream;
  ASSERT_TRUE(before.evidence(down).load(before.evidence(down).all_subflows(), 1 << 24, where, stream));
  ASSERT_EQ(where.size(), 1u);
  const Leakage l = measured(tap, down, joined, quick(), stream.front());
  ASSERT_TRUE(l.inference && l.inference->score);
  EXPECT_EQ(l.exact_seen(), 0u);
  EXPECT_EQ(l.inference->score->bytes, l.seen_bytes);
  EXPECT_GE(l.inference->score->bytes_right * 100, l.seen_bytes * 99);
  RecordProperty("runs", static_cast<int>(l.runs.size()));
}
#endif

}  // namespace
}  // namespace mps
