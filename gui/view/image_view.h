// SPDX-License-Identifier: GPL-2.0-or-later
/// The transferred picture as it was sent, as it looks on the wire, and as the tap recovers it. Content that
/// is not a bitmap is shown as a map of its bytes.
#pragma once

#include <QImage>
#include <QWidget>
#include <array>

#include "gui/model/picture.h"
#include "gui/model/shared_view.h"
#include "gui/model/stream_bytes.h"

class QSpinBox;
class QLabel;

namespace mps::gui {

/// A picture scaled to the widget without smoothing, so that every byte keeps its edge.
class PictureBox : public QWidget {
  Q_OBJECT

 public:
  explicit PictureBox(QWidget* parent = nullptr) : QWidget(parent) { setMinimumSize(60, 60); }
  void setPicture(QImage image) {
    image_ = std::move(image);
    update();
  }
  const QImage& picture() const { return image_; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage image_;
};

class ImageView : public QWidget {
  Q_OBJECT

 public:
  ImageView(SharedView* shared, QWidget* parent = nullptr);
  void setBytes(StreamBytes bytes);
  const QImage& picture(Face face) const { return boxes_[static_cast<std::size_t>(face)]->picture(); }
  bool shows_bitmap() const { return layout_.is_bitmap; }
  static QString title(Face face);
  void bringUpToDate() {
    if (stale_) refresh();
  }

 protected:
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void refresh_when_visible();

  SharedView* shared_;
  StreamBytes bytes_;
  PictureLayout layout_;
  std::array<PictureBox*, 3> boxes_{};
  QSpinBox* width_;
  QLabel* width_label_;
  QLabel* caption_;
  bool stale_ = true;
};

}  // namespace mps::gui
