// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/lab_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "gui/view/image_view.h"
#include "gui/view/table_style.h"
#include "gui/view/theme.h"

namespace mps::gui {
namespace {

enum Column { scheme, overhead, exact, leaked, recovered, columns };
constexpr std::size_t text_shown = 4096;

theme::Mark mark_of(lab::ByteState state) {
  switch (state) {
    case lab::ByteState::exact:
      return theme::Mark::exact;
    case lab::ByteState::inferred:
      return theme::Mark::inferred;
    case lab::ByteState::unseen:
      return theme::Mark::unseen;
    default:
      return theme::Mark::unknown;
  }
}

bool guessed_or_known(lab::ByteState state) {
  return state != lab::ByteState::unseen && state != lab::ByteState::wire;
}

QChar glyph(std::uint8_t byte) {
  if (byte == '\n') return QLatin1Char('\n');
  return byte >= 0x20 && byte < 0x7f ? QLatin1Char(static_cast<char>(byte)) : QChar(0x00b7);
}

/// The stream from `from` on. `wire`: what crossed the taps; else what is determined or guessed.
void fill_text(QPlainTextEdit* pane, const lab::StreamPicture& picture, std::size_t from, bool wire,
               const QPalette& palette) {
  pane->clear();
  QTextCursor cursor(pane->document());
  cursor.beginEditBlock();
  QString run;
  QTextCharFormat format, last;
  for (std::size_t i = from; i < std::min(picture.state.size(), from + text_shown); ++i) {
    const lab::ByteState state = picture.state[i];
    const bool there = wire ? state != lab::ByteState::unseen : guessed_or_known(state);
    format = {};
    if (!there) {
      format.setBackground(theme::brush(mark_of(state), palette));
    } else if (!wire) {
      const bool wrong = !picture.right[i];
      format.setForeground(theme::colour(wrong ? theme::Mark::wrong : mark_of(state), palette));
      format.setFontUnderline(state == lab::ByteState::inferred);
      format.setFontStrikeOut(wrong);
    }
    if (format != last) {
      cursor.insertText(run, last);
      run.clear();
      last = format;
    }
    run += there ? glyph(wire ? picture.wire[i] : picture.text[i]) : QChar(0x00a0);
  }
  cursor.insertText(run, last);
  cursor.endEditBlock();
  pane->moveCursor(QTextCursor::Start);
}

QString percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? QString::number(Observation::share(part, whole) * 100, 'f', 1) : QStringLiteral("-");
}

}  // namespace

