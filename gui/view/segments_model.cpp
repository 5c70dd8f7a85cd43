// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/segments_model.h"

#include <algorithm>

#include "gui/view/theme.h"

namespace mps::gui {

void SegmentsModel::setStream(std::shared_ptr<const StreamSnapshot> stream) {
  beginResetModel();
  stream_ = std::move(stream);
  order_.clear();
  if (stream_) {
    const LaneSegments& lanes = stream_->lanes();
    order_.reserve(lanes.size());
    for (std::uint32_t lane = 0; lane < lanes.lanes(); ++lane) {
      const auto before = static_cast<std::ptrdiff_t>(order_.size());
      for (std::uint32_t i = 0; i < lanes.lane(lane).size(); ++i) order_.push_back({lane, i});
      std::inplace_merge(
          order_.begin(), order_.begin() + before, order_.end(),
          [this](const Entry& a, const Entry& b) { return segment(a).offset < segment(b).offset; });
    }
  }
  first_ = 0;
  last_ = order_.size();
  endResetModel();
}

void SegmentsModel::setRange(Interval range) {
  const auto begin = std::partition_point(order_.begin(), order_.end(),
                                          [&](const Entry& e) { return segment(e).end() <= range.begin; });
  const auto end = std::partition_point(begin, order_.end(),
                                        [&](const Entry& e) { return segment(e).offset < range.end; });
  beginResetModel();
  first_ = static_cast<std::size_t>(begin - order_.begin());
  last_ = static_cast<std::size_t>(end - order_.begin());
  endResetModel();
}

int SegmentsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(std::min<std::size_t>(last_ - first_, 1u << 30));
}

QVariant SegmentsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  if (role == Qt::TextAlignmentRole && index.column() != trust && index.column() != note)
    return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const Entry& row = entry(index.row());
  const LaneSegment& shown = segment(row);
  const SubflowReport& report = stream_->connection().subflows[row.lane];
  switch (index.column()) {
    case frame:
      return shown.frame;
    case subflow:
      return row.lane;
    case trust:
      return QString::fromStdString(path_label(report)) + QStringLiteral(" ") + theme::name(report.trust);
    case first:
      return theme::count(shown.offset);
    case length:
      return theme::count(shown.bytes());
    case seconds:
      return QString::number(shown.tick * stream_->lanes().seconds_per_tick(), 'f', 6);
    case note:
      return shown.repeated() ? tr("sent before") : QString();
    default:
      return {};
  }
}

QVariant SegmentsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  const QString names[] = {tr("packet"), tr("subflow"), tr("path"), tr("first byte"),
                           tr("bytes"),  tr("seconds"), tr("note")};
  return section < columns ? names[section] : QString();
}

int SegmentsModel::row_at(std::uint64_t offset) const {
  const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(first_),
             end = order_.begin() + static_cast<std::ptrdiff_t>(last_);
  const auto found =
      std::partition_point(begin, end, [&](const Entry& e) { return segment(e).end() <= offset; });
  return found == end ? -1 : static_cast<int>(found - begin);
}

std::uint64_t SegmentsModel::offset_of(int row) const {
  return segment(entry(row)).offset;
}

}  // namespace mps::gui
