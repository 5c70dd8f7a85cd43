// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/start_page.h"

#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/view/theme.h"

namespace mps::gui {
namespace {

theme::Mark mark_of(DemoSide side) {
  switch (side) {
    case DemoSide::refutes:
      return theme::Mark::inferred;
    case DemoSide::supports:
      return theme::Mark::exact;
    case DemoSide::counter_example:
      return theme::Mark::claim;
    case DemoSide::control:
      return theme::Mark::unknown;
  }
  return theme::Mark::unknown;
}

}  // namespace

DemoCard::DemoCard(const Demo& demo, QWidget* parent)
    : QAbstractButton(parent),
      name_(demo.name),
      title_(demo.title),
      sentence_(demo.sentence),
      side_name_(describe(demo.side)),
      side_(demo.side) {
  setText(title_);
  setAccessibleName(title_);
  setAccessibleDescription(sentence_ + QStringLiteral(" ") + side_name_);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize DemoCard::sizeHint() const {
  return {fontMetrics().horizontalAdvance('x') * 38, fontMetrics().height() * 6 + 10};
}

void DemoCard::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const bool lively = underMouse() || hasFocus();
  painter.setPen(QPen(palette().color(lively ? QPalette::Highlight : QPalette::Mid), lively ? 2 : 1));
  painter.setBrush(palette().color(isDown() ? QPalette::AlternateBase : QPalette::Base));
  painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 6, 6);
  const int pad = 12, line = fontMetrics().height();
  const QRect inner = rect().adjusted(pad + 8, 10, -pad, -8);
  const QRect stripe(8, 12, 6, height() - 24);
  const QColor colour = theme::colour(mark_of(side_), palette());
  painter.setPen(Qt::NoPen);
  QColor ground = colour;
  ground.setAlphaF(0.35f);
  painter.fillRect(stripe, ground);
  painter.fillRect(stripe, theme::brush(mark_of(side_), palette()));
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(inner, Qt::AlignLeft | Qt::AlignTop, title_);
  painter.setFont(font());
  painter.setPen(colour);
  painter.drawText(inner, Qt::AlignRight | Qt::AlignTop, side_name_);
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(inner.adjusted(0, line + 6, 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                   sentence_);
}

void DemoCard::enterEvent(QEnterEvent* event) {
  QAbstractButton::enterEvent(event);
  update();
}

void DemoCard::leaveEvent(QEvent* event) {
  QAbstractButton::leaveEvent(event);
  update();
}

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Start page"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(36, 26, 36, 26);
  column->setSpacing(12);
  auto* title = new QLabel(tr("What does one tapped path of scrambled Multipath TCP give away?"), this);
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.5);
  large.setBold(true);
  title->setFont(large);
  column->addWidget(title);
  auto* intro = new QLabel(tr("Drop a capture (pcap, pcapng, compressed or not; several files are several "
                              "taps of the same traffic) on this window, "
                              "or open one of the demonstrations: real traffic of a Linux kernel, dispersed "
                              "over a trusted and an untrusted path."),
                           this);
  intro->setWordWrap(true);
  column->addWidget(intro);
  auto* open = new QPushButton(tr("&Open a capture..."), this);
  open->setDefault(true);
  connect(open, &QPushButton::clicked, this, &StartPage::openAsked);
  column->addWidget(open, 0, Qt::AlignLeft);
  auto* grid = new QGridLayout;
  grid->setSpacing(10);
  int at = 0;
  for (const Demo& demo : demos()) {
    auto* card = new DemoCard(demo, this);
    connect(card, &QAbstractButton::clicked, this, [this, name = demo.name] { Q_EMIT demoChosen(name); });
    grid->addWidget(card, at / 3, at % 3);
    cards_.push_back(card);
    ++at;
  }
  column->addLayout(grid);
  if (captures_folder().isEmpty()) {
    for (DemoCard* card : cards_) card->setEnabled(false);
    column->addWidget(new QLabel(tr("The demonstration captures are not installed."), this));
  }
  recent_box_ = new QWidget(this);
  auto* recent_column = new QVBoxLayout(recent_box_);
  recent_column->setContentsMargins(0, 0, 0, 0);
  auto* recent_title = new QLabel(tr("Opened &last"), recent_box_);
  recent_ = new QListWidget(recent_box_);
  recent_->setAccessibleName(tr("Files opened last"));
  recent_title->setBuddy(recent_);
  recent_column->addWidget(recent_title);
  recent_column->addWidget(recent_);
  connect(recent_, &QListWidget::itemActivated, this,
          [this](QListWidgetItem* item) { Q_EMIT fileChosen(item->text()); });
  column->addWidget(recent_box_);
  column->addStretch(1);
  setRecent({});
}

void StartPage::setRecent(const QStringList& files) {
  recent_->clear();
  recent_->addItems(files);
  recent_->setFixedHeight(recent_->sizeHintForRow(0) * static_cast<int>(files.size()) +
                          2 * recent_->frameWidth());
  recent_box_->setVisible(!files.isEmpty());
}

}  // namespace mps::gui
