// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/follow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

namespace mps {

void Follower::gap(Direction direction, std::uint64_t from, std::uint64_t to) {
  left_out_ += to - from;
  if (form_ == FollowForm::raw) return;  // the caller tells how much on standard error
  if (!at_line_start_) fmt::print(out_, "\n");
  fmt::print(out_, "{}[{} bytes not recovered: {} {}..{}]\n",
             direction == Direction::listener_to_initiator ? "\t" : "", to - from, short_name(direction),
             from, to);
  at_line_start_ = true;
}

void Follower::on_recovered(const Connection&, Direction direction, std::uint64_t offset,
                            std::span<const std::uint8_t> bytes) {
  std::uint64_t& next = next_[index(direction)];
  if (offset > next) gap(direction, next, offset);
  next = offset + bytes.size();
  switch (form_) {
    case FollowForm::raw:
      // Through a copy: where a mapped capture has shrunk, we see zeros, but write() would fail.
      copy_.assign(bytes.begin(), bytes.end());
      std::fwrite(copy_.data(), 1, copy_.size(), out_);
      break;
    case FollowForm::hex:
      hex(direction, offset, bytes);
      break;
    case FollowForm::ascii:
      ascii(direction, bytes);
      break;
  }
  note_error();
}

void Follower::note_error() {
  if (error_ == 0 && std::ferror(out_)) error_ = errno;
}

void Follower::ascii(Direction direction, std::span<const std::uint8_t> bytes) {
  if (direction != last_ && !at_line_start_) {
    std::fputc('\n', out_);
    at_line_start_ = true;
  }
  last_ = direction;
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\r') continue;
    if (at_line_start_ && direction == Direction::listener_to_initiator) text += '\t';
    at_line_start_ = byte == '\n';
    text += byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f) ? static_cast<char>(byte) : '.';
  }
  std::fwrite(text.data(), 1, text.size(), out_);
}

void Follower::hex(Direction direction, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 16) {
    const auto row = bytes.subspan(i, std::min<std::size_t>(16, bytes.size() - i));
    std::string text;
    for (const std::uint8_t byte : row) text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    fmt::print(out_, "{}{:08x}  {:<48} {}\n", direction == Direction::listener_to_initiator ? "    " : "",
               offset + i, fmt::format("{:02x}", fmt::join(row, " ")), text);
  }
}

tl::expected<void, std::string> Follower::finish(const ConnectionReport& report,
                                                 std::optional<Direction> only) {
  for (const auto& stream : report.streams) {
    if (only && *only != stream.direction) continue;
    const std::uint64_t end = std::max(stream.end_seen, stream.length.value_or(0));
    if (next_[index(stream.direction)] < end) gap(stream.direction, next_[index(stream.direction)], end);
  }
  if (!at_line_start_ && form_ == FollowForm::ascii) std::fputc('\n', out_);
  std::fflush(out_);
  note_error();
  if (error_ != 0 && error_ != EPIPE)
    return tl::unexpected(fmt::format("standard output: {}", std::strerror(error_)));
  return {};
}

}  // namespace mps
