// SPDX-License-Identifier: GPL-2.0-or-later
/// The window's menus, tool bar and keys.
#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QPainter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QTableView>
#include <QToolBar>
#include <QToolButton>

#include "gui/export/picture_export.h"
#include "gui/model/demo_catalog.h"
#include "gui/model/scheme_text.h"
#include "gui/model/stream_place.h"
#include "gui/view/ask_dialog.h"
#include "gui/view/attack_panel.h"
#include "gui/view/bytes_view.h"
#include "gui/view/connection_tree.h"
#include "gui/view/image_view.h"
#include "gui/view/known_plaintext_panel.h"
#include "gui/view/lanes_view.h"
#include "gui/view/leakage_panel.h"
#include "gui/view/main_window.h"
#include "gui/view/matrix_view.h"
#include "gui/view/plots_panel.h"
#include "gui/view/step_dialog.h"
#include "gui/view/text_view.h"

namespace mps::gui {
namespace {

enum Preset { preset_none, preset_untrusted, preset_trusted, preset_all, preset_all_with_keys, preset_own };

template <typename Context, typename Slot>
QAction* add(QMenu* menu, const QString& text, const QKeySequence& key, Context* context, Slot slot) {
  QAction* action = menu->addAction(text);
  action->setShortcut(key);
  QObject::connect(action, &QAction::triggered, context, slot);
  return action;
}

}  // namespace

void MainWindow::make_actions() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  QAction* open = add(file, tr("&Open..."), QKeySequence(Qt::CTRL | Qt::Key_O), this, &MainWindow::openFiles);
  add(file, tr("Open with &trust and keys..."), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this,
      &MainWindow::openWithLabels);
  add(file, tr("&Reload"), QKeySequence(Qt::CTRL | Qt::Key_R), this, [this] {
    if (const auto document = analysis_->document())
      analysis_->open(
          document->request(),
          {analysis_->stream() ? std::optional(analysis_->stream()->connection_number()) : std::nullopt,
           analysis_->stream() ? std::optional(analysis_->stream()->direction()) : std::nullopt,
           analysis_->choice().tapped, analysis_->choice().keys_known});
  });
  add(file, tr("&Close the capture"), QKeySequence(Qt::CTRL | Qt::Key_W), this, &MainWindow::showStartPage);
  file->addSeparator();
  QMenu* exports = file->addMenu(tr("&Export"));
  add(exports, tr("This &pane as a picture..."), QKeySequence(Qt::CTRL | Qt::Key_E), this,
      &MainWindow::export_pane);
  add(exports, tr("&Report..."), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E), this,
      &MainWindow::export_report);
  add(exports, tr("Recovered &bytes..."), {}, this, &MainWindow::export_bytes);
  file->addSeparator();
  add(file, tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), this, &QWidget::close);

  make_view_actions(menuBar()->addMenu(tr("&View")));
  make_observer_actions(menuBar()->addMenu(tr("&Observe")));

  QMenu* attack = menuBar()->addMenu(tr("&Attack"));
  QAction* run = add(attack, tr("&Run"), QKeySequence(Qt::Key_F5), analysis_, &Analysis::attack);
  add(attack, tr("Attack every &subset"), QKeySequence(Qt::SHIFT | Qt::Key_F5), analysis_,
      &Analysis::attackAllSubsets);
  add(attack, tr("&Cancel"), QKeySequence(Qt::Key_Escape), analysis_, &Analysis::cancel);

  QMenu* help = menuBar()->addMenu(tr("&Help"));
  add(help, tr("&Step by step (figures 9 and 10)..."), QKeySequence(Qt::CTRL | Qt::Key_T), this, [this] {
    const auto stream = analysis_->stream();
    StepDialog(stream ? QString::fromStdString(step_through_note(stream->coding())) : QString(), this).exec();
  });
  add(help, tr("&About"), {}, this, [this] {
    QMessageBox::about(this, tr("mpscramble"),
                       tr("<p><b>mpscramble %1</b></p><p>What a tapped path of scrambled Multipath TCP (Kato "
                          "et al. 2018) gives away.</p>"
                          "<p>This program links QCustomPlot and comes under the GPL, version 3. The sources "
                          "are GPL-2.0-or-later.</p>")
                           .arg(QStringLiteral(MPS_VERSION)));
  });

  make_tool_bar(open, run, exports);
}

