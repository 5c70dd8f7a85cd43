// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/ask_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include "gui/view/theme.h"

namespace mps::gui {

AskDialog::AskDialog(const QString& title, const QString& prompt, Check check, QWidget* parent)
    : QDialog(parent), check_(std::move(check)) {
  setWindowTitle(title);
  auto* column = new QVBoxLayout(this);
  auto* label = new QLabel(prompt, this);
  label->setWordWrap(true);
  column->addWidget(label);
  line_ = new QLineEdit(this);
  line_->setAccessibleName(title);
  label->setBuddy(line_);
  column->addWidget(line_);
  problem_ = theme::problem_label(this);
  column->addWidget(problem_);
  column->addStretch(1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  column->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &AskDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(line_, &QLineEdit::textEdited, problem_, &QLabel::clear);
  resize(fontMetrics().averageCharWidth() * 70, sizeHint().height());
}

QString AskDialog::problem() const {
  return problem_->text();
}

void AskDialog::accept() {
  problem_->setText(check_(line_->text()));
  if (problem_->text().isEmpty()) {
    QDialog::accept();
    return;
  }
  line_->setFocus();
  line_->selectAll();
}

}  // namespace mps::gui
