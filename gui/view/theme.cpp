// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOptionButton>

namespace mps::gui::theme {
namespace {

QPalette palette_of(const QColor& window, const QColor& base, const QColor& alternate, const QColor& text,
                    const QColor& button, const QColor& highlight) {
  QPalette palette;
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, text);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, alternate);
  palette.setColor(QPalette::Text, text);
  palette.setColor(QPalette::Button, button);
  palette.setColor(QPalette::ButtonText, text);
  palette.setColor(QPalette::ToolTipBase, alternate);
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::Light, button.lighter(130));
  palette.setColor(QPalette::Midlight, button.lighter(115));
  palette.setColor(QPalette::Mid,
                   window.lightness() < 128 ? QColor(0x70, 0x74, 0x7c) : QColor(0xb4, 0xb4, 0xb0));
  palette.setColor(QPalette::Dark,
                   window.lightness() < 128 ? QColor(0x8a, 0x8e, 0x96) : QColor(0x90, 0x90, 0x8c));
  palette.setColor(QPalette::Shadow, QColor(0, 0, 0));
  palette.setColor(QPalette::Highlight, highlight);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, highlight.lighter(115));
  QColor faint = text;
  faint.setAlphaF(0.68f);  // contrast 5:1 and more
  palette.setColor(QPalette::PlaceholderText, faint);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, faint);
  return palette;
}

/// Fusion derives the frames of check boxes and radio buttons from the window's colour, darker; on a dark
/// window nobody sees it.
class VisibleBoxes : public QProxyStyle {
 public:
  VisibleBoxes() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    const auto* box = qstyleoption_cast<const QStyleOptionButton*>(option);
    if ((element != PE_IndicatorCheckBox && element != PE_IndicatorRadioButton) || !box ||
        !is_dark(option->palette)) {
      QProxyStyle::drawPrimitive(element, option, painter, widget);
      return;
    }
    QStyleOptionButton visible(*box);
    visible.palette.setColor(QPalette::Window, QColor(0xc8, 0xcc, 0xd2));
    QProxyStyle::drawPrimitive(element, &visible, painter, widget);
  }
};

}  // namespace

bool is_dark(const QPalette& palette) {
  return palette.color(QPalette::Window).lightness() < 128;
}

QPalette dark_palette() {
  return palette_of(QColor(0x25, 0x27, 0x2b), QColor(0x1b, 0x1d, 0x20), QColor(0x2d, 0x30, 0x35),
                    QColor(0xe6, 0xe6, 0xe6), QColor(0x35, 0x38, 0x3e), QColor(0x2f, 0x6f, 0xb5));
}

QPalette light_palette() {
  return palette_of(QColor(0xf4, 0xf4, 0xf2), QColor(0xff, 0xff, 0xff), QColor(0xf0, 0xf0, 0xec),
                    QColor(0x1c, 0x1e, 0x21), QColor(0xe9, 0xe9, 0xe6), QColor(0x1f, 0x64, 0xad));
}

void apply(QApplication& application, bool dark) {
  application.setStyle(new VisibleBoxes);
  application.setPalette(dark ? dark_palette() : light_palette());
}

QColor colour(Mark mark, const QPalette& palette) {
  const bool dark = is_dark(palette);
  switch (mark) {
    case Mark::exact:
      return dark ? QColor(0x56, 0xb4, 0xe9) : QColor(0x00, 0x72, 0xb2);
    case Mark::inferred:
      return dark ? QColor(0xf0, 0xa0, 0x30) : QColor(0xd5, 0x5e, 0x00);
    case Mark::unknown:
      return dark ? QColor(0x8a, 0x8d, 0x93) : QColor(0x78, 0x7a, 0x7e);
    case Mark::unseen:
      return dark ? QColor(0x3a, 0x3d, 0x43) : QColor(0xdc, 0xdc, 0xd8);
    case Mark::chance:
      return palette.color(QPalette::WindowText);
    case Mark::claim:
      return dark ? QColor(0xe2, 0x9c, 0xc6) : QColor(0xa8, 0x4f, 0x85);
    case Mark::wrong:
      return dark ? QColor(0xff, 0x6b, 0x6b) : QColor(0xb0, 0x10, 0x20);
  }
  return {};
}

QBrush brush(Mark mark, const QPalette& palette) {
  const QColor colour = theme::colour(mark, palette);
  switch (mark) {
    case Mark::inferred:
      return {colour, Qt::BDiagPattern};
    case Mark::unknown:
      return {colour, Qt::Dense6Pattern};
    case Mark::unseen:
      return {colour, Qt::Dense7Pattern};
    case Mark::claim:
      return {colour, Qt::CrossPattern};
    default:
      return {colour, Qt::SolidPattern};
  }
}

Qt::PenStyle line(Mark mark) {
  switch (mark) {
    case Mark::exact:
      return Qt::SolidLine;
    case Mark::claim:
      return Qt::DotLine;
    case Mark::unknown:
      return Qt::DashDotLine;
    default:
      return Qt::DashLine;
  }
}

QColor colour(Trust trust, const QPalette& palette) {
  const bool dark = is_dark(palette);
  switch (trust) {
    case Trust::trusted:
      return dark ? QColor(0x2f, 0xc4, 0x9a) : QColor(0x00, 0x85, 0x62);
    case Trust::untrusted:
      return dark ? QColor(0xe2, 0x9c, 0xc6) : QColor(0xa8, 0x4f, 0x85);
    case Trust::unknown:
      return dark ? QColor(0xa0, 0xa3, 0xa8) : QColor(0x60, 0x63, 0x68);
  }
  return {};
}

QBrush brush(Trust trust, const QPalette& palette) {
  return {colour(trust, palette), trust == Trust::trusted ? Qt::SolidPattern : Qt::Dense3Pattern};
}

QString name(Trust trust) {
  switch (trust) {
    case Trust::trusted:
      return QApplication::translate("Trust", "trusted");
    case Trust::untrusted:
      return QApplication::translate("Trust", "untrusted");
    case Trust::unknown:
      return QApplication::translate("Trust", "not labelled");
  }
  return {};
}

Mark mark_of(ByteState state) {
  switch (state) {
    case ByteState::unseen:
      return Mark::unseen;
    case ByteState::unknown:
    case ByteState::guessed:
      return Mark::unknown;
    case ByteState::inferred:
      return Mark::inferred;
    case ByteState::exact:
      return Mark::exact;
  }
  return Mark::unseen;
}

QLabel* problem_label(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, colour(Mark::wrong, palette));
  label->setPalette(palette);
  return label;
}

QString count(std::uint64_t number) {
  return QLocale(QLocale::English).toString(static_cast<qulonglong>(number)).replace(',', QChar(0x2009));
}

QString percent(double share) {
  if (share > 0 && share < 0.0005) return QStringLiteral("< 0.1 %");
  if (share < 1 && share > 0.9995) return QStringLiteral("> 99.9 %");
  return QStringLiteral("%1 %").arg(share * 100, 0, 'f', 1);
}

QFont monospace() {
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  if (!QFontInfo(font).fixedPitch()) font = QFont(QStringLiteral("DejaVu Sans Mono"));
  font.setPointSizeF(QApplication::font().pointSizeF());
  return font;
}

}  // namespace mps::gui::theme