void MainWindow::make_tool_bar(QAction* open, QAction* attack, QMenu* exports) {
  QToolBar* bar = addToolBar(tr("Tools"));
  bar->setMovable(false);
  bar->setObjectName(QStringLiteral("tools"));
  bar->addAction(open);
  auto* demos_button = new QToolButton(bar);
  demos_button->setText(tr("Demos  "));  // room for the arrow
  demos_button->setPopupMode(QToolButton::InstantPopup);
  auto* demos_menu = new QMenu(demos_button);
  for (const Demo& demo : demos())
    demos_menu->addAction(demo.title, this, [this, name = demo.name] { openDemo(name); });
  demos_button->setMenu(demos_menu);
  bar->addWidget(demos_button);
  bar->addSeparator();
  QAction* turn = bar->addAction(tr("Other direction (D)"), analysis_, &Analysis::reverseDirection);
  turn->setToolTip(tr("Shows what the other end sent"));
  auto* label = new QLabel(tr("  Observer: "), bar);
  bar->addWidget(label);
  presets_ = new QComboBox(bar);
  presets_->setAccessibleName(tr("Observer"));
  presets_->addItems({tr("nobody"), tr("untrusted paths"), tr("trusted paths"), tr("all paths"),
                      tr("all paths and keys"), tr("own choice")});
  label->setBuddy(presets_);
  bar->addWidget(presets_);
  connect(presets_, &QComboBox::activated, this, &MainWindow::choose_observer);
  connect(analysis_, &Analysis::choiceChanged, this, &MainWindow::show_preset);
  bar->addSeparator();
  attack->setIconText(tr("Attack (F5)"));
  bar->addAction(attack);
  auto* export_button = new QToolButton(bar);
  export_button->setText(tr("Export  "));
  export_button->setPopupMode(QToolButton::InstantPopup);
  export_button->setMenu(exports);
  bar->addWidget(export_button);
  needs_stream_ = {bar->widgetForAction(turn), bar->widgetForAction(attack), label, presets_, export_button};
  for (QWidget* widget : needs_stream_) widget->setEnabled(false);
}

void MainWindow::make_view_actions(QMenu* menu) {
  QAction* time = menu->addAction(tr("Lanes by &time"));
  time->setShortcut(QKeySequence(Qt::Key_T));
  time->setCheckable(true);
  connect(time, &QAction::toggled, this,
          [this](bool on) { lanes_->setAxis(on ? LanesView::Axis::time : LanesView::Axis::sequence); });
  connect(lanes_, &LanesView::axisChanged, time,
          [this, time] { time->setChecked(lanes_->axis() == LanesView::Axis::time); });
  add(menu, tr("Zoom &in"), QKeySequence(Qt::Key_Plus), lanes_, &LanesView::zoomIn)
      ->setShortcuts({QKeySequence(Qt::Key_Plus), QKeySequence(Qt::Key_Equal)});
  add(menu, tr("Zoom &out"), QKeySequence(Qt::Key_Minus), lanes_, &LanesView::zoomOut);
  add(menu, tr("&Whole stream"), QKeySequence(Qt::Key_0), lanes_, &LanesView::fit);
  add(menu, tr("Zoom &back"), QKeySequence(Qt::Key_Backspace), lanes_, &LanesView::back);
  menu->addSeparator();
  add(menu, tr("&Next gap"), QKeySequence(Qt::Key_BracketRight), this, [this] { jump_gap(true); });
  add(menu, tr("&Previous gap"), QKeySequence(Qt::Key_BracketLeft), this, [this] { jump_gap(false); });
  add(menu, tr("&Find bytes..."), QKeySequence(Qt::CTRL | Qt::Key_F), this, &MainWindow::find_bytes);
  add(menu, tr("&Go to..."), QKeySequence(Qt::CTRL | Qt::Key_G), this, &MainWindow::go_to);
  add(menu, tr("Next pan&e"), QKeySequence(Qt::Key_F6), this, &MainWindow::next_pane);
  menu->addSeparator();
  QAction* tables = menu->addAction(tr("Plots as ta&bles"));
  tables->setCheckable(true);
  connect(tables, &QAction::toggled, plots_, &PlotsPanel::showTables);
  QAction* dark = menu->addAction(tr("&Dark colours"));
  dark->setCheckable(true);
  dark->setChecked(theme::is_dark(QApplication::palette()));
  connect(dark, &QAction::toggled, this, &MainWindow::setDark);
  add(menu, tr("&Larger text"), QKeySequence(Qt::CTRL | Qt::Key_Plus), this, [this] { scale_text(1.15); });
  add(menu, tr("S&maller text"), QKeySequence(Qt::CTRL | Qt::Key_Minus), this,
      [this] { scale_text(1 / 1.15); });
}

