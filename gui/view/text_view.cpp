// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/text_view.h"

#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <vector>

#include "gui/view/theme.h"

namespace mps::gui {
namespace {

/// What a stretch of equal kind looks like.
QTextCharFormat format_of(const ShownByte& byte, Face face, const QPalette& palette) {
  QTextCharFormat format;
  if (!byte.there) {
    format.setBackground(
        theme::brush(face == Face::recovered ? theme::mark_of(byte.state) : theme::Mark::unseen, palette));
  } else if (face == Face::recovered) {
    const theme::Mark mark = byte.wrong ? theme::Mark::wrong : theme::mark_of(byte.state);
    format.setForeground(theme::colour(mark, palette));
    format.setFontUnderline(byte.state == ByteState::inferred);
    format.setFontStrikeOut(byte.wrong);
  } else if (face == Face::wire && byte.state == ByteState::unseen) {
    format.setForeground(palette.color(QPalette::PlaceholderText));
  }
  return format;
}

QChar glyph(const ShownByte& byte) {
  if (!byte.there) return QChar(0x00a0);
  if (byte.value == '\n') return QLatin1Char('\n');
  return byte.value >= 0x20 && byte.value < 0x7f ? QLatin1Char(static_cast<char>(byte.value)) : QChar(0x00b7);
}

bool same_look(const ShownByte& a, const ShownByte& b) {
  return a.there == b.there && a.state == b.state && a.wrong == b.wrong;
}

}  // namespace

TextView::TextView(SharedView* shared, QWidget* parent) : QWidget(parent), shared_(shared) {
  setAccessibleName(tr("Text"));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(4);
  const QString titles[] = {tr("Original"), tr("On the wire"), tr("Tap recovers")};
  for (int i = 0; i < 3; ++i) {
    grid->addWidget(new QLabel(titles[i], this), 0, i);
    auto* pane = new QPlainTextEdit(this);
    pane->setReadOnly(true);
    pane->setAccessibleName(titles[i]);
    pane->setFont(theme::monospace());
    pane->setWordWrapMode(QTextOption::WrapAnywhere);
    grid->addWidget(pane, 1, i);
    panes_[static_cast<std::size_t>(i)] = pane;
  }
  caption_ = new QLabel(this);
  caption_->setWordWrap(true);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  grid->addWidget(caption_, 2, 0, 1, 3);
  for (QPlainTextEdit* pane : panes_)
    connect(pane->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
      for (QPlainTextEdit* other : panes_) other->verticalScrollBar()->setValue(value);
    });
  connect(shared_, &SharedView::rangeChanged, this, &TextView::refresh_when_visible);
  connect(shared_, &SharedView::cursorChanged, this, &TextView::refresh_when_visible);
}

void TextView::setBytes(StreamBytes bytes) {
  bytes_ = std::move(bytes);
  refresh_when_visible();
}

QString TextView::text(Face face) const {
  return panes_[static_cast<std::size_t>(face)]->toPlainText();
}

void TextView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (stale_) refresh();
}

void TextView::refresh_when_visible() {
  stale_ = true;
  if (isVisible()) refresh();
}

void TextView::refresh() {
  stale_ = false;
  if (!bytes_) {
    for (QPlainTextEdit* pane : panes_) pane->clear();
    caption_->clear();
    return;
  }
  std::uint64_t from = shared_->range().begin;
  const std::uint64_t cursor_at = shared_->cursor().value_or(from);
  if (cursor_at >= from + shown) from = cursor_at - shown / 8;
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(shown, bytes_.length() - std::min(from, bytes_.length())));
  std::vector<ShownByte> bytes(count), original(count);
  bytes_.read(Face::original, from, original);
  const bool aligned = !original.empty() && original.front().there;
  for (const Face face : faces) {
    bytes_.read(face, from, bytes);
    QPlainTextEdit* pane = panes_[static_cast<std::size_t>(face)];
    pane->clear();
    QTextCursor cursor(pane->document());
    cursor.beginEditBlock();
    QString run;
    int cursor_position = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0 && !same_look(bytes[i - 1], bytes[i])) {
        cursor.insertText(run, format_of(bytes[i - 1], face, palette()));
        run.clear();
      }
      if (from + i == cursor_at) cursor_position = cursor.position() + static_cast<int>(run.size());
      QChar shown_as = glyph(bytes[i]);
      // All three panes break their lines where the original does, and nowhere else, so that they stay side
      // by side.
      if (aligned && original[i].there) {
        if (original[i].value == '\n')
          shown_as = QLatin1Char('\n');
        else if (shown_as == QLatin1Char('\n'))
          shown_as = QChar(0x00b7);
      }
      run += shown_as;
    }
    if (count > 0) cursor.insertText(run, format_of(bytes[count - 1], face, palette()));
    cursor.endEditBlock();
    QTextCursor at(pane->document());
    at.setPosition(cursor_position);
    pane->setTextCursor(at);
    pane->centerCursor();
  }
  caption_->setText(tr("Bytes %1 to %2 of %3. Zoom the lanes to read on. Underlined: inferred; struck "
                       "out: wrong; grey: guess that is not accepted; shaded: not recovered.")
                        .arg(theme::count(from), theme::count(from + std::max<std::size_t>(count, 1) - 1),
                             theme::count(bytes_.length())));
}

}  // namespace mps::gui
