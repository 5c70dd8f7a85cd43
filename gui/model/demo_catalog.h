// SPDX-License-Identifier: GPL-2.0-or-later
/// The demonstrations on the start page: a bundled capture each, and one sentence of what will be seen. Which
/// path is trusted, and how the capture has to be decoded, its MANIFEST.json says.
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "gui/model/analysis.h"

namespace mps::gui {

/// Which side of the argument a demonstration is on.
enum class DemoSide { refutes, supports, control, counter_example };
QString describe(DemoSide side);

struct Demo {
  QString name;  ///< as in the manifest and behind --demo
  QString title;
  QString sentence;
  DemoSide side;
  Direction direction = Direction::listener_to_initiator;
};

const std::vector<Demo>& demos();
const Demo* find_demo(const QString& name);

/// Where the bundled captures are: beside the installed program, or in the source tree it was built from;
/// empty if neither exists.
QString captures_folder();

struct OpenedDemo {
  LoadRequest request;
  InitialView first;
};
/// None if the captures are not installed or the manifest does not know it.
std::optional<OpenedDemo> request_of(const Demo& demo, const QString& folder);

}  // namespace mps::gui
