// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/open_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "gui/model/trust_text.h"
#include "gui/view/table_style.h"
#include "gui/view/theme.h"

namespace mps::gui {
namespace {

constexpr Trust trusts[] = {Trust::unknown, Trust::trusted, Trust::untrusted};

}  // namespace

OpenDialog::OpenDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Open with trust and keys"));
  auto* column = new QVBoxLayout(this);
  auto* explanation = new QLabel(tr("Several files are several taps of the same traffic. What a file, a "
                                    "network or an interface is labelled as "
                                    "decides what the observer \"untrusted paths\" taps."),
                                 this);
  explanation->setWordWrap(true);
  column->addWidget(explanation);
  files_ = new QTableWidget(0, 2, this);
  files_->setAccessibleName(tr("Captures"));
  files_->setHorizontalHeaderLabels({tr("capture"), tr("the path is")});
  style_table(files_);
  files_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  files_->setTextElideMode(Qt::ElideLeft);
  column->addWidget(files_, 1);
  auto* file_buttons = new QHBoxLayout;
  auto* add = new QPushButton(tr("&Add captures..."), this);
  auto* remove = new QPushButton(tr("&Remove"), this);
  file_buttons->addWidget(add);
  file_buttons->addWidget(remove);
  file_buttons->addStretch(1);
  column->addLayout(file_buttons);
  auto* form = new QFormLayout;
  const QString example = tr("10.0.1.0/24, lte0, subflow:0");
  trusted_ = new QLineEdit(this);
  untrusted_ = new QLineEdit(this);
  trusted_->setPlaceholderText(example);
  untrusted_->setPlaceholderText(tr("10.0.2.0/24, wlan0, subflow:1"));
  trusted_->setAccessibleName(tr("Trusted networks, interfaces, subflows"));
  untrusted_->setAccessibleName(tr("Untrusted networks, interfaces, subflows"));
  form->addRow(tr("&Trusted:"), trusted_);
  form->addRow(tr("&Untrusted:"), untrusted_);
  auto* key_row = new QHBoxLayout;
  keys_ = new QLineEdit(this);
  keys_->setAccessibleName(tr("Key log"));
  keys_->setPlaceholderText(tr("none"));
  auto* browse = new QPushButton(tr("&Choose..."), this);
  browse->setAccessibleName(tr("Choose a key log"));
  key_row->addWidget(keys_, 1);
  key_row->addWidget(browse);
  auto* key_label = new QLabel(tr("&Key log:"), this);
  key_label->setBuddy(keys_);
  form->addRow(key_label, key_row);
  column->addLayout(form);
  problem_ = theme::problem_label(this);
  column->addWidget(problem_);
  buttons_ = new QDialogButtonBox(QDialogButtonBox::Open | QDialogButtonBox::Cancel, this);
  column->addWidget(buttons_);
  connect(add, &QPushButton::clicked, this, &OpenDialog::choose_files);
  connect(remove, &QPushButton::clicked, this, &OpenDialog::remove_file);
  connect(trusted_, &QLineEdit::textChanged, this, &OpenDialog::enable_ok);
  connect(untrusted_, &QLineEdit::textChanged, this, &OpenDialog::enable_ok);
  connect(browse, &QPushButton::clicked, this, &OpenDialog::choose_key_log);
  connect(buttons_, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &QDialog::reject);
  enable_ok();
  resize(fontMetrics().averageCharWidth() * 90, fontMetrics().height() * 24);
}

void OpenDialog::addFile(const QString& file, Trust trust) {
  const int row = files_->rowCount();
  files_->insertRow(row);
  auto* item = new QTableWidgetItem(file);
  item->setToolTip(file);
  files_->setItem(row, 0, item);
  auto* box = new QComboBox(files_);
  for (const Trust one : trusts) box->addItem(theme::name(one));
  box->setCurrentIndex(
      static_cast<int>(std::find(std::begin(trusts), std::end(trusts), trust) - std::begin(trusts)));
  box->setAccessibleName(tr("Trust of %1").arg(file));
  files_->setCellWidget(row, 1, box);
  files_->setRowHeight(row, box->sizeHint().height());
  files_->resizeColumnToContents(1);
  enable_ok();
}

void OpenDialog::setRequest(const LoadRequest& request) {
  request_ = request;
  files_->setRowCount(0);
  for (const CaptureInput& input : request.inputs) addFile(QString::fromStdString(input.path), input.trust);
  const auto& rules = request.session.trust.rules;
  trusted_->setText(QString::fromStdString(trust_text(rules, Trust::trusted)));
  untrusted_->setText(QString::fromStdString(trust_text(rules, Trust::untrusted)));
  keys_->setText(QString::fromStdString(request.key_log));
}

LoadRequest OpenDialog::request() const {
  LoadRequest request = request_;
  request.inputs.clear();
  for (int row = 0; row < files_->rowCount(); ++row)
    request.inputs.push_back({files_->item(row, 0)->text().toStdString(),
                              trusts[qobject_cast<QComboBox*>(files_->cellWidget(row, 1))->currentIndex()]});
  const auto same_file = [](const CaptureInput& a, const CaptureInput& b) { return a.path == b.path; };
  if (!std::equal(request.inputs.begin(), request.inputs.end(), request_.inputs.begin(),
                  request_.inputs.end(), same_file))
    request.title.clear();  // of other files
  auto& rules = request.session.trust.rules;
  rules.clear();
  for (const auto& [line, trust] : {std::pair{trusted_, Trust::trusted}, {untrusted_, Trust::untrusted}})
    if (auto parsed = trust_rules(line->text().toStdString(), trust))
      rules.insert(rules.end(), parsed->begin(), parsed->end());
  request.key_log = keys_->text().toStdString();
  return request;
}

void OpenDialog::choose_files() {
  for (const QString& file : QFileDialog::getOpenFileNames(this, tr("Add captures")))
    addFile(file, Trust::unknown);
}

void OpenDialog::choose_key_log() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Key log"));
  if (!file.isEmpty()) keys_->setText(file);
}

void OpenDialog::remove_file() {
  if (files_->currentRow() >= 0) files_->removeRow(files_->currentRow());
  enable_ok();
}

QString OpenDialog::problem() const {
  for (const auto& [line, name] : {std::pair{trusted_, tr("Trusted")}, {untrusted_, tr("Untrusted")}})
    if (const auto parsed = trust_rules(line->text().toStdString(), Trust::trusted); !parsed)
      return tr("%1: %2.").arg(name, QString::fromStdString(parsed.error()));
  return {};
}

void OpenDialog::enable_ok() {
  problem_->setText(problem());
  buttons_->button(QDialogButtonBox::Open)->setEnabled(files_->rowCount() > 0 && problem().isEmpty());
}

}  // namespace mps::gui
