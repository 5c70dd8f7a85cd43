// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace mps {
namespace {

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

bool wanted(When when, int descriptor) {
  if (when != When::automatic) return when == When::always;
  const char* term = std::getenv("TERM");
  return isatty(descriptor) && !(term && std::string_view(term) == "dumb");
}

/// Length of the UTF-8 sequence that begins here, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if (length == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0))) return 0;
  if (length == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90))) return 0;
  return length;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = first < 0x20 || first == 0x7f ||
                         (first == 0xc2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      out += fmt::format("\\x{:02x}", first);
      text.remove_prefix(1);
      continue;
    }
    // Bidirectional controls can make a name read as another one.
    if (length == 3 && first == 0xe2 && (text[1] == '\x80' || text[1] == '\x81')) {
      const auto last = static_cast<unsigned char>(text[2]);
      if ((text[1] == '\x80' && last >= 0xaa && last <= 0xae) ||
          (text[1] == '\x81' && last >= 0xa6 && last <= 0xa9)) {
        for (std::size_t i = 0; i < 3; ++i)
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        text.remove_prefix(3);
        continue;
      }
    }
    out.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

Style::Style(When when, std::FILE* stream)
    : on_(wanted(when, fileno(stream)) && !(when == When::automatic && std::getenv("NO_COLOR"))) {}

std::string Style::wrap(const char* code, std::string_view text) const {
  return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

Progress::Progress(When when) : on_(wanted(when, STDERR_FILENO)), started_ms_(now_ms()) {}
Progress::~Progress() {
  clear();
}

void Progress::update(std::uint64_t done, std::uint64_t total, std::uint64_t count, std::string_view unit) {
  if (!on_) return;
  const std::int64_t now = now_ms();
  if (now - started_ms_ < 1000 || now - last_ms_ < 100) return;
  last_ms_ = now;
  shown_ = true;
  if (total > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(total);
    constexpr int width = 30;
    const int filled = std::min(width, static_cast<int>(share * width));
    fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {:3.0f} %  {} {}\x1b[K", "", filled, "", width - filled,
               share * 100, count, unit);
  } else {
    fmt::print(stderr, "\r{} {}\x1b[K", count, unit);
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

}  // namespace mps
