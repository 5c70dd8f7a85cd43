// SPDX-License-Identifier: GPL-2.0-or-later
/// The front door: from names on a command line to a PacketSource. What a file is, its first bytes tell,
/// never its name.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/capture/packet_source.h"

namespace mps {

struct OpenOptions {
  std::string filter = {};  ///< pcap-filter(7), over whatever link types the files have; empty: all packets
};

/// A file, a FIFO or "-" for standard input. pcap and pcapng are read by this project's readers, everything
/// else and compressed files by wiretap (such input on a pipe is first stored in an unnamed temporary file).
/// The error is in one line. Waits for the first bytes of a pipe.
tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_capture(const std::string& path,
                                                                       const OpenOptions& options = {});

struct CaptureInput {
  std::string path;
  Trust trust = Trust::unknown;
};

/// Several files as several taps of the same traffic. Files that cannot be opened are named in errors() of
/// the result; only when none can (or the filter is wrong) there is no source, and every reason is returned.
tl::expected<std::unique_ptr<PacketSource>, std::vector<CaptureError>> open_captures(
    const std::vector<CaptureInput>& inputs, const OpenOptions& options = {});

/// Of a file that open_captures() refused: whether it begins as a capture does, so that it is a damaged one
/// and not something else. False for whatever gives its bytes only once.
bool begins_as_capture(const std::string& path);

}  // namespace mps