LabView::LabView(Analysis* analysis, QWidget* parent) : QWidget(parent), analysis_(analysis) {
  setAccessibleName(tr("Lab"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 6, 6, 4);
  column->setSpacing(4);
  auto* line = new QHBoxLayout;
  run_ = new QPushButton(tr("Run the &lab"), this);
  run_->setToolTip(tr("Sends this stream's plaintext again, over the same paths, under every scheme"));
  auto* label = new QLabel(tr("&Observer:"), this);
  observers_ = new QComboBox(this);
  observers_->setAccessibleName(tr("Observer in the lab"));
  observers_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  label->setBuddy(observers_);
  state_ = new QLabel(this);
  state_->setWordWrap(true);
  state_->setForegroundRole(QPalette::PlaceholderText);
  line->addWidget(run_);
  line->addWidget(label);
  line->addWidget(observers_);
  line->addWidget(state_, 1);
  column->addLayout(line);
  auto* split = new QSplitter(Qt::Horizontal, this);
  table_ = new QTableWidget(0, columns, split);
  table_->setAccessibleName(tr("Schemes"));
  table_->setHorizontalHeaderLabels(
      {tr("scheme"), tr("+ %"), tr("exact, %"), tr("leaked, %"), tr("right, %")});
  const QString reasons[] = {
      tr("What the sender does to the stream, by the names of --lab"),
      tr("Bytes on the wire beyond those of the plaintext"),
      tr("Of the stream: bytes that follow with certainty"),
      tr("Of the bits of what the tapped bytes speak about: those that they tell, and on what that rests"),
      tr("Of the stream: determined, or guessed right by the attack, accepted or not")};
  for (int i = 0; i < columns; ++i) table_->horizontalHeaderItem(i)->setToolTip(reasons[i]);
  style_table(table_);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setSectionResizeMode(scheme, QHeaderView::Stretch);
  auto* right = new QWidget(split);
  auto* right_column = new QVBoxLayout(right);
  right_column->setContentsMargins(4, 0, 0, 0);
  shown_ = new QStackedWidget(right);
  const auto pair = [&](auto*& first, auto*& second, const auto& make) {
    auto* page = new QWidget(shown_);
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(0, 0, 0, 0);
    first = make(page, tr("On the tapped paths"));
    second = make(page, tr("Recovered"));
    for (QWidget* widget : {static_cast<QWidget*>(first), static_cast<QWidget*>(second)}) {
      auto* part = new QVBoxLayout;
      part->setSpacing(2);
      part->addWidget(new QLabel(widget->accessibleName(), page));
      part->addWidget(widget, 1);
      row->addLayout(part, 1);
    }
    shown_->addWidget(page);
  };
  pair(wire_picture_, text_picture_, [](QWidget* page, const QString& name) {
    auto* box = new PictureBox(page);
    box->setAccessibleName(name);
    return box;
  });
  pair(wire_text_, text_text_, [](QWidget* page, const QString& name) {
    auto* pane = new QPlainTextEdit(page);
    pane->setAccessibleName(name);
    pane->setReadOnly(true);
    pane->setFont(theme::monospace());
    pane->setWordWrapMode(QTextOption::WrapAnywhere);
    return pane;
  });
  right_column->addWidget(shown_, 1);
  caption_ = new QLabel(right);
  caption_->setWordWrap(true);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  right_column->addWidget(caption_);
  split->addWidget(table_);
  split->addWidget(right);
  split->setStretchFactor(1, 1);
  split->setSizes({340, 440});
  column->addWidget(split, 1);
  connect(run_, &QPushButton::clicked, analysis_, &Analysis::runLab);
  connect(analysis_, &Analysis::streamChanged, this, &LabView::refresh);
  connect(analysis_, &Analysis::labChanged, this, &LabView::refresh);
  connect(observers_, &QComboBox::currentIndexChanged, this, &LabView::fill_table);
  connect(table_, &QTableWidget::itemSelectionChanged, this, &LabView::show_selected);
  refresh();
}

const lab::ObserverResult* LabView::result_of(std::size_t index) const {
  const auto outcome = analysis_->lab();
  if (!outcome || index >= outcome->report.schemes.size()) return nullptr;
  const auto& observers = outcome->report.schemes[index].observers;
  const int chosen = observers_->currentIndex();
  return chosen >= 0 && static_cast<std::size_t>(chosen) < observers.size()
             ? &observers[static_cast<std::size_t>(chosen)]
             : nullptr;
}

void LabView::refresh() {
  const auto stream = analysis_->stream();
  const auto outcome = analysis_->lab();
  const std::string obstacle = stream ? lab_obstacle(*stream) : std::string();
  run_->setEnabled(stream && obstacle.empty());
  if (outcome)
    state_->setText(tr("%1 bytes, sent by: %2; attacks with models %3.%4")
                        .arg(theme::count(outcome->report.length),
                             QString::fromStdString(outcome->report.schedule),
                             QString::fromStdString(outcome->report.models),
                             outcome->report.cancelled ? tr(" Partial: cancelled.") : QString()));
  else
    state_->setText(stream ? (obstacle.empty() ? tr("What other schemes would have given away: not run yet.")
                                               : QString::fromStdString(obstacle))
                           : QString());
  const QSignalBlocker blocker(observers_);
  observers_->clear();
  if (outcome)
    for (const lab::SchemeResult& result : outcome->report.schemes)
      if (!result.observers.empty()) {
        for (const lab::ObserverResult& observer : result.observers)
          observers_->addItem(QString::fromStdString(observer.name));
        if (const auto* promised = lab::promised_observer(outcome->report, result))
          observers_->setCurrentIndex(static_cast<int>(promised - result.observers.data()));
        break;
      }
  observers_->setEnabled(outcome != nullptr);
  fill_table();
}

void LabView::fill_table() {
  const auto outcome = analysis_->lab();
  const int selected = std::max(0, table_->currentRow());
  const QSignalBlocker blocker(table_);
  table_->setRowCount(outcome ? static_cast<int>(outcome->report.schemes.size()) : 0);
  for (int row = 0; row < table_->rowCount(); ++row) {
    const lab::SchemeResult& result = outcome->report.schemes[static_cast<std::size_t>(row)];
    const lab::ObserverResult* observer = result_of(static_cast<std::size_t>(row));
    const QString cells[columns] = {
        QString::fromStdString(result.info.name),
        observer ? QString::number((result.expansion - 1) * 100, 'f', 1) : QStringLiteral("-"),
        observer ? percent(observer->determined, outcome->report.length) : QStringLiteral("-"),
        observer ? percent(observer->covered_leak_bits, 8 * observer->covered) : QStringLiteral("-"),
        observer ? percent(observer->recovered(), outcome->report.length) : QStringLiteral("-")};
    for (int i = 0; i < columns; ++i) {
      auto* item = new QTableWidgetItem(cells[i]);
      if (i != scheme) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
      item->setToolTip(result.not_possible       ? QString::fromStdString(*result.not_possible)
                       : i == scheme             ? QString::fromStdString(result.info.title + ". " +
                                                                          result.info.reference + ": " + result.info.rule)
                       : i == leaked && observer ? QString::fromUtf8(lab::explain(observer->basis))
                                                 : QString());
      table_->setItem(row, i, item);
    }
  }
  if (table_->rowCount() > 0) table_->selectRow(std::min(selected, table_->rowCount() - 1));
  show_selected();
}

void LabView::show_selected() {
  const auto outcome = analysis_->lab();
  const int row = table_->currentRow();
  const lab::ObserverResult* observer = row < 0 ? nullptr : result_of(static_cast<std::size_t>(row));
  wire_picture_->setPicture({});
  text_picture_->setPicture({});
  wire_text_->clear();
  text_text_->clear();
  caption_->clear();
  if (!outcome || row < 0) return;
  const lab::SchemeResult& result = outcome->report.schemes[static_cast<std::size_t>(row)];
  if (!observer || !observer->picture) {
    caption_->setText(result.not_possible ? QString::fromStdString(*result.not_possible) : QString());
    return;
  }
  const lab::StreamPicture& picture = *observer->picture;
  if (outcome->bitmap) {
    const auto draw = [&](bool wire) {
      const auto source = [&](std::uint64_t offset, std::span<std::uint8_t> out, std::span<bool> there) {
        for (std::size_t i = 0; i < out.size() && offset + i < picture.state.size(); ++i) {
          out[i] = wire ? picture.wire[offset + i] : picture.text[offset + i];
          there[i] = wire ? picture.state[offset + i] != lab::ByteState::unseen
                          : guessed_or_known(picture.state[offset + i]);
        }
      };
      return draw_picture(*outcome->bitmap, source, theme::colour(theme::Mark::unseen, palette()));
    };
    wire_picture_->setPicture(draw(true));
    text_picture_->setPicture(draw(false));
    shown_->setCurrentIndex(0);
  } else {
    const auto first = std::find_if(picture.state.begin(), picture.state.end(),
                                    [](lab::ByteState state) { return state != lab::ByteState::unseen; });
    const auto from = static_cast<std::size_t>(first - picture.state.begin());
    fill_text(wire_text_, picture, from, true, palette());
    fill_text(text_text_, picture, from, false, palette());
    shown_->setCurrentIndex(1);
  }
  QString text = tr("%1: %2. Speaks about %3 bytes; %4 of them determined; %5 of %6 bits leaked (%7).")
                     .arg(QString::fromStdString(result.info.title), QString::fromStdString(result.info.rule),
                          theme::count(observer->covered), theme::count(observer->determined),
                          theme::count(observer->covered_leak_bits), theme::count(8 * observer->covered),
                          QString::fromUtf8(lab::to_string(observer->basis)));
  if (observer->attack)
    text += tr(" Attack, %1%2: %3 accepted (%4 right), %5 more only guessed (%6 right).")
                .arg(QString::fromStdString(observer->attack->method),
                     observer->attack->control ? tr(", a control that ought to fail") : QString(),
                     theme::count(observer->attack->accepted), theme::count(observer->attack->accepted_right),
                     theme::count(observer->attack->guessed - observer->attack->accepted),
                     theme::count(observer->attack->guessed_right - observer->attack->accepted_right));
  if (observer->attack && observer->attack->swapped)
    text +=
        tr(" %1 are right for the other text of their pair.").arg(theme::count(observer->attack->swapped));
  if (observer->attack && observer->attack->attacked < observer->attack->attackable)
    text += tr(" %1 of %2 bytes attacked.")
                .arg(theme::count(observer->attack->attacked), theme::count(observer->attack->attackable));
  caption_->setText(text);
}

}  // namespace mps::gui
