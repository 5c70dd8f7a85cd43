// SPDX-License-Identifier: GPL-2.0-or-later
// Single views: the step-through, the known-plaintext slider, the verdict, plots, the hex view on a huge
// stream.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollBar>
#include <QSlider>
#include <QTableWidget>
#include <QTemporaryDir>

#include "gui/export/picture_export.h"
#include "gui/view/bytes_view.h"
#include "gui/view/image_view.h"
#include "gui/view/known_plaintext_panel.h"
#include "gui/view/lab_view.h"
#include "gui/view/lanes_view.h"
#include "gui/view/leakage_panel.h"
#include "gui/view/open_dialog.h"
#include "gui/view/plots_panel.h"
#include "gui/view/segments_model.h"
#include "gui/view/step_dialog.h"
#include "gui/view/text_view.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

ObservationPtr observation(const char* name, std::optional<SubflowMask> tapped = std::nullopt) {
  const auto stream = test::stream(name);
  auto observed = observe(stream, {tapped.value_or(stream->default_tap()), false}, {}, {}, {}, {});
  return observed ? *observed : nullptr;
}

TEST(StepTrace, IsFigure9) {
  const std::vector<std::uint8_t> key{0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18}, text(70, 'A');
  const StepTrace trace(key, text);
  ASSERT_EQ(trace.steps(), 70u);
  EXPECT_EQ(trace.scrambled(0), 0x49);
  EXPECT_EQ(trace.scrambled(1), 0x08);
  EXPECT_EQ(trace.scrambled(57), 0xa9);
  for (std::size_t i = 65; i < 70; ++i)
    EXPECT_EQ(trace.scrambled(i), 'A') << "65 equal bytes stand on the wire in clear";
  for (std::size_t i = 0; i < 70; ++i) {
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : trace.before(i).window) sum ^= byte;
    EXPECT_EQ(trace.scrambled(i), trace.original(i) ^ sum);
  }
}

TEST(StepDialog, StepsThereAndBack) {
  StepDialog dialog;
  dialog.backward();
  EXPECT_EQ(dialog.position(), 0u);
  dialog.forward();
  dialog.forward();
  EXPECT_EQ(dialog.position(), 2u);
  EXPECT_TRUE(dialog.sentence().startsWith("S[2] = b[2]"));
  for (int i = 0; i < 100; ++i) dialog.forward();
  EXPECT_EQ(dialog.position(), dialog.trace().steps());
  EXPECT_TRUE(dialog.sentence().startsWith("All"));
}

TEST(KnownPlaintextPanel, TheSliderShowsTheRampAndTheClaimedCliff) {
  KnownPlaintextPanel panel;
  EXPECT_FALSE(panel.slider()->isEnabled());
  const auto stream = test::stream("http_text");
  panel.setCurve(known_plaintext_curve(*stream, stream->default_tap()));
  panel.slider()->setValue(0);
  EXPECT_EQ(panel.figures(), "0.0 % determined; 64 more right bytes open the rest");
  panel.slider()->setValue(63);
  EXPECT_TRUE(panel.figures().endsWith("% determined; 1 more right byte opens the rest"))
      << panel.figures().toStdString();
  panel.slider()->setValue(64);
  EXPECT_EQ(panel.figures(), "100.0 % determined; nothing is left to open");
  panel.stackedChoice()->setChecked(true);
  panel.slider()->setValue(5);
  EXPECT_TRUE(panel.figures().endsWith("63 more right bytes open the rest"));
  EXPECT_TRUE(panel.sentence().contains("only check it"));
  KnownPlaintextCurve small = known_plaintext_curve(*stream, stream->default_tap());
  small.stacked.resize(4);  // as of a run of 195 bytes
  panel.setCurve(small);
  EXPECT_TRUE(panel.figures().isEmpty());
  EXPECT_TRUE(panel.sentence().contains("no more than 3 bytes in a column"))
      << panel.sentence().toStdString();
  const PlotContent& content = panel.plot()->content();
  ASSERT_EQ(content.series.size(), 3u);
  const PlotSeries& claim = content.series[2];
  EXPECT_EQ(claim.x, (QVector<double>{0, 64, 65}));
  EXPECT_EQ(claim.y, (QVector<double>{0, 100, 100}));
  ASSERT_EQ(content.notes.size(), 2u);
  EXPECT_EQ(content.notes[1].text, "64: 100.0 %");
}

