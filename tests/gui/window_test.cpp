// SPDX-License-Identifier: GPL-2.0-or-later
// The whole window on the offscreen platform: keys, mouse, drop, names for screen readers, failures.
#include "gui/view/main_window.h"

#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QStatusBar>
#include <QUrl>

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
  QStackedWidget* pages() { return qobject_cast<QStackedWidget*>(window.centralWidget()); }
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
  QTest::keyClick(&window, Qt::Key_Plus);
  EXPECT_TRUE(window.shared().zoom().zoomed());
  QTest::keyClick(&window, Qt::Key_0);
  EXPECT_FALSE(window.shared().zoom().zoomed());
  auto* lanes = window.findChild<LanesView*>();
  QTest::keyClick(&window, Qt::Key_T);
  EXPECT_EQ(lanes->axis(), LanesView::Axis::time);
  QTest::keyClick(&window, Qt::Key_W, Qt::ControlModifier);
  EXPECT_EQ(pages()->currentIndex(), 0);
  EXPECT_FALSE(analysis.document());
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
  EXPECT_EQ(matrix->item(3, 1)->text(), "100.0");
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
  ASSERT_TRUE(test::wait_for([&] { return window.statusBar()->currentMessage().contains("file.pcap"); }));
  EXPECT_EQ(pages()->currentIndex(), 0);
  EXPECT_FALSE(window.openDemo("no-such-demo"));
  ASSERT_TRUE(window.openDemo("plain"));
  EXPECT_TRUE(settled());
}

TEST_F(WindowTest, EveryWidgetThatTakesTheFocusHasAName) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  for (QWidget* widget : window.findChildren<QWidget*>()) {
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
  for (const char* page : {"bytes", "text", "image", "segments", "attack", "known", "anomalies", "log", "lag",
                           "histogram", "recovered"}) {
    EXPECT_TRUE(window.showPage(page)) << page;
    EXPECT_FALSE(window.grab().isNull());
  }
  EXPECT_FALSE(window.showPage("nothing"));
  window.setDark(true);
  EXPECT_TRUE(theme::is_dark(QApplication::palette()));
  EXPECT_FALSE(window.grab().isNull());
  window.setDark(false);
  EXPECT_EQ(window.reportPictures().size(), 4u);
}

TEST_F(WindowTest, FitsA1280x800Screen) {
  ASSERT_TRUE(window.openDemo("plain"));
  ASSERT_TRUE(settled());
  EXPECT_LE(window.minimumSizeHint().width(), 1280);
  EXPECT_LE(window.minimumSizeHint().height(), 800);
}

}  // namespace
}  // namespace mps::gui
