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
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QTableWidget>
#include <QTime>
#include <QVBoxLayout>

#include "gui/model/demo_catalog.h"
#include "gui/view/attack_panel.h"
#include "gui/view/bytes_view.h"
#include "gui/view/connection_tree.h"
#include "gui/view/image_view.h"
#include "gui/view/known_plaintext_panel.h"
#include "gui/view/lanes_view.h"
#include "gui/view/leakage_panel.h"
#include "gui/view/matrix_view.h"
#include "gui/view/plots_panel.h"
#include "gui/view/segments_model.h"
#include "gui/view/start_page.h"
#include "gui/view/text_view.h"

namespace mps::gui {
namespace {

constexpr auto recent_key = "recent";
constexpr int recent_kept = 8;

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), analysis_(new Analysis(this)), shared_(new SharedView(this)) {
  setWindowTitle(tr("mpscramble"));
  setAcceptDrops(true);
  pages_ = new QStackedWidget(this);
  start_ = new StartPage(this);
  start_->setRecent(QSettings().value(QLatin1String(recent_key)).toStringList());
  pages_->addWidget(start_);
  auto* columns = new QSplitter(Qt::Horizontal, this);
  columns->addWidget(make_left());
  columns->addWidget(make_centre());
  columns->addWidget(make_right());
  columns->setStretchFactor(1, 1);
  columns->setSizes({245, 745, 290});
  auto* rows = new QSplitter(Qt::Vertical, this);
  rows->addWidget(columns);
  rows->addWidget(make_bottom());
  rows->setStretchFactor(0, 1);
  rows->setSizes({520, 180});
  pages_->addWidget(rows);
  setCentralWidget(pages_);
  explanation_ = new QLabel(this);
  explanation_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  statusBar()->addWidget(explanation_, 1);
  make_actions();
  connect_views();
  resize(1280, 800);
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
  lanes_ = new LanesView(shared_, split);
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
  segments_->verticalHeader()->hide();
  segments_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 5);
  segments_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  segments_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  segments_->horizontalHeader()->setSectionResizeMode(SegmentsModel::trust, QHeaderView::ResizeToContents);
  segments_->setSelectionBehavior(QAbstractItemView::SelectRows);
  segments_->setSelectionMode(QAbstractItemView::SingleSelection);
  segments_->setTabKeyNavigation(false);
  content_->addTab(bytes_, tr("Bytes"));
  content_->addTab(text_, tr("Text"));
  content_->addTab(image_, tr("Image"));
  content_->addTab(segments_, tr("Segments"));
  split->addWidget(lanes_);
  split->addWidget(content_);
  split->setStretchFactor(1, 1);
  split->setSizes({150, 380});
  return split;
}

QWidget* MainWindow::make_right() {
  auto* split = new QSplitter(Qt::Vertical, this);
  auto* scroll = new QScrollArea(split);
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
  split->setSizes({345, 215});
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
  anomalies_->horizontalHeader()->setStretchLastSection(true);
  anomalies_->verticalHeader()->hide();
  anomalies_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  anomalies_->setTabKeyNavigation(false);
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
  connect(&analysis_->runner(), &JobRunner::progressed, this, [this](double, const QString& text) {
    if (pages_->currentIndex() == 0) statusBar()->showMessage(text, 2000);
  });
  connect(&analysis_->runner(), &JobRunner::idle, this, [this] {
    if (!analysis_->busy()) leakage_->show(analysis_->observation(), false);
  });
  connect(bytes_, &BytesView::explained, this, [this](const QString& text) { explanation_->setText(text); });
  connect(attack_, &AttackPanel::runChosen, this,
          [this](std::uint64_t offset) { shared_->setCursor(offset, true); });
  connect(start_, &StartPage::openAsked, this, &MainWindow::openFiles);
  connect(start_, &StartPage::demoChosen, this, &MainWindow::openDemo);
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
  analysis_->open(request, first);
  QStringList files;
  if (request.title.empty())
    for (const CaptureInput& input : request.inputs) files += QString::fromStdString(input.path);
  remember(files);
}

