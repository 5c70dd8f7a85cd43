// SPDX-License-Identifier: GPL-2.0-or-later
/// core/lab on the shown stream: its plaintext, sent once more over the paths that carried it, under every
/// scheme. Needs the plaintext, so it answers what would have been, and only where the whole capture decodes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "core/lab/report.h"
#include "core/leak/language_model.h"
#include "gui/model/picture.h"
#include "gui/model/stream_snapshot.h"

namespace mps::gui {

struct LabOutcome {
  std::shared_ptr<const StreamSnapshot> stream;
  lab::LabReport report;
  std::optional<PictureLayout> bitmap;  ///< in the plaintext
};
using LabOutcomePtr = std::shared_ptr<const LabOutcome>;

/// Every byte is looked at under every scheme by every observer, and kept for the pictures.
constexpr std::uint64_t lab_bytes = std::uint64_t{1} << 20;

/// Why the lab cannot take this stream, in one line; empty if it can.
std::string lab_obstacle(const StreamSnapshot& stream);
/// Without models nothing is attacked.
tl::expected<LabOutcomePtr, std::string> run_lab_on(
    std::shared_ptr<const StreamSnapshot> stream, lab::Models models, std::uint64_t seed,
    const std::stop_token& stop, const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace mps::gui
