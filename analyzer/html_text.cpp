// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_text.h"

#include <fmt/format.h>

#include "analyzer/terminal.h"

namespace mps::html {

const char* css_class(Mark mark) {
  switch (mark) {
    case Mark::unseen:
      return "unseen";
    case Mark::unknown:
      return "unknown";
    case Mark::exact:
      return "exact";
    case Mark::inferred:
      return "inferred";
    case Mark::guess:
      return "guess";
  }
  return "unknown";
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string grouped(std::uint64_t value) {
  const std::string digits = fmt::format("{}", value);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0) out += "&#8239;";
    out += digits[i];
  }
  return out;
}

std::string percent(double share, int digits) {
  return fmt::format("{:.{}f}&nbsp;%", 100 * share, digits);
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole ? percent(static_cast<double>(part) / static_cast<double>(whole)) : "&ndash;";
}

}  // namespace mps::html
