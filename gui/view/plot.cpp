// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/plot.h"

// The library's header wants the keywords that this project keeps off, because they are names in core/.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach

#include <QLabel>
#include <QStackedLayout>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/view/table_style.h"

namespace mps::gui {

Plot::Plot(const QString& name, QWidget* parent) : QWidget(parent) {
  setAccessibleName(name);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2, 2, 2, 2);
  column->setSpacing(2);
  stack_ = new QStackedLayout;
  chart_ = new QCustomPlot(this);
  chart_->setAccessibleName(name);
  chart_->setMinimumSize(160, 100);
  table_ = new QTableWidget(this);
  table_->setAccessibleName(tr("%1 as a table").arg(name));
  style_table(table_);
  stack_->addWidget(chart_);
  stack_->addWidget(table_);
  column->addLayout(stack_, 1);
  caption_ = new QLabel(this);
  caption_->setWordWrap(true);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(caption_);
}

void Plot::setContent(PlotContent content) {
  content_ = std::move(content);
  caption_->setText(QString(content_.caption).replace(QStringLiteral(" %"), QStringLiteral("\u00a0%")));
  caption_->setVisible(!content_.caption.isEmpty());
  rebuild();
  fill_table();
}

void Plot::showTable(bool table) {
  stack_->setCurrentIndex(table ? 1 : 0);
}

void Plot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) rebuild();
}

/// Where the chart has no room beside or around its legend, the curves matter more.
bool Plot::legend_fits() const {
  if (content_.series.size() < 2 || !content_.tick_names.isEmpty()) return false;
  const int line = fontMetrics().height();
  if (!content_.legend_beside)
    return chart_->height() >= (static_cast<int>(content_.series.size()) + 5) * line;
  int widest = 0;
  for (const PlotSeries& series : content_.series)
    widest = std::max(widest, fontMetrics().horizontalAdvance(series.name) + 4 * line);
  return chart_->width() >= 2 * widest;
}

/// The legend belongs to one layout at a time: inside the axes, or at the top of a column of its own.
void Plot::place_legend() {
  QCPLegend* const legend = chart_->legend;
  QCPLayoutInset* const inside = chart_->axisRect()->insetLayout();
  const bool beside = legend->layout() != inside, wanted = content_.legend_beside && legend_fits();
  legend->setVisible(legend_fits());
  if (beside == wanted) return;
  legend->layout()->take(legend);
  if (wanted) {
    auto* column = new QCPLayoutGrid;
    column->addElement(0, 0, legend);
    column->addElement(1, 0, new QCPLayoutElement(chart_));  // takes the height that is left
    column->setRowStretchFactor(0, 0.001);
    chart_->plotLayout()->addElement(0, 1, column);
    chart_->plotLayout()->setColumnStretchFactor(1, 0.001);
  } else {
    chart_->plotLayout()->removeAt(chart_->plotLayout()->rowColToIndex(0, 1));
    chart_->plotLayout()->simplify();
    inside->addElement(legend, Qt::AlignTop | Qt::AlignRight);
  }
}

