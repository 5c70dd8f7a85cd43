// SPDX-License-Identifier: GPL-2.0-or-later
// The whole window on the offscreen platform: keys, mouse, drop, names for screen readers, failures.
#include "gui/view/main_window.h"

#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QTimer>
#include <QUrl>
#include <algorithm>
#include <set>

#include "gui/view/ask_dialog.h"
#include "gui/view/connection_tree.h"
#include "gui/view/lanes_view.h"
#include "gui/view/matrix_view.h"
#include "gui/view/start_page.h"
#include "gui/view/theme.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

class WindowTest : public testing::Test {
 protected:
  void SetUp() override {
    window.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
  }
  bool settled() {
    return test::wait_for([&] { return window.settled() && window.analysis().observation(); });
  }
  QStackedWidget* pages() {
    return window.centralWidget()->findChild<QStackedWidget*>({}, Qt::FindDirectChildrenOnly);
  }
  MainWindow window;
};

TEST_F(WindowTest, ADemoCardOpensItsCapture) {
  EXPECT_EQ(pages()->currentIndex(), 0);
  const auto cards = window.findChildren<DemoCard*>();
  ASSERT_EQ(cards.size(), static_cast<qsizetype>(demos().size()));
  for (DemoCard* card : cards)
    if (card->demo() == "plain") QTest::mouseClick(card, Qt::LeftButton);
  ASSERT_TRUE(settled());
  EXPECT_EQ(pages()->currentIndex(), 1);
  EXPECT_TRUE(window.windowTitle().contains("Plain"));
}

TEST_F(WindowTest, KeysDoEverything) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  Analysis& analysis = window.analysis();
  const SubflowMask before = analysis.choice().tapped;
  QTest::keyClick(&window, Qt::Key_1);
  EXPECT_EQ(analysis.choice().tapped, before ^ 1);
  QTest::keyClick(&window, Qt::Key_2);
  EXPECT_EQ(analysis.choice().tapped, before ^ 3);
  QTest::keyClick(&window, Qt::Key_K);
  EXPECT_TRUE(analysis.choice().keys_known);
  const Direction direction = analysis.stream()->direction();
  QTest::keyClick(&window, Qt::Key_D);
  ASSERT_TRUE(test::wait_for([&] { return analysis.stream()->direction() != direction; }));
  ASSERT_TRUE(settled());
  QTest::keyClick(&window, Qt::Key_D);
  ASSERT_TRUE(test::wait_for([&] { return analysis.stream()->direction() == direction; }));
  ASSERT_TRUE(settled());
  QTest::keyClick(&window, Qt::Key_Plus);
  const Interval once = window.shared().range();
  EXPECT_TRUE(window.shared().zoom().zoomed());
  QTest::keyClick(&window, Qt::Key_Plus);
  EXPECT_LT(window.shared().range().length(), once.length());
  QTest::keyClick(&window, Qt::Key_Minus);
  EXPECT_LE(window.shared().range().length() - once.length(), 1u) << "but for rounding";
  QTest::keyClick(&window, Qt::Key_0);
  EXPECT_FALSE(window.shared().zoom().zoomed());
  window.shared().zoomTo({100, 2000});
  QTest::keyClick(&window, Qt::Key_Backspace);
  EXPECT_FALSE(window.shared().zoom().zoomed());
  auto* lanes = window.findChild<LanesView*>();
  QTest::keyClick(&window, Qt::Key_T);
  EXPECT_EQ(lanes->axis(), LanesView::Axis::time);
  QTest::keyClick(&window, Qt::Key_T);
  EXPECT_EQ(lanes->axis(), LanesView::Axis::sequence);
  ASSERT_TRUE(settled());
  QSignalSpy opened(&analysis, &Analysis::documentChanged);
  QTest::keyClick(&window, Qt::Key_R, Qt::ControlModifier);
  ASSERT_TRUE(test::wait_for([&] { return opened.count() == 1; }));
  ASSERT_TRUE(settled());
  EXPECT_EQ(analysis.choice().tapped, before ^ 3) << "reloading keeps the observer";
  QTest::keyClick(&window, Qt::Key_W, Qt::ControlModifier);
  EXPECT_EQ(pages()->currentIndex(), 0);
  EXPECT_FALSE(analysis.document());
}

TEST_F(WindowTest, F6GoesFromPaneToPane) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  std::set<QWidget*> visited;
  for (int i = 0; i < 6; ++i) {
    QTest::keyClick(&window, Qt::Key_F6);
    ASSERT_NE(QApplication::focusWidget(), nullptr);
    visited.insert(QApplication::focusWidget());
  }
  EXPECT_EQ(visited.size(), 6u);
}

