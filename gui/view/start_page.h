// SPDX-License-Identifier: GPL-2.0-or-later
/// What an empty window shows: where to drop a capture, the files opened last, and a card for each
/// demonstration.
#pragma once

#include <QAbstractButton>
#include <QListWidget>
#include <QWidget>
#include <vector>

#include "gui/model/demo_catalog.h"

namespace mps::gui {

/// A demonstration as a button: title, sentence, and which side it is on.
class DemoCard : public QAbstractButton {
  Q_OBJECT

 public:
  explicit DemoCard(const Demo& demo, QWidget* parent = nullptr);
  const QString& demo() const { return name_; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  QString name_, title_, sentence_, side_name_;
  DemoSide side_;
};

class StartPage : public QWidget {
  Q_OBJECT

 public:
  explicit StartPage(QWidget* parent = nullptr);
  void setRecent(const QStringList& files);
  const std::vector<DemoCard*>& cards() const { return cards_; }

 Q_SIGNALS:
  void demoChosen(const QString& name);
  void fileChosen(const QString& file);
  void openAsked();

 private:
  QListWidget* recent_;
  QWidget* recent_box_;
  std::vector<DemoCard*> cards_;
};

}  // namespace mps::gui
