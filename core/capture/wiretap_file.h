// SPDX-License-Identifier: GPL-2.0-or-later
/// Every capture format that pcap_file and pcapng_file leave over, and all compressed files, read by
/// Wireshark's library (libwiretap). Its interface changes from release to release: nothing outside
/// wiretap_file.cpp includes its headers.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "core/capture/packet_source.h"

namespace mps {

/// Opens `path`, which errors and paths call `name`; what Wireshark shows without its being packets is
/// refused. No locators: compressed bytes cannot be read again cheaply.
tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_wiretap_file(const std::string& path,
                                                                            std::string name);

/// Whether the library takes the file for one of its formats of packets, be it damaged.
bool wiretap_knows(const std::string& path);

}  // namespace mps
