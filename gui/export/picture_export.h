// SPDX-License-Identifier: GPL-2.0-or-later
/// Views as files: PNG at twice the resolution, SVG, PDF. The kind follows from the ending.
#pragma once

#include <QString>
#include <functional>

class QPainter;
class QWidget;
class QPaintDevice;

namespace mps::gui {

using DrawPicture = std::function<void(QPaintDevice& device, const QSize& size)>;

/// False with a reason.
bool write_picture(const QString& file, const QSize& size, const QString& title, const DrawPicture& draw,
                   QString& error);
/// A widget as it stands.
bool write_widget(const QString& file, QWidget& widget, QString& error);

}  // namespace mps::gui
