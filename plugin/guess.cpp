// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/guess.h"

#include <algorithm>
#include <string_view>

namespace mps::plugin {

bool looks_like_a_beginning(std::span<const std::uint8_t> bytes) {
  using namespace std::string_view_literals;
  static constexpr std::string_view beginnings[] = {
      "GET "sv,         "POST "sv,        "PUT "sv,         "HEAD "sv,   "OPTIONS "sv, "DELETE "sv,
      "CONNECT "sv,     "PATCH "sv,       "PRI * HTTP/2"sv, "HTTP/1."sv, "SSH-"sv,     "220 "sv,
      "220-"sv,         "EHLO "sv,        "HELO "sv,        "* OK "sv,   "+OK "sv,     "\x16\x03\x01"sv,
      "\x16\x03\x03"sv, "\x16\x03\x00"sv, "\x16\x03\x02"sv};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace mps::plugin