/// Types into the dialog that a key opens and presses Return. What the dialog then says is wrong comes back,
/// and it is given up; nothing where it took the answer.
QString answer(MainWindow& window, Qt::Key key, const QString& text) {
  QString problem = "no dialog came up";
  window.activateWindow();  // the dialog before took the focus with it
  if (!QTest::qWaitForWindowActive(&window)) return "the window did not become active";
  QTimer typist;
  typist.setSingleShot(true);
  QObject::connect(&typist, &QTimer::timeout, [&] {
    auto* dialog = qobject_cast<AskDialog*>(QApplication::activeModalWidget());
    ASSERT_NE(dialog, nullptr);
    dialog->line()->selectAll();
    QTest::keyClicks(dialog->line(), text);
    if (text.isEmpty()) dialog->line()->clear();
    QTest::keyClick(dialog->line(), Qt::Key_Return);
    problem = dialog->problem();
    if (dialog->isVisible()) QTest::keyClick(dialog, Qt::Key_Escape);
  });
  typist.start(0);
  QTest::keyClick(&window, key, Qt::ControlModifier);
  return problem;
}

TEST_F(WindowTest, ControlGGoesToAPlace) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  const auto stream = window.analysis().stream();
  EXPECT_EQ(answer(window, Qt::Key_G, "4711"), "");
  EXPECT_EQ(window.shared().cursor(), 4711u);
  EXPECT_EQ(answer(window, Qt::Key_G, "0x10"), "");
  EXPECT_EQ(window.shared().cursor(), 16u);
  EXPECT_EQ(answer(window, Qt::Key_G, QStringLiteral("dsn %1").arg(stream->report().first_dsn + 99)), "");
  EXPECT_EQ(window.shared().cursor(), 99u);
  const LaneSegment segment = stream->lanes().lane(1).front();
  EXPECT_EQ(answer(window, Qt::Key_G, QStringLiteral("packet %1").arg(segment.frame)), "");
  EXPECT_EQ(window.shared().cursor(), segment.offset);
  EXPECT_EQ(answer(window, Qt::Key_G, "packet 1"), "Packet 1 carries no byte of this stream.");
  EXPECT_EQ(answer(window, Qt::Key_G, ""), "A number is missing.");
  EXPECT_TRUE(answer(window, Qt::Key_G, "dsn 17").contains("is not of this stream, which goes from "));
  EXPECT_EQ(window.shared().cursor(), segment.offset) << "what is wrong moves nothing";
}

TEST_F(WindowTest, ControlFFindsTextAndBytes) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  const auto truth = window.analysis().stream()->truth();
  const auto place_of = [&](const std::string& text, std::size_t from) {
    return static_cast<std::uint64_t>(std::search(truth.begin() + static_cast<std::ptrdiff_t>(from),
                                                  truth.end(), text.begin(), text.end()) -
                                      truth.begin());
  };
  window.shared().setCursor(truth.size() / 2);
  const std::uint64_t next = place_of("e ", truth.size() / 2 + 1);
  ASSERT_LT(next, truth.size());
  EXPECT_EQ(answer(window, Qt::Key_F, "e "), "");
  EXPECT_EQ(window.shared().cursor(), next);
  EXPECT_EQ(window.shared().selection(), (Interval{next, next + 2}));
  const std::uint64_t after = place_of("e ", next + 1);
  EXPECT_EQ(answer(window, Qt::Key_F, "0x65 20"), "") << "the same as bytes, from there on";
  EXPECT_EQ(window.shared().cursor(), after);
  window.shared().setCursor(truth.size() - 1);
  EXPECT_EQ(answer(window, Qt::Key_F, "HTTP/1.1"), "") << "from the begin on";
  EXPECT_EQ(window.shared().cursor(), 0u);
  EXPECT_EQ(answer(window, Qt::Key_F, "0xabc"),
            "'0xabc' is not bytes: 0x wants pairs of hexadecimal digits behind it.");
  EXPECT_EQ(answer(window, Qt::Key_F, ""), "There is nothing to find.");
  EXPECT_EQ(answer(window, Qt::Key_F, "not in this stream"),
            "Not there, neither in what the tap recovers nor in the original.");
  EXPECT_EQ(window.shared().cursor(), 0u);
}

TEST_F(WindowTest, AttackAndCancelByKey) {
  ASSERT_TRUE(window.openDemo("http_text"));
  ASSERT_TRUE(test::wait_for([&] { return window.analysis().observation() != nullptr; }));
  QTest::keyClick(&window, Qt::Key_Escape);
  ASSERT_TRUE(settled());
  QTest::keyClick(&window, Qt::Key_F5);
  ASSERT_TRUE(settled());
  EXPECT_TRUE(window.analysis().observation()->attacked);
  QTest::keyClick(&window, Qt::Key_F5, Qt::ShiftModifier);
  ASSERT_TRUE(settled());
  const auto& matrix = window.analysis().stream()->matrix();
  for (const MatrixRow& row : matrix)
    EXPECT_TRUE(row.tapped == 0 || window.analysis().inferred({row.tapped, false})) << row.tapped;
}

