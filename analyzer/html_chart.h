// SPDX-License-Identifier: GPL-2.0-or-later
/// The few charts of the HTML report, as inline SVG: lanes, bars, stems, points. Drawn by ourselves because
/// no plotting library that writes SVG is packaged for plain C++; nothing here is more than rectangles, lines
/// and text. Each chart has a title and a description for whoever cannot see it. Colours are Okabe and Ito's,
/// and each meaning has a pattern besides, so that a black-and-white print stays readable.
///
/// Not a plotting library: sizes are fixed for a page of paper, and axes begin at zero.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyzer/html_text.h"
#include "core/leak/interval.h"

namespace mps::html {

/// Patterns that all charts refer to; once per page, before the first chart.
std::string chart_patterns();

/// For screen readers, and as the tooltip. Plain text; escaped by the chart.
struct Caption {
  std::string title;
  std::string description;
};

struct Lane {
  std::string label;  ///< plain text
  std::string note;   ///< at the right end
  struct Piece {
    Interval where;
    std::string css;  ///< class of the rectangle: "carried", or css_class() of a mark
  };
  std::vector<Piece> pieces;  ///< disjoint
};
/// Ranges of a stream, one lane above the other, over offsets 0..length.
std::string lane_chart(std::span<const Lane> lanes, std::uint64_t length, const Caption& caption);

/// 256 counts, one bar for each value of a byte, with the level of equal shares as a line; `control` (256
/// counts of another sample, scaled to the same size) as a thin outline, or empty.
std::string histogram_chart(std::span<const std::uint64_t> counts, std::span<const std::uint64_t> control,
                            const Caption& caption);

/// rate[1]..rate[n-1] as stems, multiples of `period` marked, and the level that chance gives.
std::string spectrum_chart(std::span<const double> rate, std::size_t period, double chance,
                           const Caption& caption);

struct CurvePoint {
  double observed = 0;  ///< shares of the stream, 0..1
  double recovered = 0;
  std::string label;  ///< plain text; empty for none
  Mark mark = Mark::exact;
};
/// Recovered against observed, with the claim (nothing until everything is seen) as a line.
std::string curve_chart(std::span<const CurvePoint> points, const Caption& caption);

/// A share as a small bar inside a table cell; the number stands beside it in the cell.
std::string share_bar(double share, Mark mark);
/// The same for parts of one whole.
std::string stacked_bar(double exact, double inferred, double unknown);

}  // namespace mps::html
