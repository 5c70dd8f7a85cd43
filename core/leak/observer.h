// SPDX-License-Identifier: GPL-2.0-or-later
/// Observers: who taps which subflows of a connection, and what of one direction's stream that shows them.
/// An observer is a filter over the extents that the tracker recorded; no payload is copied or even touched
/// here. Not an analysis of the content: see the exact engine and the attacks for that.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/leak/closed_forms.h"
#include "core/leak/exact_engine.h"
#include "core/leak/interval.h"
#include "core/leak/known_bytes.h"

namespace mps {

/// Subflows as bits. Subflow n is bit n up to 62; bit 63 stands for "any subflow from 63 on", so connections
/// with more than 64 subflows are handled, but the late ones are tapped all together or not at all.
using SubflowMask = std::uint64_t;
constexpr std::uint16_t other_subflows = 63;
constexpr SubflowMask mask_of(std::uint16_t subflow) {
  return SubflowMask{1} << (subflow < other_subflows ? subflow : other_subflows);
}

/// Stream bytes that one captured segment carried. Several may carry the same bytes (reinjection, redundant
/// schedulers).
struct SeenExtent {
  std::uint64_t offset = 0;   ///< of the first byte in the stream
  std::uint64_t locator = 0;  ///< where the bytes are to be read; opaque here
  std::uint32_t length = 0;   ///< bytes
  std::uint32_t frame = 0;    ///< number of the packet
  std::uint16_t subflow = 0;
};

/// Somebody who taps some subflows of a connection.
struct Observer {
  std::string name;
  SubflowMask tapped = 0;
  bool sees_handshake =
      false;              ///< MP_CAPABLE: knows that the connection is scrambled, and where the stream starts
  bool has_keys = false;  ///< knows the sender's key (from the handshake, a key log or otherwise)
  std::vector<Crib> cribs;
};

/// Stream bytes [where) carried by exactly the subflows of `mask`.
struct MaskInterval {
  Interval where;
  SubflowMask mask = 0;
  friend bool operator==(const MaskInterval&, const MaskInterval&) = default;
};

/// Part of an extent: the first capture of these bytes by the observer.
struct SeenSlice {
  Interval where;
  std::size_t extent = 0;  ///< index into the extents given
  std::uint32_t skip = 0;  ///< bytes of the extent before the slice
};

/// Which subflows carried which bytes: disjoint, in stream order, none with mask 0, equal neighbours merged.
/// One pass over the extents (any order; O(n log n) when they are unordered); every observer is a filter over
/// it.
std::vector<MaskInterval> subflow_coverage(std::span<const SeenExtent> extents);

/// The union of what the tapped subflows carried, normalised.
Intervals seen_by(SubflowMask tapped, std::span<const MaskInterval> coverage);

/// The same set as slices of extents, in stream order and disjoint: of several copies the one that begins
/// first in the stream counts, of those the first given. For an observer's SeenSource.
std::vector<SeenSlice> slices_seen_by(SubflowMask tapped, std::span<const SeenExtent> extents);

/// What exact decoding gets out of an observer's view when nothing but its structure is known.
/// Targets are, in this order: seen, seen and W before, whole stream.
tl::expected<ExactResult, std::string> solve_observer(const Observer& observer,
                                                      const SchemeParameters& scheme,
                                                      std::uint64_t stream_length,
                                                      std::span<const MaskInterval> coverage);

/// One row of the matrix of observers.
struct ObserverRow {
  SubflowMask tapped = 0;
  std::uint64_t seen_bytes = 0;
  Intervals seen;
  ExactResult exact;
};

constexpr unsigned max_matrix_subflows = 6;

/// All 2^n subsets of n <= 6 subflows in counting order; above that the empty set, every single subflow,
/// every complement of one, and all. For n > 64 the bits are those of mask_of().
std::vector<SubflowMask> observer_subsets(unsigned subflows);

/// One row for each subset; scheme.key_known says whether these observers have the key.
tl::expected<std::vector<ObserverRow>, std::string> observer_matrix(unsigned subflows,
                                                                    const SchemeParameters& scheme,
                                                                    std::uint64_t stream_length,
                                                                    std::span<const MaskInterval> coverage);

/// What it means that the first W + 1 bytes of a stream, or some of them, cross tapped paths: these are the
/// bytes that depend on the key, and with the very first ones in hand no key is needed to decode.
struct HeadExposure {
  Intervals exposed;  ///< of stream bytes 0..W, what the tapped subflows carried
  bool any() const { return !exposed.empty(); }
  DeterminedSet without_key;  ///< stream bytes determined from all that is tapped, key unknown
  DeterminedSet with_key;     ///< the same, key known
  std::uint64_t key_bytes_bound =
      0;  ///< key bytes that follow as soon as the first bytes are known or guessed
  std::uint64_t key_equivocation_bits = 0;  ///< of the key when nothing is guessed, given the cribs
  std::vector<bool> key_determined;         ///< per key byte, given the cribs
};

/// scheme.key_known is ignored. `known` (optional) holds cribs; values are not needed.
tl::expected<HeadExposure, std::string> head_exposure(SubflowMask tapped, const SchemeParameters& scheme,
                                                      std::uint64_t stream_length,
                                                      std::span<const MaskInterval> coverage,
                                                      const KnownBytes* known = nullptr);

}  // namespace mps
