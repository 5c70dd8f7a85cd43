// SPDX-License-Identifier: GPL-2.0-or-later
/// Colours with a meaning, each with a pattern of its own, so that nothing is told by colour alone (Okabe and
/// Ito's palette, safe for colour-blind readers). Everything else takes its colours from the palette, light
/// or dark.
#pragma once

#include <QBrush>
#include <QColor>
#include <QFont>
#include <QPalette>

#include "core/capture/packet_source.h"
#include "gui/model/observation.h"

class QApplication;
class QLabel;
class QWidget;

namespace mps::gui::theme {

enum class Mark { exact, inferred, unknown, unseen, chance, claim, wrong };

QColor colour(Mark mark, const QPalette& palette);
/// Solid for exact, hatched for inferred, dotted for unknown.
QBrush brush(Mark mark, const QPalette& palette);
Qt::PenStyle line(Mark mark);
QColor colour(Trust trust, const QPalette& palette);
QBrush brush(Trust trust, const QPalette& palette);
QString name(Trust trust);
Mark mark_of(ByteState state);

bool is_dark(const QPalette& palette);
QPalette dark_palette();
QPalette light_palette();
/// Fusion style with one of the two palettes.
void apply(QApplication& application, bool dark);
/// Fixed pitch, in the size of the application's font.
QFont monospace();
/// For sentences about what is wrong: plain text that wraps, in the colour of Mark::wrong.
QLabel* problem_label(QWidget* parent);
/// 12 345 678, with thin spaces.
QString count(std::uint64_t number);
/// 47.9 %; nothing that is not nothing is called 0, and nothing short of all 100.
QString percent(double share);

}  // namespace mps::gui::theme
