// SPDX-License-Identifier: GPL-2.0-or-later
// The window's state against the bundled captures: what observers see, what the attack infers, cancelling,
// failures.
#include "gui/model/analysis.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <fstream>

#include "gui/model/trust_text.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

void open(Analysis& analysis, const char* name, std::optional<SubflowMask> tapped = std::nullopt) {
  auto opened = test::demo(name);
  opened.first.tapped = tapped;
  analysis.open(opened.request, opened.first);
}

bool settle(Analysis& analysis) {
  return test::wait_for([&] { return !analysis.busy() && analysis.observation(); });
}

TEST(Analysis, TextOnTheUntrustedPathIsReadWithoutOneExactByte) {
  Analysis analysis;
  open(analysis, "http_text");
  ASSERT_TRUE(settle(analysis));
  const Observation& observation = *analysis.observation();
  EXPECT_EQ(observation.choice.tapped, SubflowMask{2}) << "wlan0 is the one labelled untrusted";
  EXPECT_EQ(observation.exact_bytes(), 0u);
  EXPECT_TRUE(observation.attacked);
  EXPECT_GT(observation.share_inferred(), 0.9);
  const std::uint64_t guessed = observation.recovered->inferred().total();
  EXPECT_GT(static_cast<double>(observation.right), 0.98 * static_cast<double>(guessed));
  for (const Interval& inferred : observation.recovered->inferred().intervals())
    EXPECT_EQ(observation.recovered->state(inferred.begin), ByteState::inferred);
  ASSERT_TRUE(observation.leakage.controls);
  EXPECT_EQ(observation.leakage.controls->prf_accepted, 0u);
}

TEST(Analysis, RandomBytesStayUnknown) {
  Analysis analysis;
  open(analysis, "random");
  ASSERT_TRUE(settle(analysis));
  EXPECT_EQ(analysis.observation()->inferred_bytes(), 0u);
  EXPECT_EQ(analysis.observation()->exact_bytes(), 0u);
  EXPECT_FALSE(analysis.observation()->leakage.sign.detected);
}

TEST(Analysis, PlainStreamsAreSimplyRead) {
  Analysis analysis;
  open(analysis, "plain");
  ASSERT_TRUE(settle(analysis));
  const Observation& observation = *analysis.observation();
  EXPECT_DOUBLE_EQ(observation.share_exact(), 1.0);
  for (const Interval& run : observation.recovered->seen().intervals())
    for (std::uint64_t i = run.begin; i < run.end; i += 101)
      EXPECT_EQ(observation.recovered->byte(i), observation.stream->truth()[i]);
}

TEST(Analysis, EverythingFollowsACheckBox) {
  Analysis analysis;
  open(analysis, "plain");
  ASSERT_TRUE(settle(analysis));
  QSignalSpy changed(&analysis, &Analysis::observationChanged);
  analysis.toggleTap(0);
  ASSERT_TRUE(test::wait_for([&] { return changed.count() > 0 && !analysis.busy(); }));
  EXPECT_EQ(analysis.choice().tapped, analysis.stream()->all());
  EXPECT_DOUBLE_EQ(analysis.observation()->share_seen(), 1.0);
  analysis.setTapped(0);
  ASSERT_TRUE(test::wait_for([&] { return analysis.observation()->leakage.seen_bytes == 0; }));
  analysis.toggleTap(40);
  EXPECT_EQ(analysis.choice().tapped, 0u) << "there is no such subflow";
}

TEST(Analysis, ThreePathsHaveEightSubsets) {
  const auto stream = test::stream("three_paths");
  ASSERT_EQ(stream->matrix().size(), 8u);
  EXPECT_EQ(stream->matrix()[0].seen, 0u);
  EXPECT_EQ(stream->matrix()[7].seen, stream->length());
  EXPECT_EQ(stream->matrix()[7].exact_with_key, stream->length());
  EXPECT_EQ(stream->matrix()[6].exact_without_key, 0u) << "both untrusted paths together determine nothing";
}

TEST(Analysis, WithoutTheStreamsBeginningTheMatrixKnowsNoRegister) {
  LoadRequest request;
  request.inputs = {{MPS_SOURCE_DIR "/captures/http_text.wlan0.pcap", Trust::untrusted}};
  const auto document = CaptureDocument::load(request, {}, [](const SourceProgress&) {});
  ASSERT_TRUE(document);
  const auto stream = std::make_shared<const StreamSnapshot>(*document, 0, Direction::initiator_to_listener);
  ASSERT_FALSE(stream->evidence().start_known());
  const auto observation = observe(stream, {stream->all(), false}, {}, {}, {}, {});
  ASSERT_TRUE(observation);
  EXPECT_EQ(stream->matrix().back().exact_without_key, (*observation)->exact_bytes());
  EXPECT_EQ(stream->matrix().back().exact_with_key, (*observation)->exact_bytes());
  for (const SubflowReport& subflow : stream->connection().subflows)
    EXPECT_EQ(path_label(subflow), "http_text.wlan0.pcap") << "without its folders";
}

