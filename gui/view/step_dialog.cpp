// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/step_dialog.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QVBoxLayout>

#include "gui/view/theme.h"

namespace mps::gui {
namespace {

QString hex(std::uint8_t byte) {
  return QStringLiteral("%1").arg(byte, 2, 16, QLatin1Char('0'));
}

}  // namespace

StepTrace::StepTrace(const std::vector<std::uint8_t>& key, const std::vector<std::uint8_t>& text)
    : original_(text), scrambled_(text.size()), states_(1) {
  mps_state_init(&states_[0], key.data(), key.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    mps_state next = states_.back();
    mps_scramble(&next, &scrambled_[i], &original_[i], 1);
    states_.push_back(next);
  }
}

/// The register as 4 rows of 16 bytes, the oldest first; the byte that leaves next and the one that came last
/// are marked.
class RegisterBox : public QWidget {
 public:
  explicit RegisterBox(QWidget* parent) : QWidget(parent) {
    setAccessibleName(StepDialog::tr("Register of 64 bytes"));
    setFont(theme::monospace());
  }
  void show_state(const mps_state& state, std::size_t filled) {
    state_ = state;
    filled_ = filled;
    QString all;
    for (const std::uint8_t byte : state_.window) all += hex(byte) + QLatin1Char(' ');
    setAccessibleDescription(all);
    update();
  }
  QSize sizeHint() const override { return {16 * cell_width() + 2, 4 * cell_height() + 2}; }
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    for (std::size_t i = 0; i < MPS_WINDOW; ++i) {
      const QRect cell(static_cast<int>(i % 16) * cell_width(), static_cast<int>(i / 16) * cell_height(),
                       cell_width(), cell_height());
      const bool from_stream = i + filled_ >= MPS_WINDOW;
      painter.fillRect(cell, palette().color(from_stream ? QPalette::Base : QPalette::AlternateBase));
      painter.setPen(palette().color(QPalette::Mid));
      painter.drawRect(cell);
      painter.setPen(palette().color(from_stream ? QPalette::Text : QPalette::PlaceholderText));
      painter.drawText(cell, Qt::AlignCenter, hex(state_.window[i]));
    }
    const auto mark = [&](std::size_t i, theme::Mark kind) {
      painter.setPen(QPen(theme::colour(kind, palette()), 2,
                          kind == theme::Mark::inferred ? Qt::DashLine : Qt::SolidLine));
      painter.drawRect(static_cast<int>(i % 16) * cell_width() + 1,
                       static_cast<int>(i / 16) * cell_height() + 1, cell_width() - 2, cell_height() - 2);
    };
    mark(0, theme::Mark::inferred);
    mark(MPS_WINDOW - 1, theme::Mark::exact);
  }

 private:
  int cell_width() const { return fontMetrics().horizontalAdvance(QStringLiteral("0000")); }
  int cell_height() const { return fontMetrics().height() + 8; }
  mps_state state_{};
  std::size_t filled_ = 0;
};

