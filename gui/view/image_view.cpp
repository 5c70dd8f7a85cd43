// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/image_view.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSpinBox>
#include <vector>

#include "gui/view/theme.h"

namespace mps::gui {

void PictureBox::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  if (!image_.isNull()) {
    const QSize fitted = image_.size().scaled(size() - QSize(8, 8), Qt::KeepAspectRatio);
    const QRect where(QPoint((width() - fitted.width()) / 2, (height() - fitted.height()) / 2), fitted);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, fitted.width() < image_.width());
    painter.drawImage(where, image_);
  }
  painter.setPen(palette().color(QPalette::Mid));
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

ImageView::ImageView(SharedView* shared, QWidget* parent) : QWidget(parent), shared_(shared) {
  setAccessibleName(tr("Image"));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(4, 4, 4, 4);
  grid->setSpacing(6);
  for (int i = 0; i < 3; ++i) {
    auto* title = new QLabel(ImageView::title(faces[i]), this);
    title->setWordWrap(true);
    grid->addWidget(title, 0, i);
    auto* box = new PictureBox(this);
    box->setAccessibleName(title->text());
    grid->addWidget(box, 1, i);
    grid->setColumnStretch(i, 1);
    boxes_[static_cast<std::size_t>(i)] = box;
  }
  grid->setRowStretch(1, 1);
  auto* below = new QHBoxLayout;
  caption_ = new QLabel(this);
  caption_->setWordWrap(true);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  below->addWidget(caption_, 1);
  width_label_ = new QLabel(tr("&Width:"), this);
  width_ = new QSpinBox(this);
  width_->setRange(1, 4096);
  width_->setValue(260);  // a multiple of 65, the period
  width_->setAccessibleName(tr("Bytes in a line of the map"));
  width_label_->setBuddy(width_);
  below->addWidget(width_label_);
  below->addWidget(width_);
  grid->addLayout(below, 2, 0, 1, 3);
  connect(width_, &QSpinBox::valueChanged, this, &ImageView::refresh_when_visible);
  connect(shared_, &SharedView::rangeChanged, this, [this] {
    if (!layout_.is_bitmap) refresh_when_visible();
  });
}

QString ImageView::title(Face face) {
  switch (face) {
    case Face::original:
      return tr("As sent");
    case Face::wire:
      return tr("Tapped from the wire, nothing decoded");
    case Face::recovered:
      return tr("Recovered by the tap, guesses included");
  }
  return {};
}

void ImageView::setBytes(StreamBytes bytes) {
  bytes_ = std::move(bytes);
  refresh_when_visible();
}

void ImageView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (stale_) refresh();
}

void ImageView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh_when_visible();
}

void ImageView::refresh_when_visible() {
  stale_ = true;
  if (isVisible()) refresh();
}

void ImageView::refresh() {
  stale_ = false;
  if (!bytes_) {
    for (PictureBox* box : boxes_) box->setPicture({});
    caption_->clear();
    return;
  }
  const Observation& observation = bytes_.observation();
  auto found = find_bitmap(observation.stream->truth());
  if (!found) found = find_bitmap(observation.recovered->bytes());
  layout_ = found.value_or(byte_map(shared_->range().begin, shared_->range().length(), width_->value()));
  width_->setVisible(!layout_.is_bitmap);
  width_label_->setVisible(!layout_.is_bitmap);
  std::vector<ShownByte> row;
  for (const Face face : faces) {
    const auto source = [&](std::uint64_t offset, std::span<std::uint8_t> out, std::span<bool> there) {
      row.resize(out.size());
      bytes_.read(face, offset, row);
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = row[i].value;
        there[i] = row[i].there && (face != Face::wire || row[i].state != ByteState::unseen);
      }
    };
    boxes_[static_cast<std::size_t>(face)]->setPicture(
        draw_picture(layout_, source, theme::colour(theme::Mark::unseen, palette())));
  }
  caption_->setText(
      layout_.is_bitmap
          ? tr("Bitmap of %1 x %2 pixels at byte %3. Chequered: not tapped, or not recovered.%4")
                .arg(layout_.width)
                .arg(layout_.height)
                .arg(theme::count(layout_.offset), observation.stream->coding() == Scheme::paper
                                                       ? tr(" In flat areas 65 equal bytes follow each "
                                                            "other, and there the wire is the original.")
                                                       : QString())
          : tr("No bitmap in this stream: each pixel is one byte, from byte %1 on. Chequered: not there.")
                .arg(theme::count(layout_.offset)));
}

}  // namespace mps::gui
