// SPDX-License-Identifier: GPL-2.0-or-later
/// Packets from a network interface, through libpcap. What the kernel had to drop is reported in errors() at
/// the end.
///
/// Privileges: opening needs CAP_NET_RAW, reading does not. When open_live_capture() returns, everything that
/// needs a privilege is done; the program is expected to drop its privileges then, before it calls next() for
/// the first time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "core/capture/packet_source.h"

namespace mps {

struct LiveOptions {
  std::string filter = {};    ///< pcap-filter(7), run in the kernel; empty: all packets
  std::uint64_t packets = 0;  ///< stop after so many; 0: no limit
  std::optional<std::chrono::milliseconds> duration =
      std::nullopt;  ///< stop after this time; runs from the opening
  int snaplen = 262144;
  bool promiscuous = true;
};

tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_live_capture(const std::string& interface,
                                                                            const LiveOptions& options);

}  // namespace mps
