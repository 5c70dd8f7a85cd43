// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/main_window.h"

#include <QApplication>
#include <QBuffer>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QTableWidget>
#include <QTime>
#include <QToolButton>
#include <QVBoxLayout>
#include <map>

#include "gui/model/demo_catalog.h"
#include "gui/view/attack_panel.h"
#include "gui/view/bytes_view.h"
#include "gui/view/connection_tree.h"
#include "gui/view/image_view.h"
#include "gui/view/job_bar.h"
#include "gui/view/known_plaintext_panel.h"
#include "gui/view/lab_view.h"
#include "gui/view/lanes_view.h"
#include "gui/view/leakage_panel.h"
#include "gui/view/matrix_view.h"
#include "gui/view/open_dialog.h"
#include "gui/view/plots_panel.h"
#include "gui/view/segments_model.h"
#include "gui/view/start_page.h"
#include "gui/view/table_style.h"
#include "gui/view/text_view.h"

namespace mps::gui {
namespace {

constexpr auto recent_key = "recent";
constexpr int recent_kept = 8;

/// Scrolls up and down only, and is never narrower than what is in it.
class ColumnScroll : public QScrollArea {
 public:
  using QScrollArea::QScrollArea;
  QSize minimumSizeHint() const override {
    const int inside = widget() ? widget()->minimumSizeHint().width() : 0;
    return {inside + verticalScrollBar()->sizeHint().width(), QScrollArea::minimumSizeHint().height()};
  }
  bool eventFilter(QObject* object, QEvent* event) override {
    if (event->type() == QEvent::LayoutRequest) updateGeometry();
    return QScrollArea::eventFilter(object, event);
  }
};

QByteArray png_of(const QImage& image) {
  QByteArray png;
  QBuffer buffer(&png);
  image.save(&buffer, "PNG");
  return png;
}

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), analysis_(new Analysis(this)), shared_(new SharedView(this)) {
  setWindowTitle(tr("mpscramble"));
  setAcceptDrops(true);
  pages_ = new QStackedWidget(this);
  start_ = new StartPage(this);
  start_->setRecent(QSettings().value(QLatin1String(recent_key)).toStringList());
  pages_->addWidget(start_);
  auto* upper = new QSplitter(Qt::Horizontal, this);
  upper->addWidget(make_left());
  upper->addWidget(make_centre());
  upper->setStretchFactor(1, 1);
  upper->setSizes({214, 794});  // eight bytes a row in three panes
  auto* rows = new QSplitter(Qt::Vertical, this);
  rows->addWidget(upper);
  rows->addWidget(make_bottom());
  rows->setStretchFactor(0, 1);
  rows->setSizes({520, 180});
  auto* columns = new QSplitter(Qt::Horizontal, this);
  columns->addWidget(rows);
  columns->addWidget(make_right());
  columns->setStretchFactor(0, 1);
  columns->setSizes({1012, 264});
  pages_->addWidget(columns);
  auto* centre = new QWidget(this);
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(make_banner());
  column->addWidget(pages_, 1);
  setCentralWidget(centre);
  explanation_ = new QLabel(this);
  explanation_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  statusBar()->addWidget(explanation_, 1);
  statusBar()->addPermanentWidget(make_job_bar(&analysis_->runner(), this));
  make_actions();
  connect_views();
  resize(1280, 800);
}

/// What went wrong, above everything, until it is closed or the next capture opens.
QWidget* MainWindow::make_banner() {
  banner_ = new QFrame(this);
  banner_->setObjectName(QStringLiteral("banner"));
  banner_->setAutoFillBackground(true);
  banner_->setBackgroundRole(QPalette::ToolTipBase);
  banner_->setFrameShape(QFrame::StyledPanel);
  auto* row = new QHBoxLayout(banner_);
  row->setContentsMargins(12, 6, 8, 6);
  auto* sign = new QLabel(banner_);
  sign->setPixmap(style()
                      ->standardPixmap(QStyle::SP_MessageBoxWarning)
                      .scaledToHeight(fontMetrics().height() + 4, Qt::SmoothTransformation));
  row->addWidget(sign, 0, Qt::AlignTop);
  banner_text_ = new QLabel(banner_);
  banner_text_->setWordWrap(true);
  banner_text_->setTextFormat(Qt::PlainText);
  banner_text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(banner_text_, 1);
  auto* close = new QPushButton(tr("Dismiss"), banner_);
  connect(close, &QPushButton::clicked, banner_, &QWidget::hide);
  row->addWidget(close, 0, Qt::AlignTop);
  banner_->hide();
  return banner_;
}

/// What the lanes' keys do, for the mouse.
QWidget* MainWindow::make_lanes_bar() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(8, 2, 4, 0);
  row->setSpacing(6);
  auto* by_sequence = new QRadioButton(tr("data sequence"), bar);
  auto* by_time = new QRadioButton(tr("time"), bar);
  by_sequence->setChecked(true);
  row->addWidget(new QLabel(tr("Lanes by"), bar));
  row->addWidget(by_sequence);
  row->addWidget(by_time);
  row->addStretch(1);
  connect(by_time, &QRadioButton::toggled, this,
          [this](bool time) { lanes_->setAxis(time ? LanesView::Axis::time : LanesView::Axis::sequence); });
  connect(lanes_, &LanesView::axisChanged, bar, [this, by_sequence, by_time] {
    (lanes_->axis() == LanesView::Axis::time ? by_time : by_sequence)->setChecked(true);
  });
  const auto add = [&](const QString& text, const QString& what, const auto& slot) {
    auto* button = new QToolButton(bar);
    button->setText(text);
    button->setToolTip(what);
    button->setAccessibleName(what);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    connect(button, &QToolButton::clicked, lanes_, slot);
    row->addWidget(button);
  };
  row->addWidget(new QLabel(tr("Zoom"), bar));
  add(QStringLiteral("+"), tr("Zoom in (+)"), &LanesView::zoomIn);
  add(QStringLiteral("\u2212"), tr("Zoom out (-)"), &LanesView::zoomOut);
  add(tr("back"), tr("Zoom back (Backspace)"), &LanesView::back);
  add(tr("all"), tr("Whole stream (0)"), &LanesView::fit);
  return bar;
}