TEST_F(WindowTest, ThePaneWithTheFocusIsExported) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  const QTemporaryDir folder;
  QString error;
  for (int i = 0; i < 6; ++i) {
    QTest::keyClick(&window, Qt::Key_F6);
    const QString file = folder.filePath(QStringLiteral("%1.svg").arg(i));
    EXPECT_TRUE(window.writePane(file, error)) << error.toStdString();
    EXPECT_GT(QFileInfo(file).size(), 1000);
  }
}

TEST_F(WindowTest, ADemonstrationIsOpenedWithTheTapsAskedFor) {
  InitialView first;
  first.tapped = SubflowMask{1};
  ASSERT_TRUE(window.openDemo("plain", first));
  ASSERT_TRUE(settled());
  EXPECT_EQ(window.analysis().choice().tapped, SubflowMask{1});
}

TEST_F(WindowTest, GapsAreJumpedTo) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  QTest::keyClick(&window, Qt::Key_BracketRight);
  ASSERT_TRUE(window.shared().cursor());
  const auto state = window.analysis().observation()->recovered->state(*window.shared().cursor());
  EXPECT_EQ(state, ByteState::unseen);
}

TEST_F(WindowTest, CheckBoxesAndMatrixChooseTheObserver) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  auto* tree = window.findChild<ConnectionTree*>();
  QTreeWidgetItem* connection = tree->topLevelItem(0);
  ASSERT_GE(connection->childCount(), 4);
  connection->child(1)->setCheckState(0, Qt::Checked);
  EXPECT_EQ(window.analysis().choice().tapped, window.analysis().stream()->all());
  ASSERT_TRUE(settled());
  auto* matrix = window.findChild<MatrixView*>();
  ASSERT_EQ(matrix->rowCount(), 4);
  EXPECT_EQ(matrix->item(3, 1)->text(), "100");
  Q_EMIT matrix->cellClicked(0, 0);
  EXPECT_EQ(window.analysis().choice().tapped, 0u);
  EXPECT_EQ(connection->child(1)->checkState(0), Qt::Unchecked) << "boxes follow";
}

TEST_F(WindowTest, FilesAreDropped) {
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(MPS_SOURCE_DIR "/captures/plain.pcapng")});
  QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&window, &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&window, &drop);
  ASSERT_TRUE(settled());
  EXPECT_TRUE(window.windowTitle().contains("plain.pcapng"));
}

TEST_F(WindowTest, AFileThatFailsLeavesAMessageAndTheWindowUsable) {
  LoadRequest request;
  request.inputs = {{"/no/such/file.pcap", Trust::unknown}};
  window.openRequest(request);
  auto* banner = window.findChild<QFrame*>("banner");
  EXPECT_FALSE(banner->isVisible());
  ASSERT_TRUE(test::wait_for([&] { return banner->isVisible(); }));
  EXPECT_TRUE(banner->findChildren<QLabel*>().back()->text().contains("/no/such/file.pcap"));
  EXPECT_EQ(pages()->currentIndex(), 0);
  EXPECT_FALSE(window.openDemo("no-such-demo"));
  EXPECT_FALSE(QSettings().value("recent").toStringList().contains("/no/such/file.pcap"))
      << "only what could be opened is offered again";
  ASSERT_TRUE(window.openDemo("plain"));
  EXPECT_TRUE(settled());
  EXPECT_FALSE(banner->isVisible());
}

TEST_F(WindowTest, EveryWidgetThatTakesTheFocusHasAName) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  for (QWidget* widget : window.findChildren<QWidget*>()) {
    if (widget->inherits("QComboBoxListView")) continue;  // its box has the name
    if (!(widget->focusPolicy() & Qt::TabFocus) || widget->objectName().startsWith("qt_")) continue;
    QWidget* named = widget;
    while (named && named->accessibleName().isEmpty() && named->property("text").toString().isEmpty() &&
           named->parentWidget() && qobject_cast<QAbstractItemView*>(named) == nullptr)
      named = named->parentWidget();
    EXPECT_TRUE(named &&
                (!named->accessibleName().isEmpty() || !named->property("text").toString().isEmpty()))
        << widget->metaObject()->className();
  }
}

TEST_F(WindowTest, PagesByNameAndBothColourSchemes) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  for (const char* page : {"bytes", "text", "image", "segments", "lab", "attack", "known", "anomalies", "log",
                           "lag", "histogram", "recovered"}) {
    EXPECT_TRUE(window.showPage(page)) << page;
    EXPECT_FALSE(window.grab().isNull());
  }
  EXPECT_FALSE(window.showPage("nothing"));
  window.setDark(true);
  EXPECT_TRUE(theme::is_dark(QApplication::palette()));
  EXPECT_FALSE(window.grab().isNull());
  window.setDark(false);
  EXPECT_EQ(window.reportPictures().size(), 4u) << "the lanes and three plots";
}

TEST_F(WindowTest, FitsA1280x800Screen) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  EXPECT_LE(window.minimumSizeHint().width(), 1280);
  EXPECT_LE(window.minimumSizeHint().height(), 800);
}

}  // namespace
}  // namespace mps::gui
