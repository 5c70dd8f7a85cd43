// SPDX-License-Identifier: GPL-2.0-or-later
/// Places and bytes of a stream as people type them, for "go to" and "find".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "gui/model/stream_snapshot.h"

namespace mps::gui {

/// "4711" is a stream offset, "dsn 4711" a data sequence number (64 bits or its low 32), "packet 17" or "#17"
/// the first byte of the stream that this packet of the capture carries. Numbers are decimal, or hexadecimal
/// behind 0x. The result is an offset below the stream's length; the error a sentence.
tl::expected<std::uint64_t, std::string> parse_place(std::string_view text, const StreamSnapshot& stream);

/// Text as it stands, or bytes: "0x" and hex digits, spaces between them allowed. Never empty; the error is a
/// sentence.
tl::expected<std::vector<std::uint8_t>, std::string> parse_needle(std::string_view text);

}  // namespace mps::gui
