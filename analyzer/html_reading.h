// SPDX-License-Identifier: GPL-2.0-or-later
/// What one observer reads of a piece of the stream: the bytes on the wire, what became of them, and the
/// original where it is known, side by side. One truth for the excerpts and the pictures of the HTML report.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/html_text.h"
#include "analyzer/leakage_run.h"

namespace mps::html {

struct Reading {
  Interval where;  ///< stream offsets; every vector below has this length
  std::vector<std::uint8_t> wire;
  std::vector<Mark> wire_marks;  ///< unseen, or unknown: there, as scrambled bytes
  std::vector<std::uint8_t> read;
  std::vector<Mark> read_marks;
  std::vector<std::uint8_t> original;
  std::vector<Mark> original_marks;  ///< exact where the truth has the byte; all unseen without truth
  bool has_original = false;
};
Reading reading_of(const StreamLeakage& stream, std::size_t observer, Interval where);

/// The window worth showing of this observer: from the unseen bytes before its longest run on, up to `size`
/// bytes. Empty if it sees nothing.
Interval excerpt_of(const StreamLeakage& stream, std::size_t observer, std::uint64_t size);

/// Text and hex, in two or three columns, marked byte by byte.
std::string excerpt_html(const Reading& reading);
/// As sent, on the wire, as recovered; empty if there is no bitmap.
std::string picture_html(const StreamLeakage& stream, std::size_t observer);

}  // namespace mps::html
