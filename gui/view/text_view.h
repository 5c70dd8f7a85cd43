// SPDX-License-Identifier: GPL-2.0-or-later
/// The three faces of a stream as running text. What is not there is shaded, what is inferred is underlined.
#pragma once

#include <QWidget>
#include <array>

#include "gui/model/shared_view.h"
#include "gui/model/stream_bytes.h"

class QPlainTextEdit;
class QLabel;

namespace mps::gui {

class TextView : public QWidget {
  Q_OBJECT

 public:
  TextView(SharedView* shared, QWidget* parent = nullptr);
  void setBytes(StreamBytes bytes);
  QString text(Face face) const;

  /// Bytes shown at a time, from the begin of the zoomed range on.
  static constexpr std::size_t shown = 16 * 1024;

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void refresh();
  void refresh_when_visible();

  SharedView* shared_;
  StreamBytes bytes_;
  std::array<QPlainTextEdit*, 3> panes_{};
  QLabel* caption_;
  bool stale_ = true;
};

}  // namespace mps::gui
