// SPDX-License-Identifier: GPL-2.0-or-later
// Takes a picture of every view and dialog, light and dark, for somebody to look at. gui/README.md tells what
// the manuals' pictures are of.
//
//   gui_picture_book FOLDER [TEXT-SCALE [WxH]]
#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QRadioButton>
#include <QSlider>
#include <QTableWidget>
#include <cstdio>

#include "gui/command_line.h"
#include "gui/model/scheme_text.h"
#include "gui/view/ask_dialog.h"
#include "gui/view/known_plaintext_panel.h"
#include "gui/view/lab_view.h"
#include "gui/view/lanes_view.h"
#include "gui/view/main_window.h"
#include "gui/view/open_dialog.h"
#include "gui/view/plots_panel.h"
#include "gui/view/start_page.h"
#include "gui/view/step_dialog.h"
#include "gui/view/theme.h"
#include "tests/gui/demo_document.h"

namespace {

using namespace mps::gui;

class Book {
 public:
  Book(const QString& folder, QSize size, bool dark) : folder_(folder), name_(dark ? "dark" : "light") {
    theme::apply(*qApp, dark);
    window_.resize(size);
    window_.show();
  }

  void fill() {
    window_.findChild<StartPage*>()->setRecent({});
    take(window_, "start");
    window_.findChild<StartPage*>()->setRecent(
        {"/home/somebody/captures/lte.pcapng", "/home/somebody/captures/wlan.pcapng"});
    take(window_, "start-recent");
    LoadRequest nothing;
    nothing.inputs = {{"/no/such/capture.pcapng", mps::Trust::unknown}};
    window_.openRequest(nothing);
    settle();
    take(window_, "start-failure");
    text();
    pictures();
    others();
    dialogs();
  }

 private:
  void settle() {
    test::wait_for([this] { return window_.settled(); });
    QTest::qWait(20);
  }
  void take(QWidget& widget, const QString& what) {
    QTest::qWait(20);
    widget.grab().save(QStringLiteral("%1/%2-%3.png").arg(folder_, what, name_));
  }
  void open(const char* demo) {
    window_.openDemo(demo);
    settle();
  }
  void page(const char* name) { window_.showPage(name); }

  void text() {
    open("http_text");
    page("attack");
    page("lag");
    for (const char* content : {"bytes", "text", "image", "segments"}) {
      page(content);
      take(window_, QStringLiteral("text-") + content);
    }
    page("text");
    for (const char* plot : {"histogram", "recovered"}) {
      page(plot);
      take(window_, QStringLiteral("plot-") + plot);
    }
    page("known");
    auto* known = window_.findChild<KnownPlaintextPanel*>();
    known->slider()->setValue(63);
    take(window_, "known-63");
    known->slider()->setValue(64);
    take(window_, "known-64");
    known->stackedChoice()->setChecked(true);
    known->slider()->setValue(12);
    take(window_, "known-one-column");
    for (const char* bottom : {"anomalies", "log"}) {
      page(bottom);
      take(window_, bottom);
    }
    page("attack");
    window_.shared().zoomTo({20'000, 26'000});
    settle();
    page("lag");
    take(window_, "zoomed");
    window_.findChild<PlotsPanel*>()->showTables(true);
    take(window_, "plot-tables");
    window_.findChild<PlotsPanel*>()->showTables(false);
    window_.analysis().setTapped(0);
    settle();
    take(window_, "nobody");
    window_.analysis().setTapped(3);
    settle();
    take(window_, "all-paths");
  }

  void pictures() {
    open("http_bitmap");
    page("recovered");
    take(window_, "picture");
    page("lab");
    take(window_, "lab-empty");
    window_.analysis().runLab();
    settle();
    auto* schemes = window_.findChild<LabView*>()->table();
    for (int row = 0; row < schemes->rowCount(); ++row) {
      if (row != 3 && row != 8 && row + 1 != schemes->rowCount()) continue;
      schemes->selectRow(row);
      take(window_, QStringLiteral("lab-%1").arg(row));
    }
    open("http_text");
    page("lab");
    window_.analysis().runLab();
    settle();
    schemes->selectRow(8);
    take(window_, "lab-text");
  }