QWidget* MainWindow::make_left() {
  auto* split = new QSplitter(Qt::Vertical, this);
  tree_ = new ConnectionTree(analysis_, split);
  auto* box = new QWidget(split);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 4, 0, 0);
  column->setSpacing(2);
  auto* title = new QLabel(tr("Subset matrix, % of the stream"), box);
  column->addWidget(title);
  matrix_ = new MatrixView(analysis_, box);
  column->addWidget(matrix_, 1);
  split->addWidget(tree_);
  split->addWidget(box);
  split->setSizes({260, 260});
  return split;
}

QWidget* MainWindow::make_centre() {
  auto* split = new QSplitter(Qt::Vertical, this);
  auto* top = new QWidget(split);
  lanes_ = new LanesView(shared_, top);
  auto* column = new QVBoxLayout(top);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(make_lanes_bar());
  column->addWidget(lanes_, 1);
  content_ = new QTabWidget(split);
  content_->setDocumentMode(true);
  content_->setAccessibleName(tr("Content"));
  bytes_ = new BytesView(shared_, content_);
  text_ = new TextView(shared_, content_);
  image_ = new ImageView(shared_, content_);
  segments_ = new QTableView(content_);
  segments_->setAccessibleName(tr("Segments"));
  segments_model_ = new SegmentsModel(segments_);
  segments_->setModel(segments_model_);
  style_table(segments_);
  segments_->horizontalHeader()->setSectionResizeMode(SegmentsModel::trust, QHeaderView::ResizeToContents);
  content_->addTab(bytes_, tr("Bytes"));
  content_->addTab(text_, tr("Text"));
  content_->addTab(image_, tr("Image"));
  content_->addTab(segments_, tr("Segments"));
  lab_ = new LabView(analysis_, content_);
  content_->addTab(lab_, tr("Lab"));
  split->addWidget(top);
  split->addWidget(content_);
  split->setStretchFactor(1, 1);
  split->setSizes({175, 355});
  return split;
}