TEST(LeakagePanel, KeepsExactInferredChanceAndClaimApart) {
  LeakagePanel panel;
  panel.show(observation("http_text"), false);
  const QString text = panel.text();
  EXPECT_TRUE(text.contains("exact: 0.0 %")) << text.toStdString();
  EXPECT_TRUE(text.contains("inferred: not run")) << text.toStdString();
  EXPECT_TRUE(text.contains("chance: 0.4 %"));
  EXPECT_TRUE(text.contains("paper claims: 0.0 %"));
  EXPECT_TRUE(text.contains("That is not secrecy"));
  panel.show(nullptr, false);
  EXPECT_TRUE(panel.text().contains("Nothing observed"));
}

TEST(LeakagePanel, ThePapersClaimIsHeldAgainstItsOwnSchemeAlone) {
  LeakagePanel panel;
  for (const char* name : {"http_text_h1", "http_text_h2", "plain"}) {
    panel.show(observation(name), false);
    EXPECT_TRUE(panel.text().contains("paper claims: -")) << name << panel.text().toStdString();
    for (QWidget* widget : panel.findChildren<QWidget*>())
      EXPECT_FALSE(widget->toolTip().contains("b[i-65]") || widget->toolTip().contains("linear algebra"))
          << name << ": " << widget->toolTip().toStdString();
  }
}

TEST(StepDialog, SaysThatAnotherSchemeIsNotShown) {
  EXPECT_EQ(StepDialog().findChild<QLabel*>("note"), nullptr);
  const StepDialog dialog("not this one");
  ASSERT_NE(dialog.findChild<QLabel*>("note"), nullptr);
  EXPECT_EQ(dialog.findChild<QLabel*>("note")->text(), "not this one");
}

TEST(KnownPlaintextPanel, OfAnotherSchemeThereIsASentenceAndNoCurve) {
  KnownPlaintextPanel panel;
  const auto stream = test::stream("http_text_h1");
  panel.setCurve(known_plaintext_curve(*stream, stream->default_tap()));
  EXPECT_FALSE(panel.slider()->isEnabled());
  EXPECT_TRUE(panel.figures().isEmpty());
  EXPECT_TRUE(panel.sentence().contains("does not apply to H1")) << panel.sentence().toStdString();
  EXPECT_TRUE(panel.plot()->content().series.empty());
  EXPECT_TRUE(panel.plot()->isHidden());
}

TEST(Plots, OfAnotherSchemeThereIsNoClaimAndNoPeriod) {
  for (const char* name : {"http_text_h1", "http_text_h2", "plain"}) {
    const auto observed = observation(name);
    EXPECT_EQ(recovered_content(*observed, {0, observed->stream->length()}).tick_names.size(), 3) << name;
    EXPECT_TRUE(lag_content(*observed).caption.contains("period of the paper's scheme")) << name;
    EXPECT_FALSE(histogram_content(*observed).caption.contains("Seven-bit")) << name;
  }
}

TEST(Plots, TheLagSpectrumPeaksAt65) {
  const auto observed = observation("http_text");
  const PlotContent lag = lag_content(*observed);
  const auto& rate = lag.series.at(0).y;
  EXPECT_EQ(std::max_element(rate.begin(), rate.end()) - rate.begin(), 64) << "lags count from 1";
  PlotsPanel panel;
  panel.setObservation(observed);
  EXPECT_EQ(panel.lag()->table()->rowCount(), 130);
  EXPECT_EQ(panel.recovered()->table()->item(2, 0)->text(), "chance");
  const PlotContent histogram = histogram_content(*observed);
  double high = 0;
  for (std::size_t value = 128; value < 256; ++value)
    high += histogram.series.back().y[static_cast<qsizetype>(value)];
  EXPECT_LT(high, 1.0) << "seven-bit text stays seven-bit";
}

TEST(ImageView, ShowsThePictureThreeTimes) {
  SharedView shared;
  ImageView view(&shared);
  view.resize(700, 300);
  view.show();
  const auto observed = observation("http_bitmap");
  shared.reset(observed->stream->length());
  view.setBytes(StreamBytes(observed));
  ASSERT_TRUE(view.shows_bitmap());
  const QImage &original = view.picture(Face::original), &wire = view.picture(Face::wire);
  ASSERT_EQ(original.size(), wire.size());
  int equal = 0, tapped = 0;
  const auto layout = find_bitmap(observed->stream->truth());
  for (int y = 0; y < original.height(); ++y)
    for (int x = 0; x < original.width(); ++x) {
      const std::uint64_t at = layout->row_offset(y) + static_cast<std::uint64_t>(3 * x);
      if (observed->recovered->seen().covered(at, at + 3) != 3) continue;
      ++tapped;
      equal += original.pixel(x, y) == wire.pixel(x, y);
    }
  EXPECT_GT(equal, tapped / 6)
      << "white and grey areas are on the wire as they are; chance is one pixel in 16 million";
}

