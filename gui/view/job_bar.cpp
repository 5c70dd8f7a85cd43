// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/job_bar.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>

namespace mps::gui {

JobBar::JobBar(JobRunner* runner, QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  progress_ = new QProgressBar(this);
  progress_->setAccessibleName(tr("Progress"));
  progress_->setMinimumWidth(fontMetrics().averageCharWidth() * 48);
  cancel_ = new QPushButton(tr("Cancel (Esc)"), this);
  cancel_->setAccessibleName(tr("Cancel what is running"));
  row->addWidget(progress_, 1);
  row->addWidget(cancel_);
  QSizePolicy policy = sizePolicy();
  policy.setRetainSizeWhenHidden(true);  // or the tabs beside it would jump
  setSizePolicy(policy);
  hide();
  connect(cancel_, &QPushButton::clicked, runner, &JobRunner::cancel);
  connect(runner, &JobRunner::started, this, [this](const QString& name) {
    show_progress(-1, name);
    show();
  });
  connect(runner, &JobRunner::progressed, this, &JobBar::show_progress);
  connect(runner, &JobRunner::idle, this, [this, runner] { setVisible(runner->busy()); });
}

void JobBar::show_progress(double share, const QString& text) {
  progress_->setRange(0, share < 0 ? 0 : 1000);
  progress_->setValue(static_cast<int>(std::max(0.0, share) * 1000));
  progress_->setFormat(text);
}

}  // namespace mps::gui