QWidget* MainWindow::make_right() {
  auto* split = new QSplitter(Qt::Vertical, this);
  auto* scroll = new ColumnScroll(split);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setAccessibleName(tr("Leakage"));
  leakage_ = new LeakagePanel(scroll);
  scroll->setWidget(leakage_);
  plots_ = new PlotsPanel(split);
  split->addWidget(scroll);
  split->addWidget(plots_);
  split->setStretchFactor(1, 1);
  split->setSizes({430, 270});
  return split;
}

QWidget* MainWindow::make_bottom() {
  bottom_ = new QTabWidget(this);
  bottom_->setDocumentMode(true);
  bottom_->setAccessibleName(tr("Details"));
  attack_ = new AttackPanel(analysis_, bottom_);
  known_ = new KnownPlaintextPanel(bottom_);
  anomalies_ = new QTableWidget(0, 4, bottom_);
  anomalies_->setAccessibleName(tr("Anomalies"));
  anomalies_->setHorizontalHeaderLabels({tr("packet"), tr("connection"), tr("subflow"), tr("what")});
  style_table(anomalies_);
  for (int column = 0; column < 3; ++column)
    anomalies_->horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
  log_ = new QPlainTextEdit(bottom_);
  log_->setReadOnly(true);
  log_->setMaximumBlockCount(5000);
  log_->setAccessibleName(tr("Log"));
  bottom_->addTab(attack_, tr("Attack"));
  bottom_->addTab(known_, tr("Known plaintext"));
  bottom_->addTab(anomalies_, tr("Anomalies"));
  bottom_->addTab(log_, tr("Log"));
  return bottom_;
}

void MainWindow::connect_views() {
  connect(analysis_, &Analysis::documentChanged, this, &MainWindow::show_document);
  connect(analysis_, &Analysis::streamChanged, this, &MainWindow::show_stream);
  connect(analysis_, &Analysis::observationChanged, this, &MainWindow::show_observation);
  connect(analysis_, &Analysis::curveChanged, this, [this] { known_->setCurve(analysis_->curve()); });
  connect(analysis_, &Analysis::failed, this, &MainWindow::show_failure);
  connect(analysis_, &Analysis::noted, this, [this](const QString& line) {
    log_->appendPlainText(QTime::currentTime().toString(QStringLiteral("HH:mm:ss  ")) + line);
  });
  connect(analysis_, &Analysis::statisticsChanged, this, &MainWindow::show_plots);
  connect(shared_, &SharedView::rangeChanged, this, [this] {
    analysis_->setRange(shared_->range());
    segments_model_->setRange(shared_->range());
  });
  connect(anomalies_, &QTableWidget::cellClicked, this, [this](int row) {
    const auto stream = analysis_->stream();
    if (!stream) return;
    for (const AnomalyMark& mark : stream->anomalies())
      if (mark.entry == static_cast<std::size_t>(row) && mark.offset) shared_->setCursor(*mark.offset, true);
  });
  connect(&analysis_->runner(), &JobRunner::idle, this, [this] {
    if (!analysis_->busy()) leakage_->show(analysis_->observation(), false);
  });
  connect(bytes_, &BytesView::explained, this, [this](const QString& text) { explanation_->setText(text); });
  connect(attack_, &AttackPanel::runChosen, this,
          [this](std::uint64_t offset) { shared_->setCursor(offset, true); });
  connect(start_, &StartPage::openAsked, this, &MainWindow::openFiles);
  connect(start_, &StartPage::demoChosen, this, [this](const QString& name) { openDemo(name); });
  connect(start_, &StartPage::fileChosen, this, [this](const QString& file) {
    LoadRequest request;
    request.inputs = {{file.toStdString(), Trust::unknown}};
    openRequest(request);
  });
  connect(segments_, &QTableView::clicked, this, [this](const QModelIndex& index) {
    shared_->setCursor(segments_model_->offset_of(index.row()), true);
  });
  connect(shared_, &SharedView::cursorChanged, this, [this] {
    if (!shared_->cursor()) return;
    const int row = segments_model_->row_at(*shared_->cursor());
    if (row >= 0) segments_->selectRow(row);
    explanation_->setText(QString::fromStdString(bytes_->bytes().identity(*shared_->cursor())));
  });
}

