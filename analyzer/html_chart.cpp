// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace mps::html {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr double page_width = 720;  ///< units of every view box

/// Numbers go through here: no attribute ever holds "nan" or an exponent.
std::string px(double value) {
  return fmt::format("{:.2f}", std::isfinite(value) ? value : 0.0);
}

std::string begin(double width, double height, const Caption& caption) {
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">"
      "<title>{}</title><desc>{}</desc>\n",
      px(width), px(height), escape(caption.title), escape(caption.description));
}

void rect(std::string& out, double x, double y, double w, double h, const std::string& css) {
  fmt::format_to(Out(out), "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"/>", px(x), px(y),
                 px(w), px(h), css);
}

void line(std::string& out, double x1, double y1, double x2, double y2, const char* css) {
  fmt::format_to(Out(out), "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>", px(x1), px(y1),
                 px(x2), px(y2), css);
}

void text(std::string& out, double x, double y, const char* anchor, const std::string& words,
          const char* css = "label") {
  fmt::format_to(Out(out), "<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" class=\"{}\">{}</text>", px(x), px(y),
                 anchor, css, words);
}

/// 1, 2 or 5 times a power of ten: about `wanted` steps up to `top`.
double step_for(double top, int wanted) {
  if (!(top > 0)) return 1;
  const double rough = top / wanted;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double times : {1.0, 2.0, 5.0, 10.0})
    if (times * power >= rough) return times * power;
  return 10 * power;
}

struct Frame {
  double left = 52, top = 10, width = page_width - 66, height = 150;
  double bottom() const { return top + height; }
};

/// Horizontal rules with values in per cent or as they are.
void value_axis(std::string& out, const Frame& f, double top, bool as_percent) {
  const double step = step_for(top, 4);
  for (int k = 0; k * step <= top * 1.0001; ++k) {
    const double v = k * step;
    const double y = f.bottom() - f.height * v / top;
    line(out, f.left, y, f.left + f.width, y, k == 0 ? "axis" : "grid");
    text(out, f.left - 6, y + 3.5, "end",
         as_percent ? fmt::format("{:g} %", 100 * v) : fmt::format("{:g}", v));
  }
}

}  // namespace

std::string chart_patterns() {
  // Exact: solid. Inferred: diagonal lines. Unknown: dots. Guess: cross lines.
  return R"svg(<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<pattern id="p-inferred" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#E69F00"/><line x1="0" y1="0" x2="0" y2="5" stroke="#7a5200" stroke-width="1.4"/></pattern>
<pattern id="p-guess" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#F7E2B3"/><path d="M0 0V5M0 0H5" stroke="#b98300" stroke-width="0.8"/></pattern>
<pattern id="p-unknown" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" fill="#fbeef5"/><circle cx="2" cy="2" r="1" fill="#CC79A7"/></pattern>
</defs></svg>
)svg";
}

std::string lane_chart(std::span<const Lane> lanes, std::uint64_t length, const Caption& caption) {
  constexpr double left = 150, right = 92, row = 24, bar = 14, axis = 26;
  const double width = page_width - left - right;
  const double height = row * static_cast<double>(lanes.size()) + axis;
  std::string out = begin(page_width, height, caption);
  const double scale = length ? width / static_cast<double>(length) : 0;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const Lane& lane = lanes[i];
    const double y = row * static_cast<double>(i) + 3;
    text(out, left - 8, y + bar - 3, "end", escape(lane.label));
    rect(out, left, y, width, bar, "lane");
    // Pieces narrower than half a unit would vanish or overlap thousandfold: each unit is drawn once.
    double drawn_to = -1;
    for (const Lane::Piece& piece : lane.pieces) {
      const double x = static_cast<double>(piece.where.begin) * scale;
      const double w = std::max(static_cast<double>(piece.where.length()) * scale, 0.5);
      if (x + w <= drawn_to) continue;
      rect(out, left + std::max(x, drawn_to), y, x + w - std::max(x, drawn_to), bar, piece.css);
      drawn_to = x + w;
    }
    text(out, page_width - right + 8, y + bar - 3, "start", escape(lane.note));
    out += "\n";
  }
  const double base = height - axis + 4;
  line(out, left, base, left + width, base, "axis");
  const double step = step_for(static_cast<double>(length), 6);
  for (int k = 0; k * step <= static_cast<double>(length); ++k) {
    const double v = k * step;
    line(out, left + v * scale, base, left + v * scale, base + 4, "axis");
    text(out, left + v * scale, base + 16, "middle", grouped(static_cast<std::uint64_t>(v)));
  }
  text(out, page_width - right + 8, base + 16, "start", "stream offset");
  return out + "</svg>\n";
}

