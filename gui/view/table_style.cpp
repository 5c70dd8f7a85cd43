// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/table_style.h"

#include <QEvent>
#include <QHeaderView>
#include <QTableView>

namespace mps::gui {
namespace {

class RowHeight : public QObject {
 public:
  explicit RowHeight(QTableView* table) : QObject(table), table_(table) {
    table->installEventFilter(this);
    fit();
  }
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() == QEvent::FontChange) fit();
    return false;
  }

 private:
  void fit() { table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 5); }
  QTableView* table_;
};

}  // namespace

void style_table(QTableView* table) {
  QHeaderView* header = table->horizontalHeader();
  header->setHighlightSections(false);
  header->setSectionResizeMode(QHeaderView::Stretch);
  table->verticalHeader()->hide();
  table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table->verticalHeader()->setMinimumSectionSize(1);
  table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);  // the columns share the width
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setTabKeyNavigation(false);
  new RowHeight(table);  // the table's child
}

}  // namespace mps::gui
