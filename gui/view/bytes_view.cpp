// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/bytes_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <vector>

#include "core/scramble/mps_scramble.h"
#include "gui/view/theme.h"

namespace mps::gui {

BytesView::BytesView(SharedView* shared, QWidget* parent) : QAbstractScrollArea(parent), shared_(shared) {
  setAccessibleName(tr("Bytes"));
  setAccessibleDescription(tr("Original, wire and recovered bytes in hexadecimal"));
  setFont(theme::monospace());
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  viewport()->setBackgroundRole(QPalette::Base);
  setFocusPolicy(Qt::StrongFocus);
  connect(shared_, &SharedView::cursorChanged, this, [this] {
    if (const auto cursor = shared_->cursor()) scrollToOffset(*cursor);
    viewport()->update();
  });
  connect(shared_, &SharedView::rangeChanged, this, [this] { scrollToOffset(shared_->range().begin); });
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this,
          [this] { top_offset_ = topRow() * static_cast<std::uint64_t>(geometry_now().bytes_per_row()); });
  connect(shared_, &SharedView::selectionChanged, viewport(), qOverload<>(&QWidget::update));
}

void BytesView::setBytes(StreamBytes bytes) {
  const std::uint64_t before = bytes_.length();
  bytes_ = std::move(bytes);
  refit();
  if (bytes_.length() != before) verticalScrollBar()->setValue(0);
  viewport()->update();
}

int BytesView::header_height() const {
  return fontMetrics().height() + 6;
}

HexGeometry BytesView::geometry_now() const {
  return {bytes_.length(),
          3,
          viewport()->width() - 4,
          viewport()->height() - header_height(),
          fontMetrics().horizontalAdvance(QLatin1Char('0')),
          fontMetrics().height() + 1};
}

void BytesView::refit() {
  const HexGeometry geometry = geometry_now();
  verticalScrollBar()->setRange(0, geometry.scroll_maximum());
  verticalScrollBar()->setPageStep(std::max(1, geometry.visible_rows() - 1));
}

std::uint64_t BytesView::topRow() const {
  return geometry_now().row_at_scroll(verticalScrollBar()->value());
}

void BytesView::scrollToOffset(std::uint64_t offset) {
  const HexGeometry geometry = geometry_now();
  const std::uint64_t row = geometry.row_of(offset), top = topRow();
  if (row >= top && row < top + static_cast<std::uint64_t>(geometry.visible_rows())) return;
  verticalScrollBar()->setValue(geometry.scroll_of_row(row));
  viewport()->update();
}

/// The hovered byte and, under the paper's scheme, the bytes that b[i] = S[i] ^ S[i-1] ^ b[i-65] makes it
/// from.
bool BytesView::lit(Face face, std::uint64_t offset) const {
  if (!hovered_) return false;
  const std::uint64_t i = *hovered_;
  if (offset == i) return true;
  if (i < MPS_PERIOD || !bytes_ || bytes_.observation().stream->coding() != Scheme::paper) return false;
  return face == Face::wire ? offset == i - 1 : offset == i - MPS_PERIOD;
}

void BytesView::paint_pane(QPainter& painter, const HexGeometry& geometry, int pane, std::uint64_t first,
                           std::span<const ShownByte> bytes) {
  const Face face = faces[pane];
  const int char_width = fontMetrics().horizontalAdvance(QLatin1Char('0'));
  const int per_row = geometry.bytes_per_row();
  const int top = header_height(), ascent = fontMetrics().ascent(), line = fontMetrics().height() + 1;
  const QColor plain = palette().color(QPalette::Text);
  QFont normal = font(), struck = font();
  struck.setStrikeOut(true);
  for (std::size_t k = 0; k < bytes.size() && first + k < bytes_.length(); ++k) {
    const ShownByte& byte = bytes[k];
    const std::uint64_t offset = first + k;
    const int column = static_cast<int>(k) % per_row, row = static_cast<int>(k) / per_row;
    const int y = top + geometry.row_y(row), hex = geometry.hex_x(pane, column),
              text = geometry.text_x(pane, column);
    const QRect hex_cell(hex - char_width / 2, y, 3 * char_width, line), text_cell(text, y, char_width, line);
    if (face == Face::wire && byte.state == ByteState::unseen)
      painter.fillRect(hex_cell, theme::brush(theme::Mark::unseen, palette()));
    if (face == Face::recovered && !byte.there) {
      const QBrush hatch = theme::brush(theme::mark_of(byte.state), palette());
      painter.fillRect(hex_cell, hatch);
      painter.fillRect(text_cell, hatch);
    }
    if (shared_->selection().contains(offset)) {
      QColor shade = palette().color(QPalette::Highlight);
      shade.setAlphaF(0.3f);
      painter.fillRect(hex_cell, shade);
      painter.fillRect(text_cell, shade);
    }
    const bool blank = face == Face::original && bytes_.observation().stream->truth().empty();
    if (!blank && (lit(face, offset) || shared_->cursor() == offset)) {
      painter.setPen(palette().color(QPalette::Highlight));
      painter.drawRect(hex - 2, y, 2 * char_width + 3, line - 1);
      painter.drawRect(text_cell.adjusted(0, 0, -1, -1));
    }
    if (!byte.there) continue;
    QColor ink = plain;
    if (face == Face::recovered)
      ink = theme::colour(byte.wrong ? theme::Mark::wrong : theme::mark_of(byte.state), palette());
    if (face == Face::wire && byte.state == ByteState::unseen)
      ink = palette().color(QPalette::PlaceholderText);
    painter.setPen(ink);
    painter.setFont(byte.wrong ? struck : normal);
    static constexpr char digits[] = "0123456789abcdef";
    const char both[] = {digits[byte.value >> 4], digits[byte.value & 15]};
    painter.drawText(hex, y + ascent, QString::fromLatin1(both, 2));
    const char shown = byte.value >= 0x20 && byte.value < 0x7f ? static_cast<char>(byte.value) : '.';
    painter.drawText(text, y + ascent, QString(QLatin1Char(shown)));
    if (face == Face::recovered && byte.state == ByteState::inferred)  // a second sign beside the colour
      painter.drawLine(hex, y + ascent + 2, hex + 2 * char_width - 1, y + ascent + 2);
  }
}

