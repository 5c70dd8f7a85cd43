// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/matrix_view.h"

#include <QHeaderView>
#include <bit>

#include "gui/view/table_style.h"

namespace mps::gui {
namespace {

enum Column { taps, seen, exact, exact_with_key, inferred, columns };

QString percent(std::uint64_t part, std::uint64_t whole) {
  if (whole > 0 && part == whole) return QStringLiteral("100");  // the columns are narrow
  return QString::number(Observation::share(part, whole) * 100, 'f', 1);
}

}  // namespace

QString tap_names(SubflowMask tapped) {
  QStringList names;
  for (SubflowMask rest = tapped; rest; rest &= rest - 1) names += QString::number(std::countr_zero(rest));
  return names.isEmpty() ? MatrixView::tr("none") : names.join('+');
}

MatrixView::MatrixView(Analysis* analysis, QWidget* parent) : QTableWidget(parent), analysis_(analysis) {
  setAccessibleName(tr("Subset matrix"));
  setColumnCount(columns);
  setHorizontalHeaderLabels({tr("taps"), tr("seen"), tr("exact"), tr("+key"), tr("infer.")});
  const QString reasons[] = {
      tr("tapped subflows"), tr("% of the stream that crosses the tapped paths"),
      tr("% of the stream that is determined without the key"),
      tr("% of the stream that is determined with the key"),
      tr("% of the stream that the attack infers beyond what is exact; empty: not attacked yet")};
  for (int column = 0; column < columns; ++column) horizontalHeaderItem(column)->setToolTip(reasons[column]);
  style_table(this);
  horizontalHeader()->setMinimumSectionSize(30);
  horizontalHeader()->setSectionResizeMode(taps, QHeaderView::ResizeToContents);
  connect(analysis_, &Analysis::streamChanged, this, &MatrixView::rebuild);
  connect(analysis_, &Analysis::matrixChanged, this, &MatrixView::refresh);
  connect(analysis_, &Analysis::choiceChanged, this, &MatrixView::refresh);
  const auto choose = [this](int row) {
    const auto stream = analysis_->stream();
    if (stream && row >= 0 && static_cast<std::size_t>(row) < stream->matrix().size())
      analysis_->setTapped(stream->matrix()[static_cast<std::size_t>(row)].tapped);
  };
  connect(this, &QTableWidget::cellClicked, this, choose);
  connect(this, &QTableWidget::cellActivated, this, choose);
}

void MatrixView::rebuild() {
  const auto stream = analysis_->stream();
  setRowCount(stream ? static_cast<int>(stream->matrix().size()) : 0);
  for (int row = 0; row < rowCount(); ++row)
    for (int column = 0; column < columns; ++column) {
      auto* item = new QTableWidgetItem;
      if (column != taps) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      setItem(row, column, item);
    }
  refresh();
}

void MatrixView::refresh() {
  const auto stream = analysis_->stream();
  if (!stream || rowCount() != static_cast<int>(stream->matrix().size())) return;
  for (int row = 0; row < rowCount(); ++row) {
    const MatrixRow& figures = stream->matrix()[static_cast<std::size_t>(row)];
    item(row, taps)->setText(tap_names(figures.tapped));
    item(row, seen)->setText(percent(figures.seen, stream->length()));
    item(row, exact)->setText(percent(figures.exact_without_key, stream->length()));
    item(row, exact_with_key)->setText(percent(figures.exact_with_key, stream->length()));
    const auto guessed = analysis_->inferred({figures.tapped, analysis_->choice().keys_known});
    item(row, inferred)->setText(guessed ? percent(*guessed, stream->length()) : QString());
    if (figures.tapped == analysis_->choice().tapped) selectRow(row);
  }
}

}  // namespace mps::gui
