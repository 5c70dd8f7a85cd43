// SPDX-License-Identifier: GPL-2.0-or-later
/// The same content under each scheme of core/lab, as a chosen observer sees it: a table of what it costs and
/// what it gives away, and the picture or text of the selected row on the wire and recovered.
#pragma once

#include <QWidget>

#include "gui/model/analysis.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTableWidget;

namespace mps::gui {

class PictureBox;

class LabView : public QWidget {
  Q_OBJECT

 public:
  explicit LabView(Analysis* analysis, QWidget* parent = nullptr);
  QTableWidget* table() const { return table_; }
  QComboBox* observers() const { return observers_; }

 private:
  void refresh();
  void fill_table();
  void show_selected();
  const lab::ObserverResult* result_of(std::size_t scheme) const;

  Analysis* analysis_;
  QPushButton* run_;
  QComboBox* observers_;
  QLabel* state_;
  QTableWidget* table_;
  QStackedWidget* shown_;
  PictureBox* wire_picture_;
  PictureBox* text_picture_;
  QPlainTextEdit* wire_text_;
  QPlainTextEdit* text_text_;
  QLabel* caption_;
};

}  // namespace mps::gui
