// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/scheme.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/lab/pad_attacks.h"

namespace mps::lab {
namespace {

/// Lane k goes over path k, in segments as long as the schedule's longest.
std::vector<Sending> pinned_sendings(std::uint64_t size, std::uint16_t path, const Schedule& schedule) {
  std::uint64_t longest = 1;
  for (const Sending& sending : schedule.sendings) longest = std::max(longest, sending.where.length());
  std::vector<Sending> sent;
  for (std::uint64_t begin = 0; begin < size; begin += longest)
    sent.push_back({{begin, std::min(begin + longest, size)}, path});
  return sent;
}

}  // namespace

const char* to_string(Basis basis) {
  switch (basis) {
    case Basis::any_content:
      return "proved";
    case Basis::uniform_content:
      return "uniform";
    case Basis::lower_bound:
      return "at least";
    case Basis::cipher:
      return "cipher";
    case Basis::handshake_prf:
      return "keys+cipher";
    case Basis::random_oracle:
      return "argued";
  }
  return "";
}

const char* explain(Basis basis) {
  switch (basis) {
    case Basis::any_content:
      return "proved, whatever the content is";
    case Basis::uniform_content:
      return "proved if every content is equally likely; real content gives away more";
    case Basis::lower_bound:
      return "at least this much, if every content is equally likely";
    case Basis::cipher:
      return "as long as nobody breaks the cipher; its key never crosses a path, and how it is agreed on is "
             "not this scheme's business";
    case Basis::handshake_prf:
      return "as long as nobody breaks the cipher or finds both 64-bit keys, each of which can be searched "
             "for by itself: 2^65 trials";
    case Basis::random_oracle:
      return "argued, not proved: the hash is taken for a random function, and the unseen data must be hard "
             "to guess together with the keys";
  }
  return "";
}

std::uint64_t Wire::bytes_once() const {
  std::uint64_t bytes = 0;
  for (const Lane& lane : lanes) bytes += lane.bytes.size();
  return bytes;
}

std::uint64_t Wire::bytes_sent() const {
  std::uint64_t bytes = 0;
  for (const Lane& lane : lanes)
    for (const Sending& sending : lane.sent) bytes += sending.where.length();
  return bytes;
}

std::vector<Piece> pieces_of(const Wire& wire) {
  std::vector<Piece> pieces;
  for (std::size_t k = 0; k < wire.lanes.size(); ++k)
    for (const Sending& sending : wire.lanes[k].sent)
      pieces.push_back({sending.path, k, sending.where.begin,
                        std::span(wire.lanes[k].bytes).subspan(sending.where.begin, sending.where.length())});
  return pieces;
}

Sight sight_of(const Wire& wire, const Agreement& agreement, PathMask taps) {
  Sight sight{taps, (taps & mask_of(agreement.schedule->handshake_path)) != 0, {}};
  for (const Lane& lane : wire.lanes) {
    Intervals seen;
    for (const Sending& sending : lane.sent)
      if (taps & mask_of(sending.path)) seen.push_back(sending.where);
    sight.seen.push_back(normalised(std::move(seen)));
  }
  return sight;
}

std::vector<Link> Scheme::links(const Agreement& agreement, const Wire& wire) const {
  std::vector<Link> links;
  for (std::size_t k = 0; k < wire.lanes.size(); ++k)
    links.push_back({k, {0, std::min<std::uint64_t>(wire.lanes[k].bytes.size(), agreement.length())}, 0});
  return links;
}

ExactView Scheme::blank_view(const Agreement& agreement, const Wire& wire, const Sight& sight,
                             Basis basis) const {
  ExactView view;
  view.basis = basis;
  view.plaintext.resize(agreement.length());
  Intervals covered;
  for (const Link& link : links(agreement, wire))
    for (const Interval& seen : intersection(sight.seen[link.lane], normalised({link.positions}))) {
      const std::uint64_t begin = link.plaintext + (seen.begin - link.positions.begin);
      covered.push_back({begin, begin + seen.length()});
    }
  view.covered = normalised(std::move(covered));
  return view;
}

AttackResult Scheme::attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                            const ExactView& exact, Models models, const AttackLimits& limits) const {
  constexpr std::uint64_t enough = 16 * 1024;  // to show what chance gives
  AttackLimits sample = limits;
  sample.max_bytes = std::min(limits.max_bytes, enough);
  // Of several lanes the first that shows something: one share looks like another.
  for (std::size_t k = 0; k < wire.lanes.size(); ++k)
    if (!sight.seen[k].empty()) {
      AttackResult result =
          attack_scrambled(wire.lanes[k].bytes, sight.seen[k], exact, agreement, models, sample);
      result.method = "the attack on the scrambler, as a control";
      result.control = true;
      return result;
    }
  return {};
}

Wire transmit(const Scheme& scheme, const Agreement& agreement, std::span<const std::uint8_t> plaintext) {
  const Schedule& schedule = *agreement.schedule;
  Lanes lanes(scheme.dispersed() ? 1 : schedule.paths);
  const auto encoder = scheme.encoder(agreement);
  encoder->feed(plaintext, lanes);
  encoder->finish(lanes);
  Wire wire;
  for (std::size_t k = 0; k < lanes.size(); ++k) {
    Lane lane{std::move(lanes[k]), {}};
    lane.sent = scheme.dispersed()
                    ? stretched(schedule, lane.bytes.size()).sendings
                    : pinned_sendings(lane.bytes.size(), static_cast<std::uint16_t>(k), schedule);
    wire.lanes.push_back(std::move(lane));
  }
  return wire;
}

tl::expected<Bytes, std::string> receive(const Scheme& scheme, const Agreement& agreement,
                                         std::span<const Piece> pieces) {
  Lanes lanes(scheme.dispersed() ? 1 : agreement.schedule->paths);
  std::vector<std::vector<bool>> there(lanes.size());
  for (const Piece& piece : pieces) {
    if (piece.lane >= lanes.size()) return tl::unexpected(fmt::format("there is no lane {}", piece.lane));
    Bytes& lane = lanes[piece.lane];
    auto& known = there[piece.lane];
    const std::uint64_t end = piece.position + piece.bytes.size();
    if (end > lane.size()) {
      lane.resize(end);
      known.resize(end);
    }
    for (std::size_t i = 0; i < piece.bytes.size(); ++i) {
      const std::uint64_t at = piece.position + i;
      if (known[at] && lane[at] != piece.bytes[i])
        return tl::unexpected(fmt::format("lane {}: two different bytes at {}", piece.lane, at));
      lane[at] = piece.bytes[i];
      known[at] = true;
    }
  }
  const auto decoder = scheme.decoder(agreement);
  Bytes plaintext;
  for (std::size_t k = 0; k < lanes.size(); ++k) {
    if (const auto hole = std::ranges::find(there[k], false); hole != there[k].end())
      return tl::unexpected(fmt::format("lane {}: byte {} is missing", k, hole - there[k].begin()));
    decoder->feed(k, lanes[k], plaintext);
  }
  decoder->finish(plaintext);
  if (plaintext.size() != agreement.length())
    return tl::unexpected(fmt::format("{} of {} bytes can be decoded", plaintext.size(), agreement.length()));
  return plaintext;
}

}  // namespace mps::lab
