// SPDX-License-Identifier: GPL-2.0-or-later
/// Bundled captures as the window opens them.
#pragma once

#include <QElapsedTimer>
#include <QTest>
#include <stdexcept>

#include "core/session/bundled_captures.h"
#include "gui/model/demo_catalog.h"

namespace mps::gui::test {

inline OpenedDemo demo(const char* name) {
  const Demo* found = find_demo(name);
  auto opened = found ? request_of(*found, QStringLiteral(MPS_SOURCE_DIR "/captures")) : std::nullopt;
  if (!opened) throw std::runtime_error("no such demonstration");
  return *opened;
}

/// A demonstration, or a bundled capture that is none.
inline LoadRequest request(const char* name) {
  if (find_demo(name)) return demo(name).request;
  auto capture = find_bundled_capture(MPS_SOURCE_DIR "/captures", name);
  if (!capture) throw std::runtime_error("no such capture");
  LoadRequest request;
  request.inputs = std::move(capture->inputs);
  request.session.trust = std::move(capture->trust);
  return request;
}

inline std::shared_ptr<const CaptureDocument> document(const char* name) {
  auto loaded = CaptureDocument::load(request(name), {}, [](const SourceProgress&) {});
  if (!loaded) throw std::runtime_error(loaded.error());
  return *loaded;
}

inline std::shared_ptr<const StreamSnapshot> stream(const char* name,
                                                    Direction direction = Direction::listener_to_initiator) {
  return std::make_shared<const StreamSnapshot>(document(name), 0, direction);
}

/// Test machines may be busy, and sanitizers take ten times as long.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int patience_ms = 1'200'000;
#else
constexpr int patience_ms = 240'000;
#endif

/// Runs the event loop until `done`, but not for ever.
template <typename Done>
bool wait_for(Done done) {
  return QTest::qWaitFor(done, patience_ms);
}

}  // namespace mps::gui::test
