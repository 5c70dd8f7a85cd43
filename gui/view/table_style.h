// SPDX-License-Identifier: GPL-2.0-or-later
/// How every table of the window looks and behaves.
#pragma once

class QTableView;

namespace mps::gui {

/// Rows as high as the font, whatever it is scaled to, and selected whole; columns share the width; no row
/// numbers, nothing to edit; Tab goes on to the next widget. Call once, when the columns are there.
void style_table(QTableView* table);

}  // namespace mps::gui
