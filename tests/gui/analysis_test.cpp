// SPDX-License-Identifier: GPL-2.0-or-later
// The window's state against the bundled captures: what observers see, what the attack infers, cancelling,
// failures.
#include "gui/model/analysis.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <fstream>

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

TEST(Analysis, TheHeadOnTheUntrustedPathOpens56Of65) {
  const auto stream = test::stream("head_untrusted");
  const auto observation = observe(stream, {stream->default_tap(), false}, {}, {}, {}, {});
  ASSERT_TRUE(observation);
  EXPECT_GT((*observation)->exact_bytes(), 0u);
}

TEST(Analysis, KnownPlaintextFallsOffACliff) {
  const auto stream = test::stream("http_text");
  const KnownPlaintextCurve curve = known_plaintext_curve(*stream, stream->default_tap());
  ASSERT_EQ(curve.share.size(), 66u);
  EXPECT_EQ(curve.share[0], 0.0);
  for (std::size_t known = 1; known <= 63; ++known)
    EXPECT_NEAR(curve.share[known], static_cast<double>(known) / 65, 0.02);
  EXPECT_LT(curve.share[63], 0.99);
  EXPECT_EQ(curve.share[64], 1.0);
  EXPECT_EQ(curve.share[65], 1.0);
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