bool MainWindow::openDemo(const QString& name) {
  const Demo* demo = find_demo(name);
  const auto opened = demo ? request_of(*demo, captures_folder()) : std::nullopt;
  if (!opened) {
    show_failure(tr("There is no demonstration '%1', or its capture is not installed.").arg(name));
    return false;
  }
  openRequest(opened->request, opened->first);
  if (name == QLatin1String("http_bitmap") || name == QLatin1String("path_down"))
    showPage(QStringLiteral("image"));
  else if (name != QLatin1String("random") && name != QLatin1String("http_gzip"))
    showPage(QStringLiteral("text"));
  else
    showPage(QStringLiteral("bytes"));
  return true;
}

void MainWindow::remember(const QStringList& files) {
  QSettings settings;
  QStringList recent = settings.value(QLatin1String(recent_key)).toStringList();
  for (const QString& file : files) {
    const QString path = QFileInfo(file).absoluteFilePath();
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

void MainWindow::showStartPage() {
  analysis_->close();
  pages_->setCurrentIndex(0);
  setWindowTitle(tr("mpscramble"));
}

void MainWindow::show_document() {
  if (!analysis_->document()) return;
  const CaptureDocument& document = *analysis_->document();
  setWindowTitle(tr("%1%2 - mpscramble")
                     .arg(QString::fromStdString(document.title()),
                          document.report().interrupted ? tr(" (partial)") : QString()));
  if (document.connection_count() > 0) pages_->setCurrentIndex(1);
  show_anomalies();
}

void MainWindow::show_stream() {
  const auto stream = analysis_->stream();
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
  plots_->setObservation(observation);
  lanes_->setObservation(observation);
  const StreamBytes bytes(observation);
  bytes_->setBytes(bytes);
  text_->setBytes(bytes);
  image_->setBytes(bytes);
  if (observation && !shared_->cursor() && !observation->leakage.runs.empty())
    shared_->setCursor(observation->leakage.runs.front().begin);  // begin where this observer begins to see
}

void MainWindow::show_anomalies() {
  const AnomalyLog& log = analysis_->document()->report().anomalies;
  anomalies_->setRowCount(static_cast<int>(log.list().size()));
  int row = 0;
  for (const Anomaly& anomaly : log.list()) {
    const QString cells[] = {anomaly.frame ? QString::number(anomaly.frame) : tr("end"),
                             QString::number(anomaly.connection), QString::number(anomaly.subflow),
                             QString::fromUtf8(explanation(anomaly.kind))};
    for (int column = 0; column < 4; ++column)
      anomalies_->setItem(row, column, new QTableWidgetItem(cells[column]));
    ++row;
  }
  bottom_->setTabText(2, log.total() ? tr("Anomalies (%L1)").arg(log.total()) : tr("Anomalies"));
}

void MainWindow::show_failure(const QString& reason) {
  statusBar()->showMessage(reason.section('\n', 0, 0));
  statusBar()->setToolTip(reason);
  if (log_->toPlainText().section('\n', -1).endsWith(reason)) return;
  log_->appendPlainText(QTime::currentTime().toString(QStringLiteral("HH:mm:ss  ")) + reason);
}

bool MainWindow::showPage(const QString& name) {
  const std::pair<const char*, std::pair<QTabWidget*, int>> known[] = {
      {"bytes", {content_, 0}},    {"text", {content_, 1}},   {"image", {content_, 2}},
      {"segments", {content_, 3}}, {"attack", {bottom_, 0}},  {"known", {bottom_, 1}},
      {"anomalies", {bottom_, 2}}, {"log", {bottom_, 3}},     {"lag", {plots_, 0}},
      {"histogram", {plots_, 1}},  {"recovered", {plots_, 2}}};
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
  const auto add = [&](const QString& caption, const QSize& size, const auto& draw) {
    QImage image(size * 2, QImage::Format_RGB32);
    image.setDevicePixelRatio(2);
    image.fill(palette().color(QPalette::Base));
    draw(image);
    QByteArray png;
    QBuffer buffer(&png);
    image.save(&buffer, "PNG");
    pictures.push_back({caption, png});
  };
  add(tr("Lanes"), {760, 190}, [&](QImage& image) {
    QPainter painter(&image);
    lanes_->paint(painter, {760, 190});
  });
  for (Plot* plot : {plots_->lag(), plots_->histogram(), plots_->recovered()})
    add(plot->accessibleName() + QStringLiteral(". ") + plot->content().caption, {560, 280},
        [&](QImage& image) {
          plot->draw(image, {560, 280});
        });
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
