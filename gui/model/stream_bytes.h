// SPDX-License-Identifier: GPL-2.0-or-later
/// The three faces of a stream byte that the views show side by side: original, on the wire, recovered by the
/// tap.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "gui/model/observation.h"

namespace mps::gui {

enum class Face : std::uint8_t { original, wire, recovered };
inline constexpr Face faces[] = {Face::original, Face::wire, Face::recovered};

struct ShownByte {
  std::uint8_t value = 0;
  bool there = false;
  ByteState state = ByteState::unseen;  ///< for the tap
  bool wrong = false;                   ///< not exact, and the truth says otherwise
};

class StreamBytes {
 public:
  StreamBytes() = default;
  explicit StreamBytes(ObservationPtr observation) : observation_(std::move(observation)) {}

  explicit operator bool() const { return observation_ != nullptr; }
  const Observation& observation() const { return *observation_; }
  std::uint64_t length() const { return observation_ ? observation_->stream->length() : 0; }
  void read(Face face, std::uint64_t offset, std::span<ShownByte> out) const;
  ShownByte at(Face face, std::uint64_t offset) const;
  /// How the byte at `offset` comes about under the stream's scheme (byte_rule()), with the values filled in
  /// where they are known, "??" elsewhere.
  std::string identity(std::uint64_t offset) const;
  /// First occurrence of `needle` at or behind `from`, where the original is known, or in the bytes that the
  /// tap recovers, guesses included, as far as their values are kept. Bytes that are not there match nothing.
  std::optional<std::uint64_t> find_original(std::span<const std::uint8_t> needle, std::uint64_t from) const;
  std::optional<std::uint64_t> find_recovered(std::span<const std::uint8_t> needle, std::uint64_t from) const;

 private:
  ObservationPtr observation_;
};

}  // namespace mps::gui
