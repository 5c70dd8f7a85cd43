// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/link_type.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <cstdio>

#include "core/capture/file_byte_order.h"

namespace mps {
namespace {

/// What libpcap itself writes into a file's header for this DLT.
int linktype_that_libpcap_writes(int dlt) {
  pcap_t* handle = pcap_open_dead(dlt, 65535);
  std::FILE* file = std::tmpfile();
  pcap_dumper_t* dumper = pcap_dump_fopen(handle, file);
  int link = -1;
  if (dumper != nullptr) {
    std::uint8_t header[24] = {};
    pcap_dump_flush(dumper);
    std::rewind(file);
    if (std::fread(header, 1, sizeof header, file) == sizeof header)
      link = static_cast<int>(FileByteOrder{}.u32(&header[20]));
    pcap_dump_close(dumper);
  } else {
    std::fclose(file);
  }
  pcap_close(handle);
  return link;
}

TEST(LinkType, AgreesWithLibpcapForAllTypesItHasANameFor) {
  int compared = 0;
  for (int dlt = 0; dlt < 400; ++dlt) {
    if (pcap_datalink_val_to_name(dlt) == nullptr) continue;
    const int link = linktype_that_libpcap_writes(dlt);
    if (link < 0) continue;
    ++compared;
    EXPECT_EQ(link_type_of_dlt(dlt), link) << pcap_datalink_val_to_name(dlt);
    EXPECT_EQ(dlt_of_link_type(static_cast<LinkType>(link)), dlt) << pcap_datalink_val_to_name(dlt);
  }
  EXPECT_GT(compared, 100);
}

}  // namespace
}  // namespace mps
