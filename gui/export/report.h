// SPDX-License-Identifier: GPL-2.0-or-later
/// A report of one observation with everything that is needed to repeat it: version, inputs and their
/// SHA-256, observer, attack, seed. One source for JSON, HTML and PDF.
#pragma once

#include <QByteArray>
#include <QString>
#include <nlohmann/json_fwd.hpp>

#include "gui/model/observation.h"

namespace mps::gui {

/// A picture for the report in HTML and PDF.
struct ReportPicture {
  QString title, caption;
  QByteArray png;
  int width = 0;             ///< as shown, in pixels of 1/96 inch; the picture itself may be finer
  bool begins_page = false;  ///< of what is printed
};
/// What fits between the margins of a page (A4).
inline constexpr int report_width = 620;

nlohmann::ordered_json report_json(const Observation& observation);
/// Self-contained: pictures are embedded, nothing is loaded from elsewhere.
QString report_html(const Observation& observation, const std::vector<ReportPicture>& pictures);

/// False with a reason if the file cannot be written. The kind follows from the ending: .html, .pdf or .json.
bool write_report(const QString& file, const Observation& observation,
                  const std::vector<ReportPicture>& pictures, QString& error);

/// What the tap recovered; unrecovered bytes, and guesses that the attack does not accept, become zero, and
/// FILE.json beside it lists which bytes are exact, inferred or absent.
bool write_recovered(const QString& file, const Observation& observation, QString& error);

}  // namespace mps::gui
