// SPDX-License-Identifier: GPL-2.0-or-later
/// The captures that come with the programs, for demonstrations: where they are, and which of their paths is
/// trusted. captures/README.md tells what they are; MANIFEST.json describes them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/capture/open_capture.h"
#include "core/session/session.h"

namespace mps {

/// Where the bundled captures are: the folder that the environment names (MPSCRAMBLE_CAPTURES), else the one
/// installed beside the running program, else that of the source tree it was built from. The error is one
/// line.
tl::expected<std::filesystem::path, std::string> bundled_captures();

struct BundledCapture {
  std::vector<CaptureInput> inputs;  ///< the capture of all paths
  TrustRules trust;                  ///< by interface
};
/// The capture that the manifest in `folder` calls `name`. The error is one line.
tl::expected<BundledCapture, std::string> find_bundled_capture(const std::filesystem::path& folder,
                                                               std::string_view name);

}  // namespace mps