void MainWindow::openRequest(const LoadRequest& request, const InitialView& first) {
  statusBar()->clearMessage();
  banner_->hide();
  analysis_->open(request, first);
}

bool MainWindow::openDemo(const QString& name, const InitialView& first) {
  const Demo* demo = find_demo(name);
  auto opened = demo ? request_of(*demo, captures_folder()) : std::nullopt;
  if (!opened) {
    show_failure(tr("There is no demonstration '%1', or its capture is not installed.").arg(name));
    return false;
  }
  InitialView view = first;
  if (!view.direction) view.direction = opened->first.direction;
  openRequest(opened->request, view);
  if (name == QLatin1String("http_bitmap") || name == QLatin1String("path_down"))
    showPage(QStringLiteral("image"));
  else if (name != QLatin1String("random") && name != QLatin1String("http_gzip"))
    showPage(QStringLiteral("text"));
  else
    showPage(QStringLiteral("bytes"));
  return true;
}

void MainWindow::remember(const LoadRequest& request) {
  if (!request.title.empty()) return;  // a demonstration
  QSettings settings;
  QStringList recent = settings.value(QLatin1String(recent_key)).toStringList();
  for (const CaptureInput& input : request.inputs) {
    const QString path = QFileInfo(QString::fromStdString(input.path)).absoluteFilePath();
    recent.removeAll(path);
    recent.prepend(path);
  }
  settings.setValue(QLatin1String(recent_key), recent.mid(0, recent_kept));
  start_->setRecent(recent.mid(0, recent_kept));
}

void MainWindow::openFiles() {
  const QStringList files = QFileDialog::getOpenFileNames(
      this, tr("Open captures: several files are several taps of the same traffic"));
  if (files.isEmpty()) return;
  LoadRequest request;
  for (const QString& file : files) request.inputs.push_back({file.toStdString(), Trust::unknown});
  openRequest(request);
}

void MainWindow::openWithLabels() {
  OpenDialog dialog(this);
  if (const auto document = analysis_->document()) dialog.setRequest(document->request());
  if (dialog.exec() == QDialog::Accepted) openRequest(dialog.request());
}

void MainWindow::showStartPage() {
  analysis_->close();
  banner_->hide();
  pages_->setCurrentIndex(0);
  setWindowTitle(tr("mpscramble"));
}

void MainWindow::show_document() {
  if (!analysis_->document()) return;
  const CaptureDocument& document = *analysis_->document();
  setWindowTitle(tr("%1%2 - mpscramble")
                     .arg(QString::fromStdString(document.title()),
                          document.report().interrupted ? tr(" (partial)") : QString()));
  if (document.connection_count() > 0) {
    pages_->setCurrentIndex(1);
    remember(document.request());
  }
  show_anomalies();
}

void MainWindow::show_stream() {
  const auto stream = analysis_->stream();
  for (QWidget* widget : needs_stream_) widget->setEnabled(stream != nullptr);
  shared_->reset(stream ? stream->length() : 0);
  lanes_->setStream(stream);
  segments_model_->setStream(stream);
  if (!stream) {
    bytes_->setBytes({});
    text_->setBytes({});
    image_->setBytes({});
    known_->setCurve({});
  }
}

void MainWindow::show_observation() {
  const auto observation = analysis_->observation();
  const bool waiting =
      observation && !observation->attacked && observation->leakage.scrambled && analysis_->busy();
  leakage_->show(observation, waiting);
  show_plots();
  lanes_->setObservation(observation);
  const StreamBytes bytes(observation);
  bytes_->setBytes(bytes);
  text_->setBytes(bytes);
  image_->setBytes(bytes);
  if (observation && !shared_->cursor() && !observation->leakage.runs.empty())
    shared_->setCursor(observation->leakage.runs.front().begin);  // begin where this observer begins to see
}

void MainWindow::show_plots() {
  plots_->setObservation(analysis_->observation(), analysis_->statistics().get());
}