void MainWindow::make_observer_actions(QMenu* menu) {
  const QString names[] = {tr("&Nobody"), tr("&Untrusted paths"), tr("&Trusted paths"), tr("&All paths"),
                           tr("All paths and &keys")};
  for (int preset = preset_none; preset < preset_own; ++preset)
    add(menu, names[preset], {}, this, [this, preset] { choose_observer(preset); });
  menu->addSeparator();
  for (int subflow = 0; subflow < 9; ++subflow)  // keys 1 to 9 for subflows 0 to 8
    add(menu, tr("Tap subflow %1").arg(subflow), QKeySequence(Qt::Key_1 + subflow), this,
        [this, subflow] { analysis_->toggleTap(static_cast<std::uint16_t>(subflow)); });
  add(menu, tr("Keys &known"), QKeySequence(Qt::Key_K), this,
      [this] { analysis_->setKeysKnown(!analysis_->choice().keys_known); });
  add(menu, tr("Other &direction"), QKeySequence(Qt::Key_D), analysis_, &Analysis::reverseDirection);
}

void MainWindow::choose_observer(int preset) {
  const auto stream = analysis_->stream();
  if (!stream || preset == preset_own) return;
  const SubflowMask masks[] = {0, stream->labelled(Trust::untrusted), stream->labelled(Trust::trusted),
                               stream->all(), stream->all()};
  analysis_->setKeysKnown(preset == preset_all_with_keys);
  analysis_->setTapped(masks[preset]);
  show_preset();
}

void MainWindow::show_preset() {
  const auto stream = analysis_->stream();
  if (!stream) return;
  const ObserverChoice choice = analysis_->choice();
  int preset = preset_own;
  if (choice.tapped == stream->all())
    preset = choice.keys_known ? preset_all_with_keys : preset_all;
  else if (!choice.keys_known && choice.tapped == 0)
    preset = preset_none;
  else if (!choice.keys_known && choice.tapped == stream->labelled(Trust::untrusted))
    preset = preset_untrusted;
  else if (!choice.keys_known && choice.tapped == stream->labelled(Trust::trusted))
    preset = preset_trusted;
  presets_->setCurrentIndex(preset);
}

void MainWindow::jump_gap(bool forward) {
  const auto observation = analysis_->observation();
  if (!observation) return;
  const std::uint64_t from = shared_->cursor().value_or(shared_->range().begin);
  const IntervalIndex& seen = observation->recovered->seen();
  const auto gap = forward ? seen.next_gap(from) : seen.previous_gap(from);
  if (gap && *gap < observation->stream->length())
    shared_->setCursor(*gap, true);
  else
    statusBar()->showMessage(forward ? tr("No gap of this observer behind the cursor")
                                     : tr("No gap of this observer before the cursor"),
                             3000);
}

void MainWindow::find_bytes() {
  if (!analysis_->observation()) return;
  AskDialog dialog(
      tr("Find bytes"),
      tr("Text, or 0x and hexadecimal digits. Looked for in what the tap recovers and in the original:"),
      [this](const QString& answer) { return find(answer); }, this);
  dialog.line()->setText(last_needle_);
  dialog.line()->selectAll();
  dialog.exec();
}

/// Goes to the next place behind the cursor, and from the stream's end on to its begin. What is wrong, if
/// anything.
QString MainWindow::find(const QString& text) {
  const auto needle = parse_needle(text.toStdString());
  if (!needle) return QString::fromStdString(needle.error());
  last_needle_ = text;
  const std::uint64_t behind = shared_->cursor() ? *shared_->cursor() + 1 : 0;
  for (const std::uint64_t from : {behind, std::uint64_t{0}}) {
    const auto recovered = bytes_->bytes().find_recovered(*needle, from);
    const auto original = bytes_->bytes().find_original(*needle, from);
    if (!recovered && !original) continue;
    const bool by_tap = recovered && (!original || *recovered <= *original);
    const std::uint64_t at = by_tap ? *recovered : *original;
    shared_->setCursor(at, true);
    shared_->select({at, at + needle->size()});
    statusBar()->showMessage(
        (by_tap ? tr("Found at byte %1 of what the tap recovers%2")
                : tr("Found at byte %1 of the original%2"))
            .arg(theme::count(at), from < behind ? tr(", from the begin on") : QString()),
        6000);
    return {};
  }
  return tr("Not there, neither in what the tap recovers nor in the original.");
}

