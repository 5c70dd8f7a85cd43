// SPDX-License-Identifier: GPL-2.0-or-later
/// LINKTYPE_ (in files, the same everywhere) and DLT_ (libpcap's calls, differs between systems) numbers.
/// https://www.tcpdump.org/linktypes.html: they agree but for a few old ones.
#pragma once

#include "core/packet/dissect.h"

namespace mps {

LinkType link_type_of_dlt(int dlt);
int dlt_of_link_type(LinkType link);

}  // namespace mps
