// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs dissect_frame() on a heap block of exactly the frame's size and checks what must hold for any input.
#pragma once

#include <gtest/gtest.h>

#include "core/packet/dissect.h"
#include "tests/support/hex.h"

namespace mps::test {

/// The frame must outlive the segment's spans, so both are kept together.
struct Dissected {
  ExactBuffer frame;
  SegmentView segment;
  DissectStatus status;
};

inline bool lies_within(std::span<const std::uint8_t> part, std::span<const std::uint8_t> whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

inline Dissected dissect_exactly(LinkType link, std::span<const std::uint8_t> frame, std::size_t on_wire) {
  Dissected result{ExactBuffer(frame), {}, {}};
  result.status =
      dissect_frame(link, result.frame.span(), static_cast<std::uint32_t>(on_wire), result.segment);
  if (result.status == DissectStatus::segment) {
    EXPECT_TRUE(lies_within(result.segment.payload, result.frame.span()));
    EXPECT_TRUE(lies_within(result.segment.options, result.frame.span()));
    EXPECT_LE(result.segment.options.size(), 40u);
    EXPECT_GE(result.segment.payload_on_wire, result.segment.payload.size());
  }
  return result;
}

inline Dissected dissect_exactly(LinkType link, std::span<const std::uint8_t> frame) {
  return dissect_exactly(link, frame, frame.size());
}

inline DissectStatus status_of(LinkType link, std::string_view bytes) {
  return dissect_exactly(link, hex(bytes)).status;
}

}  // namespace mps::test
