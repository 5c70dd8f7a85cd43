// SPDX-License-Identifier: GPL-2.0-or-later
/// What all views of a stream share: the zoomed range, the byte under the cursor, the selection. One view
/// changes it, the others follow.
#pragma once

#include <QObject>
#include <optional>

#include "gui/model/zoom_stack.h"

namespace mps::gui {

class SharedView : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  const ZoomStack& zoom() const { return zoom_; }
  Interval range() const { return zoom_.top(); }
  std::optional<std::uint64_t> cursor() const { return cursor_; }
  Interval selection() const { return selection_; }

 public Q_SLOTS:
  void reset(std::uint64_t length) {
    zoom_.reset(length);
    cursor_.reset();
    selection_ = {};
    Q_EMIT rangeChanged();
    Q_EMIT cursorChanged();
    Q_EMIT selectionChanged();
  }
  void zoomTo(mps::Interval range) { changed(zoom_.push(range)); }
  void zoomBy(double factor, std::uint64_t centre) { changed(zoom_.zoom(factor, centre)); }
  void zoomIn() { zoomBy(0.5, middle()); }
  void zoomOut() { zoomBy(2.0, middle()); }
  void pan(double share) { changed(zoom_.pan(share)); }
  void back() { changed(zoom_.pop()); }
  void fit() { changed(zoom_.fit()); }
  /// Byte under the cursor; scrolls the range so that it is inside when `reveal` is set.
  void setCursor(std::uint64_t offset, bool reveal = false) {
    if (zoom_.whole() == 0) return;
    offset = std::min(offset, zoom_.whole() - 1);
    if (reveal && !range().contains(offset)) {
      const std::uint64_t width = range().length();
      const std::uint64_t begin = offset > width / 2 ? offset - width / 2 : 0;
      changed(zoom_.replace({begin, begin + width}));
    }
    if (cursor_ == offset) return;
    cursor_ = offset;
    Q_EMIT cursorChanged();
  }
  void select(mps::Interval where) {
    if (selection_ == where) return;
    selection_ = where;
    Q_EMIT selectionChanged();
  }

 Q_SIGNALS:
  void rangeChanged();
  void cursorChanged();
  void selectionChanged();

 private:
  std::uint64_t middle() const {
    if (cursor_ && range().contains(*cursor_)) return *cursor_;
    return range().begin + range().length() / 2;
  }
  void changed(bool really) {
    if (really) Q_EMIT rangeChanged();
  }

  ZoomStack zoom_;
  std::optional<std::uint64_t> cursor_;
  Interval selection_;
};

}  // namespace mps::gui
