// SPDX-License-Identifier: GPL-2.0-or-later
/// A chart with axes, a caption and a table that says the same in numbers. The only file that knows the
/// plotting library.
#pragma once

#include <QString>
#include <QVector>
#include <QWidget>
#include <optional>
#include <vector>

#include "gui/view/theme.h"

class QCustomPlot;
class QLabel;
class QStackedLayout;
class QTableWidget;
class QPaintDevice;

namespace mps::gui {

struct PlotSeries {
  enum class Look { bars, line, steps };
  QString name;
  QVector<double> x, y;
  theme::Mark mark = theme::Mark::exact;
  Look look = Look::line;
};

/// A point with its figures beside it.
struct PlotNote {
  double x = 0, y = 0;
  QString text;
  bool below = false;  ///< else above; on the left of the point in any case
};

struct PlotContent {
  QString x_title, y_title, caption;
  std::vector<PlotSeries> series;
  std::optional<double> level;  ///< horizontal line, such as chance
  QString level_name;
  std::optional<double> marked_x;  ///< vertical line
  QString marked_name;
  QVector<QString> tick_names;  ///< for bars at 1, 2, 3 ...; empty: numbers
  QVector<QString> bar_labels;  ///< over these bars
  std::optional<double> y_top;  ///< else fitted
  std::vector<PlotNote> notes;
  bool legend_beside = false;  ///< else in the chart
};

class Plot : public QWidget {
  Q_OBJECT

 public:
  explicit Plot(const QString& name, QWidget* parent = nullptr);
  void setContent(PlotContent content);
  const PlotContent& content() const { return content_; }
  void showTable(bool table);
  QTableWidget* table() const { return table_; }
  /// For exports: draws the chart alone.
  void draw(QPaintDevice& device, const QSize& size);
  QSize minimumSizeHint() const override { return {180, 130}; }

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void rebuild();
  bool legend_fits() const;
  void place_legend();
  void fill_table();

  PlotContent content_;
  QCustomPlot* chart_;
  QTableWidget* table_;
  QLabel* caption_;
  QStackedLayout* stack_;
};

}  // namespace mps::gui
