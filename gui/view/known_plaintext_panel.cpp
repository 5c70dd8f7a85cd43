// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/known_plaintext_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>

namespace mps::gui {

KnownPlaintextPanel::KnownPlaintextPanel(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Known plaintext"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 6, 8, 4);
  auto* column = new QVBoxLayout;
  auto* label = new QLabel(tr("Bytes of the stretch that are &known beforehand:"), this);
  column->addWidget(label);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setRange(0, 65);
  slider_->setTickPosition(QSlider::TicksBelow);
  slider_->setTickInterval(5);
  slider_->setAccessibleName(tr("Known bytes"));
  label->setBuddy(slider_);
  column->addWidget(slider_);
  sentence_ = new QLabel(this);
  sentence_->setWordWrap(true);
  sentence_->setTextFormat(Qt::PlainText);
  column->addWidget(sentence_);
  column->addStretch(1);
  row->addLayout(column, 1);
  plot_ = new Plot(tr("Recovered by known plaintext"), this);
  row->addWidget(plot_, 1);
  connect(slider_, &QSlider::valueChanged, this, &KnownPlaintextPanel::refresh);
  setCurve({});
}

void KnownPlaintextPanel::setCurve(KnownPlaintextCurve curve) {
  curve_ = std::move(curve);
  slider_->setEnabled(!curve_.share.empty());
  PlotContent content;
  if (!curve_.share.empty()) {
    PlotSeries series{tr("determined, %"), {}, {}, theme::Mark::exact, PlotSeries::Look::line};
    for (std::size_t known = 0; known < curve_.share.size(); ++known) {
      series.x.push_back(static_cast<double>(known));
      series.y.push_back(curve_.share[known] * 100);
    }
    content.series.push_back(std::move(series));
    content.x_title = tr("known bytes");
    content.y_title = tr("determined, %");
    content.y_top = 105;
  }
  plot_->setContent(std::move(content));
  refresh();
}

QString KnownPlaintextPanel::sentence() const {
  if (curve_.share.empty()) return tr("No tapped stretch is longer than 65 bytes.");
  const int known = slider_->value();
  QString text =
      tr("The longest tapped stretch: bytes %L1 to %L2. With %3 known, exact decoding determines %4 % of it.")
          .arg(curve_.run.begin)
          .arg(curve_.run.end - 1)
          .arg(known)
          .arg(curve_.share[static_cast<std::size_t>(known)] * 100, 0, 'f', 1);
  if (known < 64)
    text += tr(" Each known byte opens its whole column: one of 65.");
  else
    text += tr(" All columns are open: the XOR of all 65 is on the wire, so the 65th comes for nothing.");
  return text;
}

void KnownPlaintextPanel::refresh() {
  sentence_->setText(sentence());
  PlotContent content = plot_->content();
  if (content.series.empty()) return;
  content.marked_x = slider_->value();
  content.marked_name = QString::number(slider_->value());
  plot_->setContent(std::move(content));
}

}  // namespace mps::gui
