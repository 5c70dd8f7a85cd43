// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/link_type.h"

#include <pcap/dlt.h>

namespace mps {
namespace {

struct Difference {
  LinkType link;
  int dlt;
};
constexpr Difference differences[] = {{100, DLT_ATM_RFC1483}, {101, DLT_RAW},      {102, DLT_SLIP_BSDOS},
                                      {103, DLT_PPP_BSDOS},   {106, DLT_ATM_CLIP}, {246, DLT_PFSYNC}};

}  // namespace

LinkType link_type_of_dlt(int dlt) {
  for (const auto& difference : differences)
    if (difference.dlt == dlt) return difference.link;
  return static_cast<LinkType>(dlt);
}

int dlt_of_link_type(LinkType link) {
  for (const auto& difference : differences)
    if (difference.link == link) return difference.dlt;
  return link;
}

}  // namespace mps
