// SPDX-License-Identifier: GPL-2.0-or-later
/// One direction of one connection as a chapter of the HTML report: lanes, table of observers, matrix, curve,
/// statistics, what the tap reads.
#pragma once

#include <string>

#include "analyzer/leakage_run.h"
#include "core/session/report.h"

namespace mps::html {

/// The observer that a chapter is about: the first that sees some, but not everything; else the first.
std::size_t main_observer(const StreamLeakage& stream);
std::string observer_name(const Leakage& leakage);     ///< plain text
std::string stream_name(const StreamLeakage& stream);  ///< plain text

/// Under a scheme that the attacks are not for: what they find there is chance.
bool hardened(const Leakage& leakage);
/// Bytes of the stream that an observer has in the end. By the truth where it is known, else by what the
/// attack accepts; exact bytes included.
std::uint64_t recovered_bytes(const Leakage& leakage);
/// Of them, those beyond exact decoding.
std::uint64_t inferred_bytes(const Leakage& leakage);

/// `connection` is null for a raw run.
std::string stream_chapter(const StreamLeakage& stream, const ConnectionReport* connection);

}  // namespace mps::html