StepDialog::StepDialog(const QString& note, QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Step by step (figures 9 and 10)"));
  auto* column = new QVBoxLayout(this);
  if (!note.isEmpty()) {
    auto* label = new QLabel(note, this);
    label->setObjectName(QStringLiteral("note"));
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    QFont bold = font();
    bold.setBold(true);
    label->setFont(bold);
    column->addWidget(label);
  }
  auto* form = new QFormLayout;
  text_ = new QLineEdit(QStringLiteral("GET /index.html HTTP/1.1"), this);
  text_->setMaxLength(4096);
  text_->setAccessibleName(tr("Text"));
  form->addRow(tr("&Text:"), text_);
  key_ = new QLineEdit(QStringLiteral("a1b2c3d4e5f60718"), this);
  key_->setFont(theme::monospace());
  key_->setAccessibleName(tr("Key"));
  key_->setValidator(
      new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9a-fA-F]{16}")), key_));
  form->addRow(tr("&Key, 16 hex digits:"), key_);
  column->addLayout(form);
  descramble_ = new QCheckBox(tr("&Descramble (figure 10) instead of scramble (figure 9)"), this);
  column->addWidget(descramble_);
  register_ = new RegisterBox(this);
  column->addWidget(new QLabel(tr("The 64 original bytes before, oldest first. Dashed: leaves next. Framed: "
                                  "came last. Shaded: initial register."),
                               this));
  column->addWidget(register_);
  equation_ = new QLabel(this);
  equation_->setFont(theme::monospace());
  equation_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(equation_);
  streams_ = new QLabel(this);
  streams_->setFont(theme::monospace());
  streams_->setTextFormat(Qt::PlainText);
  column->addWidget(streams_);
  auto* buttons = new QHBoxLayout;
  back_ = new QPushButton(tr("&Back"), this);
  next_ = new QPushButton(tr("&Next byte"), this);
  next_->setDefault(true);
  auto* close = new QPushButton(tr("&Close"), this);
  buttons->addStretch(1);
  buttons->addWidget(back_);
  buttons->addWidget(next_);
  buttons->addWidget(close);
  column->addLayout(buttons);
  connect(text_, &QLineEdit::textChanged, this, &StepDialog::restart);
  connect(key_, &QLineEdit::textChanged, this, &StepDialog::restart);
  connect(descramble_, &QCheckBox::toggled, this, &StepDialog::refresh);
  connect(next_, &QPushButton::clicked, this, &StepDialog::forward);
  connect(back_, &QPushButton::clicked, this, &StepDialog::backward);
  connect(close, &QPushButton::clicked, this, &QDialog::accept);
  restart();
}

void StepDialog::restart() {
  const QByteArray text = text_->text().toUtf8(), key = QByteArray::fromHex(key_->text().toLatin1());
  trace_ = StepTrace({key.begin(), key.end()}, {text.begin(), text.end()});
  position_ = 0;
  refresh();
}

void StepDialog::forward() {
  if (position_ < trace_.steps()) ++position_;
  refresh();
}

void StepDialog::backward() {
  if (position_ > 0) --position_;
  refresh();
}

QString StepDialog::sentence() const {
  if (position_ >= trace_.steps()) return tr("All %1 bytes are done.").arg(trace_.steps());
  const std::uint8_t sum = trace_.before(position_).sum;
  const QString original = hex(trace_.original(position_)), scrambled = hex(trace_.scrambled(position_));
  return descramble_->isChecked() ? tr("b[%1] = S[%1] ^ XOR of the register = %2 ^ %3 = %4")
                                        .arg(position_)
                                        .arg(scrambled, hex(sum), original)
                                  : tr("S[%1] = b[%1] ^ XOR of the register = %2 ^ %3 = %4")
                                        .arg(position_)
                                        .arg(original, hex(sum), scrambled);
}

void StepDialog::refresh() {
  register_->show_state(trace_.before(position_), position_);
  equation_->setText(sentence());
  constexpr std::size_t wide = 24;
  const std::size_t from = position_ > wide / 2 ? position_ - wide / 2 : 0;
  QString original = QStringLiteral("b  "), scrambled = QStringLiteral("S  "),
          pointer = QStringLiteral("   ");
  for (std::size_t i = from; i < std::min(trace_.steps(), from + wide); ++i) {
    const bool done = i < position_;
    original += (done || !descramble_->isChecked() ? hex(trace_.original(i)) : QStringLiteral("..")) +
                QLatin1Char(' ');
    scrambled += (done || descramble_->isChecked() ? hex(trace_.scrambled(i)) : QStringLiteral("..")) +
                 QLatin1Char(' ');
    pointer += i == position_ ? QStringLiteral("^^ ") : QStringLiteral("   ");
  }
  streams_->setText(original + '\n' + scrambled + '\n' + pointer);
  back_->setEnabled(position_ > 0);
  next_->setEnabled(position_ < trace_.steps());
}

}  // namespace mps::gui
