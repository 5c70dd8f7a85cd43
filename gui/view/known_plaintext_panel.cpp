// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/known_plaintext_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QRadioButton>
#include <QSlider>
#include <QVBoxLayout>

namespace mps::gui {
namespace {

constexpr int period = 65, cliff = 64;

/// What the paper says of known bytes: up to 63 are harmless.
PlotSeries claimed() {
  return {KnownPlaintextPanel::tr("paper: protected up to 63"),
          {0, cliff, period},
          {0, 100, 100},
          theme::Mark::claim,
          PlotSeries::Look::steps};
}

PlotSeries measured(const QString& name, const std::vector<KnownPlaintextCurve::Point>& points,
                    theme::Mark mark) {
  PlotSeries series{name, {}, {}, mark, PlotSeries::Look::line};
  for (std::size_t known = 0; known < points.size(); ++known) {
    series.x.push_back(static_cast<double>(known));
    series.y.push_back(points[known].share * 100);
  }
  return series;
}

}  // namespace

KnownPlaintextPanel::KnownPlaintextPanel(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Known plaintext"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 6, 8, 4);
  row->setSpacing(12);
  auto* column = new QVBoxLayout;
  column->setSpacing(4);
  auto* line = new QHBoxLayout;
  label_ = new QLabel(tr("Bytes &known beforehand:"), this);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setRange(0, period);
  slider_->setPageStep(8);
  slider_->setTickPosition(QSlider::TicksBelow);
  slider_->setTickInterval(8);
  slider_->setAccessibleName(tr("Known bytes"));
  label_->setBuddy(slider_);
  known_ = new QLabel(this);
  known_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  known_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("00")));
  line->addWidget(label_);
  line->addWidget(slider_, 1);
  line->addWidget(known_);
  column->addLayout(line);
  auto* choices = new QHBoxLayout;
  spread_ = new QRadioButton(tr("in &different columns"), this);
  spread_->setToolTip(tr("Side by side, as a header is: places that differ modulo 65"));
  spread_->setChecked(true);
  stacked_ = new QRadioButton(tr("all in &one column"), this);
  stacked_->setToolTip(tr("65 places apart: the first opens the column, the others only check it"));
  choices->addWidget(spread_);
  choices->addWidget(stacked_);
  choices->addStretch(1);
  column->addLayout(choices);
  figures_ = new QLabel(this);
  QFont bold = font();
  bold.setBold(true);
  figures_->setFont(bold);
  figures_->setTextFormat(Qt::PlainText);
  figures_->setWordWrap(true);
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(figures_);
  sentence_ = new QLabel(this);
  sentence_->setWordWrap(true);
  sentence_->setTextFormat(Qt::PlainText);
  column->addWidget(sentence_);
  column->addStretch(1);
  row->addLayout(column, 2);
  plot_ = new Plot(tr("Determined by known plaintext"), this);
  row->addWidget(plot_, 3);
  connect(slider_, &QSlider::valueChanged, this, &KnownPlaintextPanel::refresh);
  connect(spread_, &QRadioButton::toggled, this, &KnownPlaintextPanel::refresh);
  setCurve({});
}

const std::vector<KnownPlaintextCurve::Point>& KnownPlaintextPanel::points() const {
  return spread_->isChecked() ? curve_.spread : curve_.stacked;
}

void KnownPlaintextPanel::setCurve(KnownPlaintextCurve curve) {
  curve_ = std::move(curve);
  PlotContent content;
  if (!curve_.spread.empty()) {
    content.series = {measured(tr("different columns: c/65, all at 64"), curve_.spread, theme::Mark::exact),
                      measured(tr("one column: 1/65"), curve_.stacked, theme::Mark::unknown), claimed()};
    for (const int known : {cliff - 1, cliff}) {
      const auto& point = curve_.spread[static_cast<std::size_t>(known)];
      content.notes.push_back({static_cast<double>(known), point.share * 100,
                               QStringLiteral("%1: %2").arg(known).arg(theme::percent(point.share)),
                               known < cliff});
    }
    content.x_title = tr("known bytes c");
    content.y_title = tr("determined, %");
    content.y_top = 124;
    content.legend_beside = true;
  }
  plot_->setContent(std::move(content));
  refresh();
}

QString KnownPlaintextPanel::figures() const {
  const auto known = static_cast<std::size_t>(slider_->value());
  if (known >= points().size()) return {};
  const KnownPlaintextCurve::Point& point = points()[known];
  const QString left = point.to_open == 0   ? tr("nothing is left to open")
                       : point.to_open == 1 ? tr("1 more right byte opens the rest")
                                            : tr("%1 more right bytes open the rest").arg(point.to_open);
  return tr("%1 determined; %2").arg(theme::percent(point.share), left);
}

QString KnownPlaintextPanel::sentence() const {
  if (curve_.spread.empty()) return QString::fromStdString(curve_.obstacle);
  const auto known = static_cast<std::size_t>(slider_->value());
  const QString stretch = tr("Longest tapped stretch: bytes %1 to %2. ")
                              .arg(theme::count(curve_.run.begin), theme::count(curve_.run.end - 1));
  if (known >= points().size())
    return stretch + tr("It has no more than %1 bytes in a column.").arg(points().size() - 1);
  if (known == 0) return stretch + tr("Nothing is known, and nothing is determined: the paper's case.");
  if (stacked_->isChecked())
    return stretch + (known == 1 ? tr("One known byte opens its column.")
                                 : tr("The first opened the column; the others only check it."));
  return stretch + (known < cliff
                        ? tr("Each known byte opens its column, one of 65.")
                        : tr("All columns are open: the XOR of all 65 is on the wire, so the 65th comes for "
                             "nothing."));
}

void KnownPlaintextPanel::refresh() {
  const bool there = !curve_.spread.empty();
  const bool shown = there || curve_.obstacle.empty();  // else the sentence needs the room
  for (QWidget* widget :
       {static_cast<QWidget*>(label_), static_cast<QWidget*>(slider_), static_cast<QWidget*>(known_),
        static_cast<QWidget*>(spread_), static_cast<QWidget*>(stacked_), static_cast<QWidget*>(figures_),
        static_cast<QWidget*>(plot_)}) {
    widget->setEnabled(there);
    widget->setVisible(shown);
  }
  known_->setText(there ? QString::number(slider_->value()) : QString());
  figures_->setText(figures());
  sentence_->setText(sentence());
  PlotContent content = plot_->content();
  if (content.series.empty()) return;
  content.marked_x = slider_->value();
  plot_->setContent(std::move(content));
}

}  // namespace mps::gui
