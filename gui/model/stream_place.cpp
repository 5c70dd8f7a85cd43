// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/stream_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace mps::gui {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes `word` from the begin of `text`, whatever its case.
bool take(std::string_view& text, std::string_view word) {
  const bool there =
      text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
        return a == std::tolower(static_cast<unsigned char>(b));
      });
  if (there) text = trimmed(text.substr(word.size()));
  return there;
}

tl::expected<std::uint64_t, std::string> parse_number(std::string_view text) {
  if (text.empty()) return tl::unexpected(std::string("A number is missing."));
  std::string_view digits = text;
  const int base = take(digits, "0x") ? 16 : 10;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc::result_out_of_range && end == digits.data() + digits.size())
    return tl::unexpected(fmt::format("{} is more than 64 bits hold.", text));
  if (error != std::errc() || end != digits.data() + digits.size())
    return tl::unexpected(
        fmt::format("'{}' is no number: decimal digits, or 0x and hexadecimal ones.", text));
  return value;
}

tl::expected<std::uint64_t, std::string> place_of_dsn(std::uint64_t dsn, const StreamSnapshot& stream) {
  const std::uint64_t first = stream.report().first_dsn;
  if (const std::uint64_t offset = dsn - first; offset < stream.length()) return offset;
  if (dsn >> 32 == 0)
    if (const std::uint64_t offset = static_cast<std::uint32_t>(dsn - first); offset < stream.length())
      return offset;
  return tl::unexpected(
      fmt::format("Data sequence number {} is not of this stream, which goes from {} to {}.", dsn, first,
                  first + stream.length() - 1));
}

tl::expected<std::uint64_t, std::string> place_of_packet(std::uint64_t frame, const StreamSnapshot& stream) {
  std::optional<std::uint64_t> first;
  for (std::size_t lane = 0; lane < stream.lanes().lanes(); ++lane)
    for (const LaneSegment& segment : stream.lanes().lane(lane))
      if (segment.frame == frame) first = std::min(first.value_or(segment.offset), segment.offset);
  if (first) return *first;
  const std::uint64_t packets = stream.document().report().source.packets;
  if (frame == 0 || frame > packets)
    return tl::unexpected(
        fmt::format("There is no packet {}: the capture has packets 1 to {}.", frame, packets));
  return tl::unexpected(fmt::format("Packet {} carries no byte of this stream.", frame));
}

}  // namespace

tl::expected<std::uint64_t, std::string> parse_place(std::string_view text, const StreamSnapshot& stream) {
  text = trimmed(text);
  if (stream.length() == 0) return tl::unexpected(std::string("The stream has no bytes."));
  const bool dsn = take(text, "dsn");
  const bool packet = !dsn && (take(text, "packet") || take(text, "#"));
  const auto number = parse_number(text);
  if (!number) return number;
  if (dsn) return place_of_dsn(*number, stream);
  if (packet) return place_of_packet(*number, stream);
  if (*number < stream.length()) return *number;
  return tl::unexpected(
      fmt::format("Offset {} is beyond the stream, whose last byte is {}.", *number, stream.length() - 1));
}

tl::expected<std::vector<std::uint8_t>, std::string> parse_needle(std::string_view text) {
  std::string_view digits = text;
  if (!take(digits, "0x")) {
    if (text.empty()) return tl::unexpected(std::string("There is nothing to find."));
    return std::vector<std::uint8_t>(text.begin(), text.end());
  }
  std::string packed;
  std::remove_copy_if(digits.begin(), digits.end(), std::back_inserter(packed),
                      [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < packed.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(packed.data() + i, packed.data() + i + 2, byte, 16);
    if (error != std::errc() || end != packed.data() + i + 2) break;
    bytes.push_back(byte);
  }
  if (bytes.empty() || 2 * bytes.size() != packed.size())
    return tl::unexpected(
        fmt::format("'{}' is not bytes: 0x wants pairs of hexadecimal digits behind it.", text));
  return bytes;
}

}  // namespace mps::gui