void MainWindow::go_to() {
  const auto stream = analysis_->stream();
  if (!stream) return;
  AskDialog dialog(
      tr("Go to"),
      tr("Stream offset, \"dsn\" and a data sequence number, or \"packet\" and its number in the capture. "
         "Decimal, or "
         "hexadecimal behind 0x:"),
      [this, &stream](const QString& answer) {
        const auto place = parse_place(answer.toStdString(), *stream);
        if (!place) return QString::fromStdString(place.error());
        shared_->setCursor(*place, true);
        return QString();
      },
      this);
  dialog.exec();
}

void MainWindow::next_pane() {
  if (pages_->currentIndex() == 0) return;
  QWidget* const panes[] = {tree_, matrix_, lanes_, content_, plots_, bottom_};
  const auto holds_focus = [](QWidget* pane) {
    return pane->hasFocus() ||
           (QApplication::focusWidget() && pane->isAncestorOf(QApplication::focusWidget()));
  };
  std::size_t next = 0;
  for (std::size_t i = 0; i < std::size(panes); ++i)
    if (holds_focus(panes[i])) next = (i + 1) % std::size(panes);
  QWidget* target = panes[next];
  if (auto* tabs = qobject_cast<QTabWidget*>(target);
      tabs && tabs->currentWidget()->focusPolicy() != Qt::NoFocus)
    target = tabs->currentWidget();
  target->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::scale_text(double factor) {
  QFont font = QApplication::font();
  font.setPointSizeF(std::clamp(font.pointSizeF() * factor, 6.0, 32.0));
  QApplication::setFont(font);
  bytes_->setFont(theme::monospace());
}

void MainWindow::export_pane() {
  if (!analysis_->observation()) return;
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Export the pane with the focus"),
                                   QStringLiteral("mpscramble.png"), tr("Pictures (*.png *.svg *.pdf)"));
  if (file.isEmpty()) return;
  QString error;
  statusBar()->showMessage(writePane(file, error) ? tr("Written: %1").arg(file) : error, 8000);
}

bool MainWindow::writePane(const QString& file, QString& error) {
  QWidget* const focus = QApplication::focusWidget();
  const auto has_focus = [focus](QWidget* pane) {
    return focus && (focus == pane || pane->isAncestorOf(focus));
  };
  Plot* const plot = has_focus(plots_) ? plots_->current() : has_focus(known_) ? known_->plot() : nullptr;
  if (plot)
    return write_picture(
        file, {800, 420}, plot->accessibleName(),
        [plot](QPaintDevice& device, const QSize& size) { plot->draw(device, size); }, error);
  for (QWidget* pane : {static_cast<QWidget*>(tree_), static_cast<QWidget*>(matrix_),
                        content_->currentWidget(), bottom_->currentWidget(), static_cast<QWidget*>(leakage_)})
    if (has_focus(pane)) return write_widget(file, *pane, error);
  return write_picture(
      file, {1000, 240}, tr("Lanes"),
      [this](QPaintDevice& device, const QSize& size) {
        QPainter painter(&device);
        painter.fillRect(QRect({}, size), palette().color(QPalette::Window));
        lanes_->paint(painter, size);
      },
      error);
}

void MainWindow::export_report() {
  const auto observation = analysis_->observation();
  if (!observation) return;
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export a report"), QStringLiteral("mpscramble.html"), tr("Reports (*.html *.pdf *.json)"));
  if (file.isEmpty()) return;
  QString error;
  statusBar()->showMessage(
      write_report(file, *observation, reportPictures(), error) ? tr("Written: %1").arg(file) : error, 8000);
}

void MainWindow::export_bytes() {
  const auto observation = analysis_->observation();
  if (!observation) return;
  const QString file = QFileDialog::getSaveFileName(this, tr("Export what the tap recovered"),
                                                    QStringLiteral("recovered.bin"));
  if (file.isEmpty()) return;
  QString error;
  statusBar()->showMessage(
      write_recovered(file, *observation, error) ? tr("Written: %1 and its list of ranges").arg(file) : error,
      8000);
}

}  // namespace mps::gui