  void others() {
    open("three_paths");
    window_.analysis().attackAllSubsets();
    settle();
    page("bytes");
    take(window_, "three-paths");
    open("path_down");
    page("anomalies");
    take(window_, "path-down");
    auto* lanes = window_.findChild<LanesView*>();
    lanes->setAxis(LanesView::Axis::time);
    page("segments");
    take(window_, "path-down-time");
    lanes->setAxis(LanesView::Axis::sequence);
    page("attack");
    for (const char* demo : {"http_gzip", "random", "head_untrusted", "plain", "http_json"}) {
      open(demo);
      take(window_, demo);
    }
    for (const char* capture : {"http_text_h1", "http_text_h2"}) {
      window_.openRequest(test::request(capture));
      settle();
      page("bytes");
      page("attack");
      take(window_, capture);
      page("known");
      take(window_, QString(capture) + "-known");
    }
    window_.analysis().setTapped(1);
    settle();
    take(window_, "http_text_h2-first-path");
    LoadRequest alone;
    alone.inputs = {{MPS_SOURCE_DIR "/captures/http_text.wlan0.pcap", mps::Trust::untrusted}};
    window_.openRequest(alone);
    settle();
    take(window_, "no-handshake");
    LoadRequest broken;
    broken.inputs = {{MPS_SOURCE_DIR "/README.md", mps::Trust::unknown}};
    window_.openRequest(broken);
    settle();
    take(window_, "failure");
  }

  void dialogs() {
    AskDialog ask(
        "Go to", "Stream offset, or more:", [](const QString&) { return "'x' is no number."; }, &window_);
    ask.show();
    ask.line()->setText("x");
    ask.accept();
    take(ask, "dialog-ask");
    StepDialog other(QString::fromStdString(step_through_note(mps::Scheme::h2)), &window_);
    other.show();
    take(other, "dialog-step-h2");
    StepDialog step({}, &window_);
    step.show();
    take(step, "dialog-step-start");
    for (int i = 0; i < 17; ++i) step.forward();
    take(step, "dialog-step");
    OpenDialog open(&window_);
    open.show();
    take(open, "dialog-open-empty");
    open.setRequest(test::demo("three_paths").request);
    open.addFile("/home/somebody/captures/a-rather-long-name-of-a-capture-of-the-wlan.pcapng",
                 mps::Trust::untrusted);
    take(open, "dialog-open");
    for (QLineEdit* line : open.findChildren<QLineEdit*>())
      if (line->accessibleName().startsWith("Untrusted")) line->setText("subflow:70000");
    take(open, "dialog-open-wrong");
    for (QMenu* menu : window_.menuBar()->findChildren<QMenu*>(Qt::FindDirectChildrenOnly)) {
      menu->popup({0, 0});
      take(*menu, QStringLiteral("menu-") + menu->title().remove('&'));
      menu->hide();
    }
  }

  QString folder_, name_;
  MainWindow window_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: gui_picture_book FOLDER [TEXT-SCALE [WxH]]\n", stderr);
    return 1;
  }
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QApplication::setApplicationName("gui_picture_book");  // its own settings
  QLocale::setDefault(QLocale(QLocale::English));
  QFont font = QApplication::font();
  font.setPointSizeF(font.pointSizeF() * (argc > 2 ? std::atof(argv[2]) : 1));
  QApplication::setFont(font);
  const auto size = parse_size(argc > 3 ? argv[3] : "1280x800");
  QDir().mkpath(argv[1]);
  for (const bool dark : {false, true}) Book(argv[1], {size->first, size->second}, dark).fill();
}
