// SPDX-License-Identifier: GPL-2.0-or-later
/// A question that takes one line. A wrong answer stays, with what is wrong below it, until it is right or
/// given up.
#pragma once

#include <QDialog>
#include <functional>

class QLabel;
class QLineEdit;

namespace mps::gui {

class AskDialog : public QDialog {
  Q_OBJECT

 public:
  /// What is wrong with an answer; empty: nothing, and the dialog closes.
  using Check = std::function<QString(const QString& answer)>;
  AskDialog(const QString& title, const QString& prompt, Check check, QWidget* parent = nullptr);
  QLineEdit* line() const { return line_; }
  QString problem() const;

 public Q_SLOTS:
  void accept() override;

 private:
  Check check_;
  QLineEdit* line_;
  QLabel* problem_;
};

}  // namespace mps::gui
