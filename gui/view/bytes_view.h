// SPDX-License-Identifier: GPL-2.0-or-later
/// Original, wire and recovered bytes side by side in hex and text. Paints what is visible and reads no more,
/// so the length of the stream does not matter. The byte under the mouse lights up the bytes it is made of.
#pragma once

#include <QAbstractScrollArea>

#include "gui/model/hex_geometry.h"
#include "gui/model/shared_view.h"
#include "gui/model/stream_bytes.h"

namespace mps::gui {

class BytesView : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit BytesView(SharedView* shared, QWidget* parent = nullptr);

  void setBytes(StreamBytes bytes);
  const StreamBytes& bytes() const { return bytes_; }
  HexGeometry geometry_now() const;
  void scrollToOffset(std::uint64_t offset);
  std::uint64_t topRow() const;

 Q_SIGNALS:
  /// The equation of the byte under the mouse; empty when there is none.
  void explained(const QString& text);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refit();
  void keep_place();
  int header_height() const;
  void paint_pane(QPainter& painter, const HexGeometry& geometry, int pane, std::uint64_t first,
                  std::span<const ShownByte> bytes);
  bool lit(Face face, std::uint64_t offset) const;
  void hover(std::optional<std::uint64_t> offset);

  SharedView* shared_;
  StreamBytes bytes_;
  std::optional<std::uint64_t> hovered_;
  std::uint64_t top_offset_ = 0;  ///< first byte shown
};

}  // namespace mps::gui
