// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/job_bar.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>
#include <algorithm>

#include "gui/model/job_runner.h"

namespace mps::gui {

QWidget* make_job_bar(JobRunner* runner, QWidget* parent) {
  auto* bar = new QWidget(parent);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  auto* progress = new QProgressBar(bar);
  progress->setAccessibleName(QObject::tr("Progress"));
  progress->setMinimumWidth(bar->fontMetrics().averageCharWidth() * 48);
  auto* cancel = new QPushButton(QObject::tr("Cancel (Esc)"), bar);
  cancel->setAccessibleName(QObject::tr("Cancel what is running"));
  row->addWidget(progress, 1);
  row->addWidget(cancel);
  QSizePolicy policy = bar->sizePolicy();
  policy.setRetainSizeWhenHidden(true);  // or the tabs beside it would jump
  bar->setSizePolicy(policy);
  bar->hide();
  const auto show_progress = [progress](double share, const QString& text) {
    progress->setRange(0, share < 0 ? 0 : 1000);
    progress->setValue(static_cast<int>(std::max(0.0, share) * 1000));
    progress->setFormat(text);
  };
  QObject::connect(cancel, &QPushButton::clicked, runner, &JobRunner::cancel);
  QObject::connect(runner, &JobRunner::started, bar, [bar, show_progress](const QString& name) {
    show_progress(-1, name);
    bar->show();
  });
  QObject::connect(runner, &JobRunner::progressed, bar, show_progress);
  QObject::connect(runner, &JobRunner::idle, bar, [bar, runner] { bar->setVisible(runner->busy()); });
  return bar;
}

}  // namespace mps::gui