void MainWindow::show_anomalies() {
  const CaptureDocument& document = *analysis_->document();
  const AnomalyLog& log = document.report().anomalies;
  std::map<std::uint32_t, std::size_t> number_of;  // connections are shown by their place in the report
  for (std::size_t i = 0; i < document.connection_count(); ++i) number_of[document.connection(i).id] = i;
  anomalies_->setRowCount(static_cast<int>(log.list().size()));
  int row = 0;
  for (const Anomaly& anomaly : log.list()) {
    const auto number = number_of.find(anomaly.connection);
    const QString cells[] = {anomaly.frame ? QString::number(anomaly.frame) : tr("end"),
                             number == number_of.end() ? QString() : QString::number(number->second),
                             QString::number(anomaly.subflow), QString::fromUtf8(explanation(anomaly.kind))};
    for (int column = 0; column < 4; ++column) {
      auto* item = new QTableWidgetItem(cells[column]);
      if (column < 3) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      anomalies_->setItem(row, column, item);
    }
    ++row;
  }
  if (log.list().empty()) {
    anomalies_->setRowCount(1);
    for (int column = 0; column < 3; ++column) anomalies_->setItem(0, column, new QTableWidgetItem);
    anomalies_->setItem(0, 3, new QTableWidgetItem(tr("none: nothing odd was met in this capture")));
  }
  bottom_->setTabText(2, log.total() ? tr("Anomalies (%L1)").arg(log.total()) : tr("Anomalies"));
}

void MainWindow::show_failure(const QString& reason) {
  banner_text_->setText(reason);
  banner_->show();
  if (log_->toPlainText().section('\n', -1).endsWith(reason)) return;
  log_->appendPlainText(QTime::currentTime().toString(QStringLiteral("HH:mm:ss  ")) + reason);
}

bool MainWindow::showPage(const QString& name) {
  const std::pair<const char*, std::pair<QTabWidget*, int>> known[] = {
      {"bytes", {content_, 0}}, {"text", {content_, 1}},     {"image", {content_, 2}},
      {"lab", {content_, 4}},   {"segments", {content_, 3}}, {"attack", {bottom_, 0}},
      {"known", {bottom_, 1}},  {"anomalies", {bottom_, 2}}, {"log", {bottom_, 3}},
      {"lag", {plots_, 0}},     {"histogram", {plots_, 1}},  {"recovered", {plots_, 2}}};
  for (const auto& [page, where] : known)
    if (name == QLatin1String(page)) {
      where.first->setCurrentIndex(where.second);
      return true;
    }
  return false;
}

void MainWindow::setDark(bool dark) {
  theme::apply(*qobject_cast<QApplication*>(QApplication::instance()), dark);
}

bool MainWindow::settled() const {
  return !analysis_->busy();
}

std::vector<ReportPicture> MainWindow::reportPictures() {
  std::vector<ReportPicture> pictures;
  const auto add = [&](const QString& title, const QString& caption, const QSize& size, const auto& draw) {
    QImage image(size * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    image.fill(palette().color(QPalette::Base));
    draw(image);
    pictures.push_back({title, caption, png_of(image), size.width(), pictures.size() == 1});
  };
  constexpr QSize lanes_size(report_width, 170), plot_size(520, 210);
  add(tr("Lanes"), {}, lanes_size, [&](QImage& image) {
    QPainter painter(&image);
    lanes_->paint(painter, lanes_size);
  });
  for (Plot* plot : {plots_->lag(), plots_->histogram(), plots_->recovered()})
    add(plot->accessibleName(), plot->content().caption, plot_size,
        [&](QImage& image) { plot->draw(image, plot_size); });
  image_->bringUpToDate();
  if (image_->shows_bitmap())
    for (const Face face : faces) {
      const QImage& picture = image_->picture(face);
      constexpr int highest = 190;
      const int width =
          std::min(2 * picture.width(), highest * picture.width() / std::max(1, picture.height()));
      pictures.push_back({image_->title(face), {}, png_of(picture), width, face == faces[0]});
    }
  return pictures;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  LoadRequest request;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) request.inputs.push_back({url.toLocalFile().toStdString(), Trust::unknown});
  if (request.inputs.empty()) return;
  event->acceptProposedAction();
  openRequest(request);
}

}  // namespace mps::gui
