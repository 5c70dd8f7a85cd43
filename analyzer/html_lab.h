// SPDX-License-Identifier: GPL-2.0-or-later
/// The lab as a chapter of the HTML report: the table of schemes, and the same picture under each scheme
/// where the plaintext holds one.
#pragma once

#include <string>

#include "analyzer/lab_run.h"

namespace mps::html {

/// Precondition: run with LabOptions::keep_pictures.
std::string lab_chapter(const LabResult& result);

}  // namespace mps::html