void Plot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  place_legend();
  chart_->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::rebuild() {
  chart_->clearPlottables();
  chart_->clearItems();
  const QColor ink = palette().color(QPalette::Text);
  chart_->setBackground(palette().color(QPalette::Base));
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.9);
  for (QCPAxis* axis : {chart_->xAxis, chart_->yAxis}) {
    axis->setBasePen(QPen(ink));
    axis->setTickPen(QPen(ink));
    axis->setSubTickPen(QPen(ink));
    axis->setTickLabelColor(ink);
    axis->setLabelColor(ink);
    axis->setTickLabelFont(small);
    axis->setLabelFont(small);
    axis->setVisible(!content_.series.empty());
    axis->grid()->setVisible(!content_.series.empty());
    axis->grid()->setPen(QPen(palette().color(QPalette::Mid), 0, Qt::DotLine));
  }
  chart_->xAxis->setLabel(content_.x_title);
  chart_->yAxis->setLabel(content_.y_title);
  chart_->legend->setBrush(palette().color(QPalette::Base));
  chart_->legend->setTextColor(ink);
  chart_->legend->setFont(small);
  place_legend();
  chart_->legend->setBorderPen(QPen(palette().color(QPalette::Mid)));
  double low_x = 0, high_x = 1, high_y = 0;
  bool first = true;
  for (const PlotSeries& series : content_.series) {
    const QColor colour = theme::colour(series.mark, palette());
    if (series.look == PlotSeries::Look::bars) {
      auto* bars = new QCPBars(chart_->xAxis, chart_->yAxis);
      bars->setName(series.name);
      bars->setData(series.x, series.y, true);
      bars->setPen(QPen(colour));
      bars->setBrush(theme::brush(series.mark, palette()));
      bars->setWidth(content_.tick_names.isEmpty() ? 1.0 : 0.6);
      bars->setAntialiased(false);
    } else {
      QCPGraph* graph = chart_->addGraph();
      graph->setName(series.name);
      graph->setData(series.x, series.y, true);
      graph->setPen(QPen(colour, 1.6, theme::line(series.mark)));
      if (series.look == PlotSeries::Look::steps) graph->setLineStyle(QCPGraph::lsStepLeft);
    }
    for (const double x : series.x) {
      low_x = first ? x : std::min(low_x, x);
      high_x = first ? x : std::max(high_x, x);
      first = false;
    }
    for (const double y : series.y) high_y = std::max(high_y, y);
  }
  if (content_.level) high_y = std::max(high_y, *content_.level);
  const bool named = !content_.tick_names.isEmpty();
  chart_->xAxis->setRange(named ? 0.4 : low_x, named                    ? high_x + 0.6
                                               : content_.notes.empty() ? std::max(high_x, low_x + 1)
                                                                        : high_x + 0.02 * (high_x - low_x));
  chart_->yAxis->setRange(0,
                          content_.y_top.value_or(high_y > 0 ? high_y * (content_.level ? 1.25 : 1.08) : 1));
  if (named) {
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    for (int i = 0; i < content_.tick_names.size(); ++i) ticker->addTick(i + 1, content_.tick_names[i]);
    chart_->xAxis->setTicker(ticker);
  } else {
    chart_->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
  }
  const auto line = [&](QPointF from, QPointF to, bool across, const QString& text, const QColor& colour) {
    auto* item = new QCPItemLine(chart_);
    for (QCPItemPosition* position : {item->start, item->end}) {
      position->setTypeX(across ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords);
      position->setTypeY(across ? QCPItemPosition::ptPlotCoords : QCPItemPosition::ptAxisRectRatio);
    }
    item->start->setCoords(from);
    item->end->setCoords(to);
    item->setPen(QPen(colour, 1, Qt::DashLine));
    auto* label = new QCPItemText(chart_);
    label->setText(text);
    label->setFont(small);
    label->setColor(colour);
    label->position->setTypeX(item->end->typeX());
    label->position->setTypeY(item->end->typeY());
    label->position->setCoords(to);
    label->setPositionAlignment(across ? Qt::AlignRight | Qt::AlignBottom : Qt::AlignLeft | Qt::AlignTop);
    label->setPadding(QMargins(3, 0, 3, 0));
    if (!text.isEmpty()) label->setBrush(palette().color(QPalette::Base));  // it may lie on bars
  };
  if (content_.level)
    line({0, *content_.level}, {1, *content_.level}, true, content_.level_name,
         theme::colour(theme::Mark::chance, palette()));
  for (int i = 0; i < content_.bar_labels.size(); ++i) {
    auto* label = new QCPItemText(chart_);
    label->position->setCoords(i + 1, content_.series[static_cast<std::size_t>(i)].y.value(0));
    label->setText(content_.bar_labels[i]);
    label->setFont(small);
    label->setColor(ink);
    label->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    label->setPadding(QMargins(0, 0, 0, 4));
  }
  for (const PlotNote& note : content_.notes) {
    auto* point = new QCPItemEllipse(chart_);
    constexpr double radius = 3.5;
    auto* centre = new QCPItemText(chart_);
    centre->position->setCoords(note.x, note.y);
    centre->setText(note.text);
    centre->setFont(small);
    centre->setColor(ink);
    centre->setPositionAlignment(Qt::AlignRight | (note.below ? Qt::AlignTop : Qt::AlignBottom));
    // A rising curve passes on the left of its point, so the text keeps below it.
    centre->setPadding(QMargins(2, note.below ? fontMetrics().height() * 5 / 4 : 0, 6, 0));
    for (auto [position, sign] : {std::pair{point->topLeft, -1.0}, {point->bottomRight, 1.0}}) {
      position->setParentAnchor(centre->position);
      position->setType(QCPItemPosition::ptAbsolute);
      position->setCoords(sign * radius, sign * radius);
    }
    point->setPen(QPen(ink, 1.2));
    point->setBrush(palette().color(QPalette::Base));
  }
  if (content_.marked_x)
    line({*content_.marked_x, 1}, {*content_.marked_x, 0}, false, content_.marked_name,
         theme::colour(theme::Mark::claim, palette()));
  chart_->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::fill_table() {
  table_->clear();
  if (!content_.tick_names.isEmpty()) {  // one bar a name, in series of their own
    table_->setColumnCount(2);
    table_->setHorizontalHeaderLabels({QString(), content_.y_title});
    table_->setRowCount(static_cast<int>(content_.series.size()));
    for (int row = 0; row < table_->rowCount(); ++row) {
      const PlotSeries& series = content_.series[static_cast<std::size_t>(row)];
      table_->setItem(row, 0, new QTableWidgetItem(series.name));
      auto* value = new QTableWidgetItem(QString::number(series.y.value(0), 'f', 2));
      value->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      table_->setItem(row, 1, value);
    }
    return;
  }
  QStringList headings{content_.x_title};
  qsizetype rows = 0;
  for (const PlotSeries& series : content_.series) {
    headings += series.name;
    rows = std::max(rows, series.x.size());
  }
  table_->setColumnCount(static_cast<int>(headings.size()));
  table_->setHorizontalHeaderLabels(headings);
  table_->setRowCount(static_cast<int>(rows));
  for (int row = 0; row < rows; ++row) {
    auto* x = new QTableWidgetItem(QString::number(content_.series.front().x.value(row)));
    x->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    table_->setItem(row, 0, x);
    for (int column = 0; column < static_cast<int>(content_.series.size()); ++column) {
      auto* item = new QTableWidgetItem(
          QString::number(content_.series[static_cast<std::size_t>(column)].y.value(row), 'f', 3));
      item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      table_->setItem(row, column + 1, item);
    }
  }
}

void Plot::draw(QPaintDevice& device, const QSize& size) {
  QCPPainter painter(&device);
  painter.setMode(QCPPainter::pmVectorized);
  chart_->toPainter(&painter, size.width(), size.height());
}

}  // namespace mps::gui
