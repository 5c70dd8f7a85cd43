// SPDX-License-Identifier: GPL-2.0-or-later
/// The lanes in words: one row a segment of the zoomed range, ordered by its place in the stream. Computes
/// rows when they are shown.
#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "gui/model/stream_snapshot.h"

namespace mps::gui {

class SegmentsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { frame, subflow, trust, first, length, seconds, note, columns };

  using QAbstractTableModel::QAbstractTableModel;
  void setStream(std::shared_ptr<const StreamSnapshot> stream);
  /// Only segments with bytes in `range` are rows.
  void setRange(Interval range);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : columns; }
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  /// Row of the segment that holds stream byte `offset`, or the next one; -1 if there is none.
  int row_at(std::uint64_t offset) const;
  std::uint64_t offset_of(int row) const;

 private:
  struct Entry {
    std::uint32_t lane;
    std::uint32_t index;
  };
  const Entry& entry(int row) const { return order_[first_ + static_cast<std::size_t>(row)]; }
  const LaneSegment& segment(const Entry& entry) const {
    return stream_->lanes().lane(entry.lane)[entry.index];
  }

  std::shared_ptr<const StreamSnapshot> stream_;
  std::vector<Entry> order_;          ///< by offset
  std::size_t first_ = 0, last_ = 0;  ///< of order_, rows
};

}  // namespace mps::gui