std::string histogram_chart(std::span<const std::uint64_t> counts, std::span<const std::uint64_t> control,
                            const Caption& caption) {
  const Frame f;
  std::string out = begin(page_width, f.bottom() + 32, caption);
  double total = 0, control_total = 0;
  for (const auto c : counts) total += static_cast<double>(c);
  for (const auto c : control) control_total += static_cast<double>(c);
  const auto share = [&](std::size_t i) { return total > 0 ? static_cast<double>(counts[i]) / total : 0; };
  double top = 1.5 / 256;
  for (std::size_t i = 0; i < counts.size(); ++i) top = std::max(top, share(i));
  // One tall value (a page of zeros) must not flatten all others: it is cut, and marked.
  std::vector<double> sorted;
  for (std::size_t i = 0; i < counts.size(); ++i) sorted.push_back(share(i));
  std::sort(sorted.begin(), sorted.end());
  const double cut = std::min(top, std::max(4 * sorted[sorted.size() * 97 / 100], 4.0 / 256));
  value_axis(out, f, cut, true);
  const double w = f.width / static_cast<double>(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double h = f.height * std::min(share(i), cut) / cut;
    rect(out, f.left + w * static_cast<double>(i), f.bottom() - h, w * 0.85, h, "bar");
    if (share(i) > cut)
      text(out, f.left + w * (static_cast<double>(i) + 0.5), f.top - 1, "middle",
           fmt::format("{:.0f} %", 100 * share(i)));
  }
  if (control_total > 0) {
    out += "<polyline class=\"control\" points=\"";
    for (std::size_t i = 0; i < control.size(); ++i)
      fmt::format_to(
          Out(out), "{},{} ", px(f.left + w * (static_cast<double>(i) + 0.5)),
          px(f.bottom() - f.height * std::min(cut, static_cast<double>(control[i]) / control_total) / cut));
    out += "\"/>";
  }
  const double level = f.bottom() - f.height / 256 / cut;
  line(out, f.left, level, f.left + f.width, level, "chance");
  for (const int value : {0, 32, 64, 96, 128, 160, 192, 224, 255})
    text(out, f.left + w * (value + 0.5), f.bottom() + 14, "middle", fmt::format("{:02x}", value));
  text(out, f.left + f.width / 2, f.bottom() + 28, "middle", "value of the byte on the wire (hex)");
  return out + "</svg>\n";
}

std::string spectrum_chart(std::span<const double> rate, std::size_t period, double chance,
                           const Caption& caption) {
  const Frame f;
  std::string out = begin(page_width, f.bottom() + 32, caption);
  double top = 2 * chance;
  for (std::size_t i = 1; i < rate.size(); ++i) top = std::max(top, rate[i]);
  top *= 1.12;
  value_axis(out, f, top, true);
  const double w = f.width / static_cast<double>(std::max<std::size_t>(rate.size(), 2));
  const auto x_of = [&](std::size_t lag) { return f.left + w * static_cast<double>(lag); };
  for (std::size_t lag = 1; lag < rate.size(); ++lag) {
    const bool marked = lag % period == 0;
    const double y = f.bottom() - f.height * std::max(rate[lag], 0.0) / top;
    rect(out, x_of(lag) - w * (marked ? 0.45 : 0.3), y, w * (marked ? 0.9 : 0.6), f.bottom() - y,
         marked ? "bar marked" : "bar");
    if (marked)
      text(out, x_of(lag), y - 4, lag + 10 > rate.size() ? "end" : "middle", fmt::format("lag {}", lag),
           "label strong");
  }
  const double level = f.bottom() - f.height * chance / top;
  line(out, f.left, level, f.left + f.width, level, "chance");
  for (std::size_t lag = 10; lag < rate.size(); lag += 10)
    text(out, x_of(lag), f.bottom() + 14, "middle", fmt::format("{}", lag));
  text(out, f.left + f.width / 2, f.bottom() + 28, "middle", "lag in bytes");
  return out + "</svg>\n";
}

