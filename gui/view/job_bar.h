// SPDX-License-Identifier: GPL-2.0-or-later
/// What the worker is doing, how far it is, and a button that stops it. Hidden while nothing runs.
#pragma once

#include <QWidget>

#include "gui/model/job_runner.h"

class QProgressBar;
class QPushButton;

namespace mps::gui {

class JobBar : public QWidget {
  Q_OBJECT

 public:
  explicit JobBar(JobRunner* runner, QWidget* parent = nullptr);
  QPushButton* cancelButton() const { return cancel_; }
  QProgressBar* progress() const { return progress_; }

 private:
  void show_progress(double share, const QString& text);

  QProgressBar* progress_;
  QPushButton* cancel_;
};

}  // namespace mps::gui