TEST(Analysis, TheHeadOnTheUntrustedPathOpens56Of65) {
  const auto stream = test::stream("head_untrusted");
  const auto observation = observe(stream, {stream->default_tap(), false}, {}, {}, {}, {});
  ASSERT_TRUE(observation);
  EXPECT_GT((*observation)->exact_bytes(), 0u);
}

TEST(Analysis, KnownPlaintextOpensItsColumnsAndNoOthers) {
  const auto stream = test::stream("http_text");
  const KnownPlaintextCurve curve = known_plaintext_curve(*stream, stream->default_tap());
  const std::uint64_t n = curve.run.length();
  ASSERT_EQ(curve.spread.size(), 66u);
  for (std::uint64_t known = 0; known < 66; ++known) {
    std::uint64_t opened = 0;  // places whose column one of the first bytes lies in
    for (std::uint64_t i = 0; i < n; ++i) opened += known >= 64 || i % 65 < known;
    EXPECT_DOUBLE_EQ(curve.spread[known].share, Observation::share(opened, n));
    EXPECT_EQ(curve.spread[known].to_open, known < 64 ? 64 - known : 0);
  }
  ASSERT_EQ(curve.stacked.size(), std::min<std::uint64_t>(65, (n + 64) / 65) + 1);
  for (std::size_t known = 1; known < curve.stacked.size(); ++known) {
    EXPECT_EQ(curve.stacked[known].share, curve.spread[1].share) << "the others are only checks";
    EXPECT_EQ(curve.stacked[known].to_open, 63u);
  }
}

TEST(Analysis, UnreadableFilesLeaveAMessageAndNothingElse) {
  const QTemporaryDir folder;
  Analysis analysis;
  QSignalSpy failed(&analysis, &Analysis::failed);
  LoadRequest request;
  request.inputs = {{folder.filePath("nowhere.pcap").toStdString(), Trust::unknown}};
  analysis.open(request);
  ASSERT_TRUE(test::wait_for([&] { return failed.count() == 1; }));
  EXPECT_TRUE(failed[0][0].toString().contains("nowhere.pcap"));
  EXPECT_FALSE(analysis.document());

  const QString broken = folder.filePath("broken.pcap");
  std::ofstream(broken.toStdString(), std::ios::binary) << "\xd4\xc3\xb2\xa1 and no more";
  request.inputs = {{broken.toStdString(), Trust::unknown}};
  analysis.open(request);
  ASSERT_TRUE(test::wait_for([&] { return failed.count() >= 2; }));

  open(analysis, "plain");  // and goes on
  EXPECT_TRUE(settle(analysis));
}

TEST(Analysis, CutFilesAreShownAsFarAsTheyGo) {
  const QTemporaryDir folder;
  const std::string whole = MPS_SOURCE_DIR "/captures/http_text.pcapng",
                    cut = folder.filePath("cut.pcapng").toStdString();
  std::ifstream in(whole, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::ofstream(cut, std::ios::binary) << bytes.substr(0, bytes.size() / 2 + 7);
  Analysis analysis;
  QStringList notes;
  QObject::connect(&analysis, &Analysis::noted, [&](const QString& line) { notes += line; });
  LoadRequest request;
  request.inputs = {{cut, Trust::unknown}};
  analysis.open(request);
  ASSERT_TRUE(settle(analysis));
  EXPECT_GT(analysis.stream()->length(), 0u);
  EXPECT_TRUE(notes.join('\n').contains("cut.pcapng: packet"));
}

TEST(Analysis, CancelKeepsWhatIsDone) {
  Analysis analysis;
  open(analysis, "http_text");
  ASSERT_TRUE(test::wait_for([&] { return analysis.observation() != nullptr; }));
  analysis.cancel();
  ASSERT_TRUE(test::wait_for([&] { return !analysis.busy(); }));
  ASSERT_TRUE(analysis.observation());
  EXPECT_EQ(analysis.observation()->exact_bytes(), 0u);
  analysis.attack();
  ASSERT_TRUE(settle(analysis));
  EXPECT_TRUE(test::wait_for([&] { return analysis.observation()->attacked; }));
}

TEST(Analysis, StoppedLoadingIsPartial) {
  std::stop_source stop;
  stop.request_stop();
  const auto loaded =
      CaptureDocument::load(test::demo("plain").request, stop.get_token(), [](const SourceProgress&) {});
  ASSERT_TRUE(loaded);
  EXPECT_TRUE((*loaded)->report().interrupted);
}

TEST(Analysis, ZoomingCountsTheRangeAlone) {
  Analysis analysis;
  open(analysis, "http_text");
  ASSERT_TRUE(settle(analysis));
  EXPECT_FALSE(analysis.statistics());
  const Interval range{10'000, 30'000};
  analysis.setRange({0, 500});
  analysis.setRange(range);
  ASSERT_TRUE(test::wait_for([&] { return !analysis.busy(); }));
  const auto statistics = analysis.statistics();
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->range, range) << "the last one counts";
  EXPECT_EQ(statistics->tapped, analysis.observation()->recovered->seen().covered(range.begin, range.end));
  EXPECT_EQ(statistics->randomness.size, statistics->tapped);
  EXPECT_EQ(statistics->originals, range.length());
  analysis.setRange({0, analysis.stream()->length()});
  ASSERT_TRUE(test::wait_for([&] { return !analysis.busy(); }));
  EXPECT_FALSE(analysis.statistics());
}

