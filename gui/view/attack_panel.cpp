// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/attack_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "gui/view/table_style.h"
#include "gui/view/theme.h"

namespace mps::gui {

AttackPanel::AttackPanel(Analysis* analysis, QWidget* parent) : QWidget(parent), analysis_(analysis) {
  setAccessibleName(tr("Attack"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 6, 6, 4);
  column->setSpacing(4);
  auto* line = new QHBoxLayout;
  run_ = new QPushButton(tr("&Run attack"), this);
  subsets_ = new QPushButton(tr("Attack every su&bset"), this);
  subsets_->setToolTip(tr("Fills the column of inferred bytes of the subset matrix"));
  controls_ = new QCheckBox(tr("with &controls"), this);
  controls_->setToolTip(
      tr("Attack the same amount of bytes under a real cipher and compressed content as well: neither may "
         "open"));
  controls_->setChecked(analysis_->settings().controls);
  line->addWidget(run_);
  line->addWidget(subsets_);
  line->addWidget(controls_);
  line->addSpacing(8);
  parameters_ = new QLabel(this);
  parameters_->setForegroundRole(QPalette::PlaceholderText);
  parameters_->setWordWrap(true);
  line->addWidget(parameters_, 1);
  column->addLayout(line);
  runs_ = new QTableWidget(0, 7, this);
  runs_->setAccessibleName(tr("Attacked stretches"));
  runs_->setHorizontalHeaderLabels({tr("first byte"), tr("bytes"), tr("verdict"), tr("bits/byte"),
                                    tr("accept below"), tr("evidence, bits"), tr("attacked with")});
  style_table(runs_);
  column->addWidget(runs_, 1);
  connect(run_, &QPushButton::clicked, analysis_, &Analysis::attack);
  connect(subsets_, &QPushButton::clicked, analysis_, &Analysis::attackAllSubsets);
  connect(controls_, &QCheckBox::toggled, this, [this](bool on) {
    AttackSettings settings = analysis_->settings();
    settings.controls = on;
    analysis_->setSettings(settings);
  });
  connect(runs_, &QTableWidget::cellClicked, this,
          [this](int row) { Q_EMIT runChosen(runs_->item(row, 0)->data(Qt::UserRole).toULongLong()); });
  connect(analysis_, &Analysis::observationChanged, this, &AttackPanel::refresh);
  connect(analysis_, &Analysis::choiceChanged, this, &AttackPanel::refresh);
  refresh();
}

void AttackPanel::refresh() {
  const auto observation = analysis_->observation();
  const bool possible = analysis_->stream() && analysis_->stream()->scrambled();
  run_->setEnabled(possible && analysis_->choice().tapped != 0);
  subsets_->setEnabled(possible);
  runs_->setRowCount(0);
  if (!observation) {
    parameters_->clear();
    return;
  }
  const Leakage& leakage = observation->leakage;
  if (!leakage.inference) {
    parameters_->setText(!leakage.scrambled        ? tr("Nothing to attack: the stream is not scrambled.")
                         : leakage.seen_bytes == 0 ? tr("Nothing to attack: no byte is tapped.")
                         : observation->exact_bytes() == leakage.seen_bytes
                             ? tr("Nothing to attack: every tapped byte is exact.")
                             : tr("Not attacked yet."));
    return;
  }
  const Inference& inference = *leakage.inference;
  std::size_t accepted = 0;
  for (const RunRecovery& run : inference.runs) accepted += run.accepted();
  parameters_->setText(tr("model %1 (%2 bits/byte), 65 columns; %3 of %4 stretches accepted%5; seed %6; %7 s")
                           .arg(QString::fromStdString(inference.model))
                           .arg(inference.model_bits_per_byte, 0, 'f', 2)
                           .arg(accepted)
                           .arg(inference.runs.size())
                           .arg(inference.all_attacked ? QString() : tr(" (partial)"))
                           .arg(observation->settings.seed)
                           .arg(observation->seconds, 0, 'f', 1));
  if (is_hardened(leakage.scheme))
    parameters_->setText(parameters_->text() +
                         tr(". A control: the attack is made for the paper's scheme, not for %1")
                             .arg(QString::fromStdString(std::string(name_of(leakage.scheme)))));
  const std::size_t rows = std::min(listed, inference.runs.size());
  runs_->setRowCount(static_cast<int>(rows));
  for (std::size_t i = 0; i < rows && i < leakage.runs.size(); ++i) {
    const RunRecovery& run = inference.runs[i];
    // A pad that was read off an area of repeating bytes is not judged by the model.
    const bool judged = !run.from_area;
    const QString none = QStringLiteral("-");
    const QString cells[] = {
        theme::count(leakage.runs[i].begin),
        theme::count(leakage.runs[i].length()),
        QString::fromUtf8(to_string(run.verdict)),
        judged ? QString::number(run.bits_per_byte, 'f', 2) : none,
        judged ? QString::number(run.accept_below, 'f', 2) : none,
        !judged                 ? none
        : run.evidence_bits < 0 ? QChar(0x2212) + theme::count(static_cast<std::uint64_t>(-run.evidence_bits))
                                : theme::count(static_cast<std::uint64_t>(run.evidence_bits)),
        !judged               ? tr("repeating bytes")
        : run.joined_runs > 1 ? tr("%1 others").arg(run.joined_runs - 1)
                              : tr("alone")};
    for (int column = 0; column < 7; ++column) {
      auto* item = new QTableWidgetItem(cells[column]);
      if (column != 2 && column != 6) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      runs_->setItem(static_cast<int>(i), column, item);
    }
    runs_->item(static_cast<int>(i), 0)
        ->setData(Qt::UserRole, QVariant::fromValue<qulonglong>(leakage.runs[i].begin));
  }
}

}  // namespace mps::gui
