// SPDX-License-Identifier: GPL-2.0-or-later
/// Opens captures with what the files do not say themselves: which path is trusted (by file, network or
/// interface), and a key log.
#pragma once

#include <QDialog>

#include "gui/model/capture_document.h"

class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QTableWidget;

namespace mps::gui {

class OpenDialog : public QDialog {
  Q_OBJECT

 public:
  explicit OpenDialog(QWidget* parent = nullptr);
  void setRequest(const LoadRequest& request);
  LoadRequest request() const;
  void addFile(const QString& file, Trust trust);
  /// Why it cannot be opened as it stands; empty where it can.
  QString problem() const;

 private:
  void choose_files();
  void choose_key_log();
  void remove_file();
  void enable_ok();

  LoadRequest request_;  ///< what the dialog does not show stays as it is
  QTableWidget* files_;
  QLineEdit* trusted_;
  QLineEdit* untrusted_;
  QLineEdit* keys_;
  QLabel* problem_;
  QDialogButtonBox* buttons_;
};

}  // namespace mps::gui
