// SPDX-License-Identifier: GPL-2.0-or-later
/// Figures 9 and 10 of the paper one byte at a time: the register of 64 bytes, its XOR, the byte that comes
/// in and the one that goes out.
#pragma once

#include <QDialog>
#include <cstdint>
#include <vector>

#include "core/scramble/mps_scramble.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace mps::gui {

/// The codec's state after each byte of a text.
class StepTrace {
 public:
  StepTrace() = default;
  /// `key`: what the register starts with, right-aligned.
  StepTrace(const std::vector<std::uint8_t>& key, const std::vector<std::uint8_t>& text);

  std::size_t steps() const { return original_.size(); }
  const mps_state& before(std::size_t step) const { return states_[step]; }
  std::uint8_t original(std::size_t step) const { return original_[step]; }
  std::uint8_t scrambled(std::size_t step) const { return scrambled_[step]; }

 private:
  std::vector<std::uint8_t> original_, scrambled_;
  std::vector<mps_state> states_{mps_state{}};  ///< [step] before it; one more at the end
};

class RegisterBox;

class StepDialog : public QDialog {
  Q_OBJECT

 public:
  /// `note`: why the figures do not describe the stream in the window; empty where they do, or none is open.
  explicit StepDialog(const QString& note = {}, QWidget* parent = nullptr);
  std::size_t position() const { return position_; }
  const StepTrace& trace() const { return trace_; }
  QString sentence() const;

 public Q_SLOTS:
  void forward();
  void backward();

 private:
  void restart();
  void refresh();

  StepTrace trace_;
  std::size_t position_ = 0;
  QLineEdit* text_;
  QLineEdit* key_;
  QCheckBox* descramble_;
  RegisterBox* register_;
  QLabel* equation_;
  QLabel* streams_;
  QPushButton* back_;
  QPushButton* next_;
};

}  // namespace mps::gui
