// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/stream_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "core/scramble/mps_scramble.h"
#include "gui/model/scheme_text.h"

namespace mps::gui {
namespace {

/// First occurrence that lies in `part` of `bytes`.
std::optional<std::uint64_t> find_within(std::span<const std::uint8_t> bytes, Interval part,
                                         std::span<const std::uint8_t> needle) {
  part.end = std::min<std::uint64_t>(part.end, bytes.size());
  if (needle.empty() || part.begin >= part.end) return std::nullopt;
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(part.end);
  const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(part.begin), end,
                                 std::boyer_moore_horspool_searcher(needle.begin(), needle.end()));
  return found == end ? std::nullopt : std::optional(static_cast<std::uint64_t>(found - bytes.begin()));
}

}  // namespace

void StreamBytes::read(Face face, std::uint64_t offset, std::span<ShownByte> out) const {
  std::fill(out.begin(), out.end(), ShownByte{});
  if (!observation_) return;
  const StreamSnapshot& stream = *observation_->stream;
  const RecoveredStream& recovered = *observation_->recovered;
  const auto truth = stream.truth();
  std::vector<std::uint8_t> wire;
  if (face == Face::wire) {
    wire.resize(out.size());
    stream.read_wire(offset, wire);
  }
  for (std::size_t i = 0; i < out.size() && offset + i < stream.length(); ++i) {
    const std::uint64_t at = offset + i;
    ShownByte& byte = out[i];
    byte.state = recovered.state(at);
    switch (face) {
      case Face::original:
        byte.there = at < truth.size();
        if (byte.there) byte.value = truth[at];
        break;
      case Face::wire:
        byte.there = stream.captured().contains(at);
        byte.value = wire[i];
        break;
      case Face::recovered:
        if (at < recovered.size() && byte.state >= ByteState::guessed) {
          byte.there = true;
          byte.value = recovered.byte(at);
        } else if (byte.state == ByteState::exact && at < truth.size()) {  // behind what is kept
          byte.there = true;
          byte.value = truth[at];
        }
        byte.wrong =
            byte.there && byte.state != ByteState::exact && at < truth.size() && truth[at] != byte.value;
        break;
    }
  }
}

ShownByte StreamBytes::at(Face face, std::uint64_t offset) const {
  ShownByte byte;
  read(face, offset, {&byte, 1});
  return byte;
}

std::string StreamBytes::identity(std::uint64_t offset) const {
  const auto text = [&](Face face, std::uint64_t at) -> std::string {
    const ShownByte byte = this->at(face, at);
    return byte.there ? fmt::format("{:02x}", byte.value) : "??";
  };
  if (!observation_ || offset >= length()) return {};
  const auto coding = observation_->stream->coding();
  const std::string rule = byte_rule(coding, offset, observation_->stream->evidence().start_known());
  if (!coding || (*coding == Scheme::paper && offset < MPS_PERIOD)) return rule;
  const std::string wire = text(Face::wire, offset), original = text(Face::original, offset);
  if (*coding == Scheme::paper)
    return fmt::format("{}   :   {} = {} ^ {} ^ {}", rule, original, wire, text(Face::wire, offset - 1),
                       text(Face::original, offset - MPS_PERIOD));
  const ShownByte coded = at(Face::wire, offset), plain = at(Face::original, offset);
  return fmt::format("{}   :   {} = {} ^ {}", rule, wire, original,
                     coded.there && plain.there ? fmt::format("{:02x}", coded.value ^ plain.value) : "??");
}

std::optional<std::uint64_t> StreamBytes::find_original(std::span<const std::uint8_t> needle,
                                                        std::uint64_t from) const {
  if (!observation_) return std::nullopt;
  const auto truth = observation_->stream->truth();
  return find_within(truth, {from, truth.size()}, needle);
}

std::optional<std::uint64_t> StreamBytes::find_recovered(std::span<const std::uint8_t> needle,
                                                         std::uint64_t from) const {
  if (!observation_) return std::nullopt;
  const RecoveredStream& recovered = *observation_->recovered;
  Intervals there = recovered.exact().intervals();
  for (const IntervalIndex* part : {&recovered.inferred(), &recovered.guessed()})
    there.insert(there.end(), part->intervals().begin(), part->intervals().end());
  for (const Interval& part : normalised(std::move(there)))
    if (const auto found = find_within(recovered.bytes(), {std::max(part.begin, from), part.end}, needle))
      return found;
  return std::nullopt;
}

}  // namespace mps::gui
