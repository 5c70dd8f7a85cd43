// SPDX-License-Identifier: GPL-2.0-or-later
/// The window: start page or analysis, with the views arranged around one Analysis and one SharedView.
#pragma once

#include <QMainWindow>

#include "gui/export/report.h"
#include "gui/model/analysis.h"
#include "gui/model/shared_view.h"

class QActionGroup;
class QComboBox;
class QFrame;
class QLabel;
class QPlainTextEdit;
class QStackedWidget;
class QTabWidget;
class QTableView;
class QTableWidget;

namespace mps::gui {

class AttackPanel;
class BytesView;
class ConnectionTree;
class ImageView;
class KnownPlaintextPanel;
class LabView;
class LanesView;
class LeakagePanel;
class MatrixView;
class PlotsPanel;
class SegmentsModel;
class StartPage;
class TextView;

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);

  Analysis& analysis() { return *analysis_; }
  SharedView& shared() { return *shared_; }
  void openRequest(const LoadRequest& request, const InitialView& first = {});
  /// False if there is no such demonstration, or its capture is not installed.
  bool openDemo(const QString& name, const InitialView& first = {});
  /// "bytes", "text", "image", "segments", "lab"; "attack", "known", "anomalies", "log"; "lag", "histogram",
  /// "recovered".
  bool showPage(const QString& name);
  void setDark(bool dark);
  std::vector<ReportPicture> reportPictures();
  /// A picture of the pane that has the focus; of the lanes where none has. False with a reason.
  bool writePane(const QString& file, QString& error);
  bool settled() const;  ///< nothing is running

 public Q_SLOTS:
  void openFiles();
  void openWithLabels();
  void showStartPage();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  // main_window.cpp
  QWidget* make_banner();
  QWidget* make_lanes_bar();
  QWidget* make_left();
  QWidget* make_centre();
  QWidget* make_right();
  QWidget* make_bottom();
  void connect_views();
  void show_document();
  void show_stream();
  void show_observation();
  void show_anomalies();
  void show_plots();
  void show_failure(const QString& reason);
  void remember(const LoadRequest& request);
  // window_actions.cpp
  void make_actions();
  void make_tool_bar(QAction* open, QAction* attack, QMenu* exports);
  void make_observer_actions(QMenu* menu);
  void make_view_actions(QMenu* menu);
  void choose_observer(int preset);
  void show_preset();
  void jump_gap(bool forward);
  void find_bytes();
  QString find(const QString& text);
  void go_to();
  void next_pane();
  void scale_text(double factor);
  void export_pane();
  void export_report();
  void export_bytes();

  Analysis* analysis_;
  SharedView* shared_;
  QFrame* banner_;
  QLabel* banner_text_;
  QStackedWidget* pages_;
  StartPage* start_;
  ConnectionTree* tree_;
  MatrixView* matrix_;
  LanesView* lanes_;
  QAction* time_axis_ = nullptr;
  QTabWidget* content_;
  BytesView* bytes_;
  TextView* text_;
  ImageView* image_;
  QTableView* segments_;
  LabView* lab_;
  SegmentsModel* segments_model_;
  LeakagePanel* leakage_;
  PlotsPanel* plots_;
  QTabWidget* bottom_;
  AttackPanel* attack_;
  KnownPlaintextPanel* known_;
  QTableWidget* anomalies_;
  QPlainTextEdit* log_;
  QLabel* explanation_;
  QComboBox* presets_;
  std::vector<QWidget*> needs_stream_;  ///< of the tool bar
  QString last_needle_;
};

}  // namespace mps::gui
