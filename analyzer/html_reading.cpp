// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/html_picture.h"
#include "analyzer/html_stream.h"

namespace mps::html {
namespace {

constexpr std::uint64_t window_before = 64;  ///< unseen bytes before a run that are recovered along with it

/// Copies the part of `bytes`, which stands at `at`, that falls into the reading.
void place(const Interval& where, std::int64_t at, std::span<const std::uint8_t> bytes, Mark mark,
           std::vector<std::uint8_t>& to, std::vector<Mark>& marks) {
  const auto begin = static_cast<std::int64_t>(where.begin), end = static_cast<std::int64_t>(where.end);
  const std::int64_t from = std::max(at, begin);
  const std::int64_t stop = std::min(at + static_cast<std::int64_t>(bytes.size()), end);
  for (std::int64_t i = from; i < stop; ++i) {
    to[static_cast<std::size_t>(i - begin)] = bytes[static_cast<std::size_t>(i - at)];
    marks[static_cast<std::size_t>(i - begin)] = mark;
  }
}

enum class Column { original, wire, read };

struct Cell {
  std::uint8_t byte = 0;
  std::string css;
  bool shown = false;
};

Cell cell(const Reading& r, Column column, std::size_t i) {
  if (column == Column::original) return {r.original[i], "", r.original_marks[i] != Mark::unseen};
  if (column == Column::wire)
    return {r.wire[i], r.wire_marks[i] == Mark::unseen ? "unseen" : "", r.wire_marks[i] != Mark::unseen};
  const Mark mark = r.read_marks[i];
  const bool shown = mark != Mark::unseen && mark != Mark::unknown;
  std::string css = css_class(mark);
  if (shown && mark != Mark::exact && r.original_marks[i] != Mark::unseen && r.read[i] != r.original[i])
    css = "wrong";
  if (shown && r.wire_marks[i] == Mark::unseen) css += " before";
  return {r.read[i], css, shown};
}

std::string as_character(const Cell& c) {
  if (!c.shown) return "\u2591";  // light shade
  if (c.byte == '\n') return "\u21b5";
  if (c.byte < 0x20 || c.byte >= 0x7f) return "\u00b7";
  return escape(std::string(1, static_cast<char>(c.byte)));
}

/// A block of bytes, `width` to a line, neighbours of one kind in one element.
template <typename Show>
std::string block(const Reading& r, Column column, std::size_t width, std::size_t from, std::size_t limit,
                  Show show) {
  std::string out = "<pre>", open;
  const std::size_t size = std::min<std::size_t>(r.where.length(), from + limit);
  for (std::size_t i = from; i < size; ++i) {
    const Cell c = cell(r, column, i);
    const bool fresh = (i - from) % width == 0;
    if (fresh || c.css != open) {
      if (i > from && !open.empty()) out += "</span>";
      if (fresh && i > from) out += "\n";
      open = c.css;
      if (!open.empty()) out += "<span class=\"" + open + "\">";
    }
    out += show(c);
  }
  if (!open.empty()) out += "</span>";
  return out + "</pre>";
}

std::string columns_of(const Reading& r, std::size_t text_width, std::size_t hex_width,
                       std::size_t hex_limit) {
  std::vector<std::pair<Column, const char*>> columns;
  if (r.has_original) columns.emplace_back(Column::original, "Original (known to us alone)");
  columns.emplace_back(Column::wire, "What the tap sees on the wire");
  columns.emplace_back(Column::read, "What the observer reads");
  // Hex costs three times the room, so it shows the begin of the run alone, and a little before.
  const auto seen = std::find(r.wire_marks.begin(), r.wire_marks.end(), Mark::unknown);
  const auto before = static_cast<std::size_t>(seen - r.wire_marks.begin());
  const std::size_t hex_from = before > hex_width && before < r.where.length() ? before - hex_width : 0;
  std::string out;
  for (const bool hex : {false, true}) {
    out +=
        fmt::format("<div class=\"reading\" style=\"grid-template-columns:repeat({},1fr);margin-top:2mm\">",
                    columns.size());
    for (const auto& [column, title] : columns) {
      out += "<div>";
      if (!hex) out += fmt::format("<h4>{}</h4>", title);
      out += hex ? block(r, column, hex_width, hex_from, hex_limit,
                         [](const Cell& c) {
                           return c.shown ? fmt::format("{:02x} ", c.byte) : std::string("\u2591\u2591 ");
                         })
                 : block(r, column, text_width, 0, r.where.length(), as_character);
      out += "</div>";
    }
    out += "</div>\n";
  }
  return out;
}

}  // namespace

Reading reading_of(const StreamLeakage& stream, std::size_t observer, Interval where) {
  const Leakage& l = stream.observers[observer];
  const StreamLeakage::TappedBytes& bytes = stream.bytes[observer];
  Reading r;
  r.where = where;
  const std::size_t size = where.length();
  r.wire.resize(size);
  r.read.resize(size);
  r.original.resize(size);
  r.wire_marks.assign(size, Mark::unseen);
  r.original_marks.assign(size, Mark::unseen);
  for (std::size_t k = 0; k < bytes.where.size() && k < bytes.wire.size(); ++k)
    place(where, static_cast<std::int64_t>(bytes.where[k].begin), bytes.wire[k], Mark::unknown, r.wire,
          r.wire_marks);
  r.read_marks = r.wire_marks;
  if (!l.scrambled) {
    r.read = r.wire;
    for (Mark& mark : r.read_marks)
      if (mark == Mark::unknown) mark = Mark::exact;
  }
  if (l.inference)
    for (std::size_t k = 0; k < l.inference->runs.size() && k < bytes.where.size(); ++k) {
      const RunRecovery& run = l.inference->runs[k];
      if (run.region.empty()) continue;
      const std::int64_t first =
          static_cast<std::int64_t>(bytes.where[k].begin) - static_cast<std::int64_t>(window_before);
      place(where, first, run.region, Mark::guess, r.read, r.read_marks);
      for (std::size_t from = 0; from < run.region.size();) {  // stretches of accepted bytes
        std::size_t to = from;
        while (to < run.region.size() && run.accepts(to)) ++to;
        if (to > from)
          place(where, first + static_cast<std::int64_t>(from),
                std::span(run.region).subspan(from, to - from), Mark::inferred, r.read, r.read_marks);
        from = to + 1;
      }
    }
  for (const auto& [at, determined] : bytes.exact)
    place(where, static_cast<std::int64_t>(at), determined, Mark::exact, r.read, r.read_marks);
  if (l.truth_at && !stream.original.empty()) {
    r.has_original = true;
    place(where, -static_cast<std::int64_t>(*l.truth_at), stream.original, Mark::exact, r.original,
          r.original_marks);
  }
  return r;
}

Interval excerpt_of(const StreamLeakage& stream, std::size_t observer, std::uint64_t size) {
  const auto& runs = stream.observers[observer].runs;
  const auto longest = std::max_element(
      runs.begin(), runs.end(), [](const Interval& a, const Interval& b) { return a.length() < b.length(); });
  if (longest == runs.end()) return {};
  const std::uint64_t begin = longest->begin > window_before ? longest->begin - window_before : 0;
  return {begin, std::min({begin + size, longest->end, stream.observers[observer].stream_bytes})};
}

std::string excerpt_html(const Reading& r) {
  return r.has_original ? columns_of(r, 36, 12, 72) : columns_of(r, 60, 20, 120);
}

std::string picture_html(const StreamLeakage& stream, std::size_t observer) {
  const Leakage& l = stream.observers[observer];
  std::optional<BitmapPlace> place;
  bool has_original = false;
  if (l.truth_at && *l.truth_at <= stream.original.size()) {
    place = find_bitmap(stream.original.subspan(*l.truth_at));
    has_original = place.has_value();
  }
  if (!place) {  // perhaps its header is among what was recovered
    const Reading head = reading_of(stream, observer, {0, std::min<std::uint64_t>(l.stream_bytes, 1 << 18)});
    place = find_bitmap(head.read);
  }
  if (!place || place->pixels >= l.stream_bytes) return {};
  const Reading r = reading_of(stream, observer, {place->pixels, std::min(place->end, l.stream_bytes)});
  const auto one = [](const char* title, const std::string& uri, const char* alt) {
    return fmt::format("<div><h4>{}</h4><img alt=\"{}\" src=\"{}\"></div>", title, alt, uri);
  };
  std::string out = "<div class=\"pictures\">";
  if (has_original)
    out += one("As sent", picture_uri(*place, r.original, r.original_marks), "The original picture");
  std::vector<Mark> shown = r.wire_marks;  // scrambled bytes are there: as colours
  for (Mark& mark : shown)
    if (mark == Mark::unknown) mark = Mark::exact;
  out += one("On the wire, as the tap sees it", picture_uri(*place, r.wire, shown),
             "Scrambled bytes drawn as pixels; grey checks where another path carried them");
  out += one("As recovered", picture_uri(*place, r.read, r.read_marks),
             "Recovered pixels; grey checks: never seen; purple dots: not recovered");
  out += "</div>\n";
  const auto guesses = std::count(r.read_marks.begin(), r.read_marks.end(), Mark::guess);
  out +=
      fmt::format("<p class=\"note\">Grey checks: carried by a path that is not tapped.{}",
                  hardened(l) ? ""
                              : " Where the picture is flat the scrambler changes nothing: 65 equal bytes in "
                                "a row give themselves, so outlines stand on the wire in clear.");
  if (guesses)
    out += fmt::format(
        " Of the recovered picture {} bytes are the attack&#39;s best guess, which it does not itself "
        "accept: "
        "its model knows text, not pixels.",
        grouped(static_cast<std::uint64_t>(guesses)));
  return out + "</p>\n";
}

}  // namespace mps::html