void BytesView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), palette().color(QPalette::Base));
  painter.setFont(font());
  if (!bytes_) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No stream is open"));
    return;
  }
  const HexGeometry geometry = geometry_now();
  const std::uint64_t top = topRow();
  const std::uint64_t first = top * static_cast<std::uint64_t>(geometry.bytes_per_row());
  painter.fillRect(0, 0, viewport()->width(), header_height() - 2, palette().color(QPalette::AlternateBase));
  painter.setPen(palette().color(QPalette::Text));
  const QString titles[] = {tr("ORIGINAL"), tr("ON THE WIRE"), tr("TAP RECOVERS")};
  for (int pane = 0; pane < 3; ++pane)
    painter.drawText(geometry.hex_x(pane, 0), fontMetrics().ascent() + 2, titles[pane]);
  painter.setPen(palette().color(QPalette::PlaceholderText));
  for (int row = 0; row <= geometry.visible_rows(); ++row) {
    const std::uint64_t offset = first + static_cast<std::uint64_t>(row * geometry.bytes_per_row());
    if (offset >= bytes_.length()) break;
    painter.drawText(2, header_height() + geometry.row_y(row) + fontMetrics().ascent(),
                     QStringLiteral("%1").arg(offset, geometry.offset_digits(), 16, QLatin1Char('0')));
  }
  std::vector<ShownByte> shown(
      static_cast<std::size_t>((geometry.visible_rows() + 1) * geometry.bytes_per_row()));
  for (int pane = 0; pane < 3; ++pane) {
    bytes_.read(faces[pane], first, shown);
    paint_pane(painter, geometry, pane, first, shown);
  }
  if (bytes_.observation().stream->truth().empty()) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(geometry.hex_x(0, 0), header_height() + 8,
                           geometry.pane_columns() * fontMetrics().horizontalAdvance('0'), 200),
                     Qt::AlignLeft | Qt::TextWordWrap,
                     tr("not known: the capture lacks\nbytes of this stream or its key"));
  }
}

void BytesView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  keep_place();
}

/// Another size or font may put another number of bytes into a row; the place in the stream stays.
void BytesView::keep_place() {
  const std::uint64_t offset = top_offset_;
  refit();
  const HexGeometry geometry = geometry_now();
  verticalScrollBar()->setValue(geometry.scroll_of_row(geometry.row_of(offset)));
  top_offset_ = offset;
}

void BytesView::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::FontChange) keep_place();
}

void BytesView::hover(std::optional<std::uint64_t> offset) {
  if (hovered_ == offset) return;
  hovered_ = offset;
  Q_EMIT explained(offset ? QString::fromStdString(bytes_.identity(*offset)) : QString());
  viewport()->update();
}

void BytesView::mouseMoveEvent(QMouseEvent* event) {
  const QPoint at = event->position().toPoint();
  const auto place = geometry_now().at(at.x(), at.y() - header_height(), topRow());
  hover(place ? std::optional(place->offset) : std::nullopt);
  if (place && (event->buttons() & Qt::LeftButton) && shared_->cursor()) {
    const std::uint64_t anchor = *shared_->cursor();
    shared_->select({std::min(anchor, place->offset), std::max(anchor, place->offset) + 1});
  }
}

void BytesView::mousePressEvent(QMouseEvent* event) {
  const QPoint at = event->position().toPoint();
  const auto place = geometry_now().at(at.x(), at.y() - header_height(), topRow());
  if (!place || event->button() != Qt::LeftButton) return;
  shared_->select({});
  shared_->setCursor(place->offset);
}

void BytesView::leaveEvent(QEvent*) {
  hover(std::nullopt);
}

void BytesView::keyPressEvent(QKeyEvent* event) {
  const HexGeometry geometry = geometry_now();
  const auto row = static_cast<std::int64_t>(geometry.bytes_per_row());
  const auto page = row * std::max(1, geometry.visible_rows() - 1);
  const auto cursor =
      static_cast<std::int64_t>(shared_->cursor().value_or(topRow() * static_cast<std::uint64_t>(row)));
  std::int64_t to = cursor;
  switch (event->key()) {
    case Qt::Key_Left:
      to = cursor - 1;
      break;
    case Qt::Key_Right:
      to = cursor + 1;
      break;
    case Qt::Key_Up:
      to = cursor - row;
      break;
    case Qt::Key_Down:
      to = cursor + row;
      break;
    case Qt::Key_PageUp:
      to = cursor - page;
      break;
    case Qt::Key_PageDown:
      to = cursor + page;
      break;
    case Qt::Key_Home:
      to = 0;
      break;
    case Qt::Key_End:
      to = static_cast<std::int64_t>(bytes_.length()) - 1;
      break;
    default:
      QAbstractScrollArea::keyPressEvent(event);
      return;
  }
  shared_->setCursor(static_cast<std::uint64_t>(std::max<std::int64_t>(0, to)), true);
  if (shared_->cursor()) hover(*shared_->cursor());
}

}  // namespace mps::gui