TEST(TextView, PlainTextIsReadable) {
  SharedView shared;
  TextView view(&shared);
  view.show();
  const auto observed = observation("plain", 3);
  shared.reset(observed->stream->length());
  view.setBytes(StreamBytes(observed));
  EXPECT_TRUE(view.text(Face::original).contains("HTTP/1.1 200 OK"));
  EXPECT_EQ(view.text(Face::recovered), view.text(Face::original));
}

TEST(BytesView, FollowsKeysAndTheCursor) {
  SharedView shared;
  BytesView view(&shared);
  view.resize(800, 300);
  view.show();
  const auto observed = observation("http_text");
  shared.reset(observed->stream->length());
  view.setBytes(StreamBytes(observed));
  QTest::keyClick(&view, Qt::Key_End);
  EXPECT_EQ(shared.cursor(), observed->stream->length() - 1);
  EXPECT_EQ(view.topRow(), view.geometry_now().last_top_row());
  QTest::keyClick(&view, Qt::Key_Home);
  QTest::keyClick(&view, Qt::Key_Right);
  QTest::keyClick(&view, Qt::Key_Down);
  EXPECT_EQ(shared.cursor(), 1u + static_cast<std::uint64_t>(view.geometry_now().bytes_per_row()));
  QString explained;
  QObject::connect(&view, &BytesView::explained, [&](const QString& text) { explained = text; });
  shared.setCursor(500, true);
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_TRUE(explained.startsWith("b[501] = S[501] ^ S[500] ^ b[436]")) << explained.toStdString();
}

TEST(LanesView, DragZoomsAndDoubleClickFits) {
  SharedView shared;
  LanesView view(&shared);
  view.resize(800, 160);
  view.show();
  const auto observed = observation("path_down");
  shared.reset(observed->stream->length());
  view.setStream(observed->stream);
  view.setObservation(observed);
  const LaneGeometry geometry = view.geometry_for(view.size());
  const QPoint from(geometry.left() + 100, 20), to(geometry.left() + 300, 20);
  QTest::mousePress(&view, Qt::LeftButton, {}, from);
  QTest::mouseMove(&view, to);
  QTest::mouseRelease(&view, Qt::LeftButton, {}, to);
  EXPECT_EQ(shared.range(), (Interval{geometry.at(from.x()), geometry.at(to.x())}));
  QTest::mouseClick(&view, Qt::RightButton, {}, from);
  EXPECT_FALSE(shared.zoom().zoomed());
  EXPECT_TRUE(view.describe(from).contains("packet")) << view.describe(from).toStdString();
  view.setAxis(LanesView::Axis::time);
  view.zoomIn();
  EXPECT_FALSE(shared.zoom().zoomed()) << "the time axis has a range of its own";
  view.fit();
  EXPECT_FALSE(view.grab().toImage().isNull());
  const LaneSegment& segment = observed->stream->lanes().lane(0).front();
  const LaneGeometry by_time = view.geometry_for(view.size());
  const QString words =
      view.describe({by_time.x_of(segment.tick), by_time.lane_y(0) + by_time.lane_height() - 4});
  EXPECT_TRUE(words.contains("s after the first")) << words.toStdString();
}

TEST(OpenDialog, GivesBackWhatItShows) {
  OpenDialog dialog;
  LoadRequest request = test::demo("three_paths").request;
  request.key_log = "keys.log";
  dialog.setRequest(request);
  const LoadRequest same = dialog.request();
  EXPECT_EQ(same.inputs.size(), request.inputs.size());
  EXPECT_EQ(same.key_log, "keys.log");
  EXPECT_EQ(same.title, request.title);
  EXPECT_EQ(same.session.trust.rules.size(), request.session.trust.rules.size());
  dialog.addFile("wlan.pcap", Trust::untrusted);
  EXPECT_EQ(dialog.request().inputs.back().trust, Trust::untrusted);
  EXPECT_TRUE(dialog.request().title.empty()) << "no longer the demonstration";
}

