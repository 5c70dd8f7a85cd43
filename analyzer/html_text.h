// SPDX-License-Identifier: GPL-2.0-or-later
/// Words and numbers for the HTML report. Whatever comes from a capture or from the command line passes
/// through escape() before it reaches the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mps::html {

/// How a byte of the stream stands to an observer; one colour and one pattern each, all over the page.
enum class Mark : std::uint8_t {
  unseen,    ///< never crossed a tapped path, and not recovered
  unknown,   ///< seen scrambled, not recovered
  exact,     ///< determined by exact decoding
  inferred,  ///< recovered by an attack that accepts it
  guess,     ///< the best guess of an attack that does not accept it
};
const char* css_class(Mark mark);

/// Text as content or as a quoted attribute value; control characters and broken UTF-8 become \xNN.
std::string escape(std::string_view text);
std::string grouped(std::uint64_t value);  ///< 1 234 567, with narrow spaces that do not break
std::string percent(double share, int digits = 1);
std::string percent_of(std::uint64_t part, std::uint64_t whole);

}  // namespace mps::html