std::string curve_chart(std::span<const CurvePoint> points, const Caption& caption) {
  const Frame f{.left = 62, .top = 12, .width = page_width - 250, .height = 190};
  std::string out = begin(page_width, f.bottom() + 34, caption);
  const auto x_of = [&](double v) { return f.left + f.width * std::clamp(v, 0.0, 1.0); };
  const auto y_of = [&](double v) { return f.bottom() - f.height * std::clamp(v, 0.0, 1.0); };
  for (int i = 0; i <= 4; ++i) {
    line(out, f.left, y_of(i / 4.0), f.left + f.width, y_of(i / 4.0), i ? "grid" : "axis");
    line(out, x_of(i / 4.0), f.top, x_of(i / 4.0), f.bottom(), i ? "grid" : "axis");
    text(out, f.left - 6, y_of(i / 4.0) + 3.5, "end", fmt::format("{} %", 25 * i));
    text(out, x_of(i / 4.0), f.bottom() + 14, "middle", fmt::format("{} %", 25 * i));
  }
  line(out, x_of(0), y_of(0), x_of(1), y_of(1), "diagonal");
  fmt::format_to(Out(out), "<path class=\"claim\" d=\"M{} {}L{} {}L{} {}\"/>", px(x_of(0)), px(y_of(0)),
                 px(x_of(1)), px(y_of(0)), px(x_of(1)), px(y_of(1)));
  std::vector<std::array<double, 2>> taken;  // labels that would cover one another move down
  for (const CurvePoint& p : points) {
    const double x = x_of(p.observed), y = y_of(p.recovered);
    if (p.mark == Mark::exact)
      fmt::format_to(Out(out), "<circle cx=\"{}\" cy=\"{}\" r=\"6\" class=\"exact\"/>", px(x), px(y));
    else
      fmt::format_to(Out(out), "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" class=\"{} ringed\"/>",
                     px(x - 6), px(y - 6), css_class(p.mark));
    if (p.label.empty()) continue;
    const bool left = p.observed > 0.8;
    double label_y = y + 4 - (p.mark == Mark::exact ? 8 : 0);
    for (const auto& [tx, ty] : taken)
      if (std::abs(tx - x) < 90 && std::abs(ty - label_y) < 11) label_y = ty - 12;
    taken.push_back({x, label_y});
    text(out, x + (left ? -10 : 10), label_y, left ? "end" : "start", escape(p.label));
  }
  const double key_x = f.left + f.width + 24;
  fmt::format_to(Out(out), "<circle cx=\"{}\" cy=\"30\" r=\"6\" class=\"exact\"/>", px(key_x));
  text(out, key_x + 14, 34, "start", "exact decoding");
  rect(out, key_x - 6, 48, 12, 12, "inferred ringed");
  text(out, key_x + 14, 58, "start", "a cryptanalyst");
  fmt::format_to(Out(out), "<path class=\"claim\" d=\"M{} 78h14\"/>", px(key_x - 7));
  text(out, key_x + 14, 82, "start", "the claim: nothing");
  text(out, key_x + 14, 95, "start", "until all is seen");
  line(out, key_x - 7, 112, key_x + 7, 112, "diagonal");
  text(out, key_x + 14, 116, "start", "as if in clear");
  text(out, f.left + f.width / 2, f.bottom() + 29, "middle", "share of the stream that the observer sees");
  fmt::format_to(Out(out),
                 "<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\" "
                 "class=\"label\">recovered share of the stream</text>",
                 px(f.top + f.height / 2));
  return out + "</svg>\n";
}

std::string share_bar(double share, Mark mark) {
  std::string out = "<svg class=\"mini\" viewBox=\"0 0 80 10\" aria-hidden=\"true\">";
  rect(out, 0, 1, 80, 8, "lane");
  if (share > 0) rect(out, 0, 1, std::max(80 * std::min(share, 1.0), 0.5), 8, css_class(mark));
  return out + "</svg>";
}

std::string stacked_bar(double exact, double inferred, double unknown) {
  std::string out = "<svg class=\"mini\" viewBox=\"0 0 80 10\" aria-hidden=\"true\">";
  rect(out, 0, 1, 80, 8, "lane");
  double x = 0;
  for (const auto& [share, mark] : {std::pair{exact, Mark::exact}, std::pair{inferred, Mark::inferred},
                                    std::pair{unknown, Mark::unknown}}) {
    if (share <= 0) continue;
    rect(out, 80 * x, 1, 80 * share, 8, css_class(mark));
    x += share;
  }
  return out + "</svg>";
}

}  // namespace mps::html
