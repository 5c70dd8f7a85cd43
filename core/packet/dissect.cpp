// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/packet/dissect.h"

#include "core/packet/layer.h"

namespace mps {

DissectStatus dissect_frame(LinkType link, std::span<const std::uint8_t> frame, std::uint32_t length_on_wire,
                            SegmentView& segment) {
  Layer layer{frame.data(), frame.size(), std::max<std::size_t>(frame.size(), length_on_wire)};
  return dissect_link(link, layer, segment);
}

std::string_view to_string(DissectStatus status) {
  switch (status) {
    case DissectStatus::segment:
      return "TCP segment";
    case DissectStatus::not_tcp:
      return "not TCP";
    case DissectStatus::fragment:
      return "fragment";
    case DissectStatus::truncated:
      return "headers cut by the capture";
    case DissectStatus::malformed:
      return "malformed headers";
    case DissectStatus::unsupported_link:
      return "unsupported link type";
  }
  return "unknown status";
}

}  // namespace mps