TEST(Analysis, AnomaliesStandWhereTheirPacketsDo) {
  const auto stream = test::stream("path_down");
  const auto& list = stream->document().report().anomalies.list();
  for (const AnomalyMark& mark : stream->anomalies()) {
    ASSERT_LT(mark.entry, list.size());
    EXPECT_LT(mark.tick, stream->lanes().end_tick());
    if (!mark.offset) continue;
    bool found = false;
    for (std::size_t lane = 0; lane < stream->lanes().lanes(); ++lane)
      for (const LaneSegment& segment : stream->lanes().lane(lane))
        found |= segment.frame == list[mark.entry].frame && segment.offset == *mark.offset;
    EXPECT_TRUE(found);
  }
  EXPECT_EQ(stream->anomalies().empty(), list.empty());
}

TEST(RecoveredStream, StatesGoFartherThanValues) {
  const std::uint64_t length = RecoveredStream::limit + 1000;
  RecoveredStream recovered(length, {{0, length}});
  const std::vector<std::uint8_t> bytes(2000, 7);
  recovered.determined(RecoveredStream::limit - 1000, bytes);
  recovered.seal();
  EXPECT_EQ(recovered.size(), RecoveredStream::limit);
  EXPECT_EQ(recovered.state(length - 1), ByteState::exact);
  EXPECT_EQ(recovered.exact().total(), 2000u);
  EXPECT_TRUE(recovered.complete());
}

TEST(TrustText, ReadsWhatItWrites) {
  const auto rules = trust_rules("10.0.1.0/24, lte0,subflow:2  2001:db8::/32 192.0.2.7", Trust::trusted);
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 5u);
  EXPECT_EQ(trust_text(*rules, Trust::trusted), "10.0.1.0/24, lte0, subflow:2, 2001:db8::/32, 192.0.2.7/32");
  EXPECT_EQ(trust_text(*rules, Trust::untrusted), "");
  EXPECT_FALSE(trust_rules("lte0, subflow:70000", Trust::trusted));
}

TEST(RecoveredStream, ExactBytesAreNeverOverwritten) {
  RecoveredStream recovered(10, {{0, 10}});
  const std::uint8_t exact[] = {1, 2}, guess[] = {9, 9, 9, 9};
  recovered.determined(3, exact);
  recovered.infer(2, guess);
  recovered.infer(8, guess);  // reaches over the end
  recovered.guess(5, guess);
  recovered.seal();
  EXPECT_EQ(recovered.byte(3), 1);
  EXPECT_EQ(recovered.byte(2), 9);
  EXPECT_EQ(recovered.state(3), ByteState::exact);
  EXPECT_EQ(recovered.state(5), ByteState::inferred);
  EXPECT_EQ(recovered.state(6), ByteState::guessed);
  EXPECT_EQ(recovered.state(0), ByteState::unknown);
  EXPECT_EQ(recovered.inferred().total(), 4u);
}

TEST(Demos, AllOpen) {
  for (const Demo& demo : demos()) EXPECT_NO_THROW(test::demo(demo.name.toUtf8())) << demo.name.toStdString();
  EXPECT_EQ(find_demo("nothing"), nullptr);
}

}  // namespace
}  // namespace mps::gui
