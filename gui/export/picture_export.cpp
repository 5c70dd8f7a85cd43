// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/export/picture_export.h"

#include <QImage>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QWidget>

namespace mps::gui {
namespace {

constexpr int png_scale = 2;

bool draw_pdf(QIODevice& out, const QSize& size, const QString& title, const DrawPicture& draw) {
  QPdfWriter writer(&out);
  constexpr int dots_per_inch = 96;
  writer.setResolution(dots_per_inch);
  writer.setTitle(title);
  writer.setPageSize(QPageSize(QSizeF(size) / dots_per_inch, QPageSize::Inch, title, QPageSize::ExactMatch));
  writer.setPageMargins(QMarginsF());
  draw(writer, size);
  return true;
}

bool draw_svg(QIODevice& out, const QSize& size, const QString& title, const DrawPicture& draw) {
  QSvgGenerator generator;
  generator.setOutputDevice(&out);
  generator.setSize(size);
  generator.setViewBox(QRect({}, size));
  generator.setTitle(title);
  draw(generator, size);
  return true;
}

bool draw_png(QIODevice& out, const QSize& size, const DrawPicture& draw) {
  QImage image(size * png_scale, QImage::Format_RGB32);
  image.setDevicePixelRatio(png_scale);
  image.fill(Qt::white);
  draw(image, size);
  return image.save(&out, "PNG");
}

}  // namespace

bool write_picture(const QString& file, const QSize& size, const QString& title, const DrawPicture& draw,
                   QString& error) {
  QSaveFile out(file);
  bool right = out.open(QIODevice::WriteOnly);
  if (right) {
    if (file.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
      right = draw_svg(out, size, title, draw);
    else if (file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive))
      right = draw_pdf(out, size, title, draw);
    else
      right = draw_png(out, size, draw);
  }
  if (right && out.commit()) return true;
  error = QStringLiteral("%1: %2").arg(file, out.errorString());
  return false;
}

bool write_widget(const QString& file, QWidget& widget, QString& error) {
  return write_picture(
      file, widget.size(), widget.accessibleName(),
      [&](QPaintDevice& device, const QSize&) {
        QPainter painter(&device);
        widget.render(&painter);
      },
      error);
}

}  // namespace mps::gui
