// SPDX-License-Identifier: GPL-2.0-or-later
/// dissect_frame() for every link type, and the MPTCP options of whatever segment it finds.
/// Input: link type (2 bytes, big-endian), bytes that the frame had beyond the captured ones (2 bytes), the
/// frame.
#include <cstdint>

#include "core/packet/dissect.h"
#include "core/packet/mptcp_option.h"
#include "tests/fuzz/require.h"

namespace {

using Span = std::span<const std::uint8_t>;

using mps::test::require;

bool lies_within(Span part, Span whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_options(Span bytes) {
  mps::MptcpOptions options;
  mps::parse_mptcp_options(bytes, options);
  require(mps::has_mptcp_option(bytes) == !options.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const auto link = static_cast<mps::LinkType>(data[0] << 8 | data[1]);
  const std::uint32_t missing = static_cast<std::uint32_t>(data[2] << 8 | data[3]);
  const Span frame(data + 4, size - 4);

  mps::SegmentView segment;
  const auto status =
      mps::dissect_frame(link, frame, static_cast<std::uint32_t>(frame.size()) + missing, segment);
  require((status == mps::DissectStatus::unsupported_link) == !mps::is_supported(link));
  if (status == mps::DissectStatus::segment) {
    require(lies_within(segment.payload, frame));
    require(lies_within(segment.options, frame));
    require(segment.options.size() <= 40);
    require(segment.payload_on_wire >= segment.payload.size());
    check_options(segment.options);
  }
  check_options(frame.first(frame.size() < 64 ? frame.size() : 64));
  return 0;
}