TEST(OpenDialog, OpensNothingWhileALineOfTrustIsWrong) {
  OpenDialog dialog;
  dialog.setRequest(test::demo("three_paths").request);
  auto* open = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Open);
  EXPECT_TRUE(open->isEnabled());
  QLineEdit* untrusted = nullptr;
  for (QLineEdit* line : dialog.findChildren<QLineEdit*>())
    if (line->accessibleName().startsWith("Untrusted")) untrusted = line;
  ASSERT_NE(untrusted, nullptr);
  untrusted->setText("wlan0, subflow:70000");
  EXPECT_FALSE(open->isEnabled());
  EXPECT_EQ(dialog.problem(), "Untrusted: subflow '70000' is not a number from 0 to 65534.");
  untrusted->setText("wlan0, subflow:7");
  EXPECT_TRUE(open->isEnabled());
  EXPECT_TRUE(dialog.problem().isEmpty());
}

TEST(LabView, ShowsEverySchemeToEveryObserver) {
  Analysis analysis;
  LabView view(&analysis);
  view.resize(780, 320);
  view.show();
  const OpenedDemo opened = test::demo("http_bitmap");
  analysis.open(opened.request, opened.first);
  ASSERT_TRUE(test::wait_for([&] { return !analysis.busy() && analysis.observation(); }));
  analysis.runLab();
  ASSERT_TRUE(test::wait_for([&] { return analysis.lab() != nullptr; })) << "a minute of processor time";
  const lab::LabReport& report = analysis.lab()->report;
  EXPECT_EQ(view.table()->rowCount(), static_cast<int>(report.schemes.size()));
  EXPECT_TRUE(analysis.lab()->bitmap);
  ASSERT_GE(view.observers()->count(), 2);
  EXPECT_EQ(view.observers()->itemText(0), "untrusted");
  const auto scrambled =
      std::find_if(report.schemes.begin(), report.schemes.end(),
                   [](const lab::SchemeResult& one) { return one.info.name == "scramble"; });
  ASSERT_NE(scrambled, report.schemes.end()) << "by this name the command line knows it, too";
  EXPECT_EQ(scrambled->observers[0].determined, analysis.observation()->exact_bytes())
      << "the scrambler in the lab and the capture agree";
  for (int observer = 0; observer < view.observers()->count(); ++observer) {
    view.observers()->setCurrentIndex(observer);
    for (int row = 0; row < view.table()->rowCount(); ++row) {
      view.table()->selectRow(row);
      for (int column = 0; column < view.table()->columnCount(); ++column)
        EXPECT_FALSE(view.table()->item(row, column)->text().isEmpty());
      // What is guessed before a tapped stretch is right outside of what is tapped.
      EXPECT_LE(view.table()->item(row, 4)->text().toDouble(), 100) << row;
    }
  }
  EXPECT_FALSE(view.grab().isNull());
}

TEST(SegmentsModel, SaysInWordsWhatTheLanesShow) {
  const auto stream = test::stream("path_down");
  SegmentsModel model;
  model.setStream(stream);
  EXPECT_EQ(static_cast<std::size_t>(model.rowCount()), stream->lanes().size());
  std::uint64_t last = 0;
  for (int row = 0; row < model.rowCount(); ++row) {
    EXPECT_GE(model.offset_of(row), last);
    last = model.offset_of(row);
  }
  const Interval half{stream->length() / 2, stream->length()};
  const int whole = model.rowCount();
  model.setRange(half);
  EXPECT_GT(model.rowCount(), 0);
  EXPECT_LT(model.rowCount(), whole);
  EXPECT_EQ(model.row_at(half.begin), 0);
  model.setRange({0, stream->length()});
  EXPECT_EQ(model.rowCount(), whole);
  EXPECT_EQ(model.row_at(0), 0);
  EXPECT_EQ(model.row_at(stream->length()), -1);
  EXPECT_FALSE(model.data(model.index(0, SegmentsModel::trust)).toString().isEmpty());
}

TEST(PictureExport, WritesEveryKind) {
  const QTemporaryDir folder;
  PlotsPanel panel;
  panel.setObservation(observation("http_text"));
  QString error;
  for (const char* name : {"p.png", "p.svg", "p.pdf"}) {
    const QString file = folder.filePath(name);
    ASSERT_TRUE(write_picture(
        file, {400, 200}, "x",
        [&](QPaintDevice& device, const QSize& size) { panel.lag()->draw(device, size); }, error));
    EXPECT_GT(QFileInfo(file).size(), 1000);
  }
  EXPECT_EQ(QImage(folder.filePath("p.png")).width(), 800) << "twice the size";
}

}  // namespace
}  // namespace mps::gui
