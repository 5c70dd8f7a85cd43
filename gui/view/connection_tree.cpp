// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/connection_tree.h"

#include <QHeaderView>
#include <QPainter>
#include <QSignalBlocker>

#include "gui/view/theme.h"

namespace mps::gui {
namespace {

enum Role { connection_role = Qt::UserRole, subflow_role };
constexpr int keys_row = -2;

QString scrambling_text(const ConnectionReport& connection) {
  if (connection.scrambling != Scrambling::plain && is_hardened(connection.scheme)) {
    const QString scheme = QString::fromStdString(std::string(name_of(connection.scheme)));
    return connection.scrambling == Scrambling::by_flag      ? ConnectionTree::tr("%1, flag seen").arg(scheme)
           : connection.scrambling == Scrambling::by_key_log ? ConnectionTree::tr("%1, key log").arg(scheme)
                                                             : ConnectionTree::tr("%1, assumed").arg(scheme);
  }
  switch (connection.scrambling) {
    case Scrambling::plain:
      return ConnectionTree::tr("not scrambled");
    case Scrambling::by_flag:
      return ConnectionTree::tr("scrambled (flag seen)");
    case Scrambling::assumed:
      return ConnectionTree::tr("scrambled (assumed)");
    case Scrambling::by_key_log:
      return ConnectionTree::tr("scrambled (key log)");
    case Scrambling::not_visible:
      return ConnectionTree::tr("handshake not captured");
  }
  return {};
}

QString address(const Endpoint& endpoint) {
  return QString::fromStdString(to_string(endpoint.address));
}

QIcon swatch(Trust trust, const QPalette& palette) {
  QPixmap pixmap(12, 12);
  pixmap.fill(palette.color(QPalette::Base));
  QPainter painter(&pixmap);
  painter.fillRect(pixmap.rect(), theme::brush(trust, palette));
  painter.setPen(theme::colour(trust, palette));
  painter.drawRect(0, 0, 11, 11);
  return pixmap;
}

}  // namespace

ConnectionTree::ConnectionTree(Analysis* analysis, QWidget* parent)
    : QTreeWidget(parent), analysis_(analysis) {
  setAccessibleName(tr("Connections and taps"));
  setHeaderLabel(tr("Connections and taps"));
  setUniformRowHeights(true);
  setIndentation(12);
  header()->setStretchLastSection(true);
  connect(analysis_, &Analysis::documentChanged, this, &ConnectionTree::rebuild);
  connect(analysis_, &Analysis::streamChanged, this, &ConnectionTree::expand_shown);
  connect(analysis_, &Analysis::choiceChanged, this, &ConnectionTree::show_choice);
  connect(this, &QTreeWidget::itemChanged, this, &ConnectionTree::item_changed);
  connect(this, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) {
    if (item->parent() || !analysis_->stream()) return;
    analysis_->selectStream(item->data(0, connection_role).toULongLong(), analysis_->stream()->direction());
  });
  connect(this, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
    if (!item->parent() && item->data(0, connection_role).isValid()) Q_EMIT itemActivated(item, 0);
  });
}

void ConnectionTree::rebuild() {
  const QSignalBlocker blocker(this);
  clear();
  const auto document = analysis_->document();
  if (!document) return;
  const auto& connections = document->report().connections;
  for (std::size_t i = 0; i < std::min(connections.size(), listed); ++i) {
    const ConnectionReport& connection = connections[i];
    auto* item = new QTreeWidgetItem(this);
    const QString route = connection.subflows.empty()
                              ? QString()
                              : address(connection.subflows.front().initiator) + " > " +
                                    address(connection.subflows.front().listener);
    item->setText(0, QStringLiteral("#%1 %2").arg(connection.number).arg(route));
    item->setData(0, connection_role, QVariant::fromValue<qulonglong>(i));
    item->setToolTip(0, tr("%1, %2 + %3 bytes captured")
                            .arg(scrambling_text(connection), theme::count(connection.streams[0].captured),
                                 theme::count(connection.streams[1].captured)));
  }
  if (connections.size() > listed)
    new QTreeWidgetItem(this, {tr("... and %1 more").arg(theme::count(connections.size() - listed))});
}

void ConnectionTree::expand_shown() {
  const QSignalBlocker blocker(this);
  const auto stream = analysis_->stream();
  for (int i = 0; i < topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = topLevelItem(i);
    qDeleteAll(item->takeChildren());
    if (!stream || item->data(0, connection_role).toULongLong() != stream->connection_number()) continue;
    auto* state = new QTreeWidgetItem(
        item, {scrambling_text(stream->connection()) +
               (stream->connection().version ? tr(", v%1").arg(*stream->connection().version) : QString())});
    state->setFlags(Qt::ItemIsEnabled);
    for (const SubflowReport& subflow : stream->connection().subflows) {
      auto* row = new QTreeWidgetItem(item);
      row->setText(0, QStringLiteral("%1  %2  %3")
                          .arg(subflow.index)
                          .arg(QString::fromStdString(path_label(subflow)), theme::name(subflow.trust)));
      row->setIcon(0, swatch(subflow.trust, palette()));
      row->setToolTip(
          0, tr("%1 to %2\n%3 bytes of this direction first seen here%4")
                 .arg(QString::fromStdString(to_string(subflow.initiator)),
                      QString::fromStdString(to_string(subflow.listener)),
                      theme::count(subflow.share[index(stream->direction())].first_bytes),
                      subflow.initial ? tr("\ninitial subflow: whoever taps it sees both keys") : QString()));
      row->setData(0, subflow_role, subflow.index);
      row->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
      row->setCheckState(0, Qt::Unchecked);
    }
    auto* keys = new QTreeWidgetItem(item, {tr("keys known (K)")});
    keys->setData(0, subflow_role, keys_row);
    const bool available = !stream->register_key().empty();
    keys->setFlags(available ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable
                             : Qt::NoItemFlags);
    keys->setToolTip(
        0, available
               ? tr("The observer was told the keys. Without the stream's first bytes they are worthless.")
               : tr("The capture does not hold the sender's key, and no key log does."));
    keys->setCheckState(0, Qt::Unchecked);
    item->setExpanded(true);
    setCurrentItem(item);
  }
  show_choice();
}

void ConnectionTree::show_choice() {
  const QSignalBlocker blocker(this);
  const ObserverChoice choice = analysis_->choice();
  for (int i = 0; i < topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = topLevelItem(i);
    for (int k = 0; k < item->childCount(); ++k) {
      QTreeWidgetItem* row = item->child(k);
      if (!row->data(0, subflow_role).isValid()) continue;
      const int subflow = row->data(0, subflow_role).toInt();
      const bool on = subflow == keys_row
                          ? choice.keys_known
                          : (choice.tapped & mask_of(static_cast<std::uint16_t>(subflow))) != 0;
      row->setCheckState(0, on ? Qt::Checked : Qt::Unchecked);
    }
  }
}

void ConnectionTree::item_changed(QTreeWidgetItem* item) {
  if (!item->data(0, subflow_role).isValid()) return;
  const int subflow = item->data(0, subflow_role).toInt();
  const bool on = item->checkState(0) == Qt::Checked;
  if (subflow == keys_row) {
    analysis_->setKeysKnown(on);
    return;
  }
  const SubflowMask bit = mask_of(static_cast<std::uint16_t>(subflow));
  const SubflowMask tapped = analysis_->choice().tapped;
  analysis_->setTapped(on ? tapped | bit : tapped & ~bit);
}

}  // namespace mps::gui
