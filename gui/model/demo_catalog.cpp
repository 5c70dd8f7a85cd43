// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/demo_catalog.h"

#include <QCoreApplication>

#include "core/session/bundled_captures.h"

namespace mps::gui {
namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("Demo", text);
}

}  // namespace

QString describe(DemoSide side) {
  switch (side) {
    case DemoSide::refutes:
      return tr("against the claim");
    case DemoSide::supports:
      return tr("for the claim");
    case DemoSide::control:
      return tr("control");
    case DemoSide::counter_example:
      return tr("misuse");
  }
  return {};
}

const std::vector<Demo>& demos() {
  static const std::vector<Demo> all = {
      {"http_bitmap", tr("A picture over HTTP"),
       tr("Shapes show on the untrusted path before any attack: where 65 equal bytes follow each other, the "
          "wire is the picture."),
       DemoSide::refutes},
      {"http_text", tr("English text over HTTP"),
       tr("Exact decoding gets nothing from the WLAN. A language model reads every byte that crossed it."),
       DemoSide::refutes},
      {"http_json", tr("JSON over HTTP"),
       tr("Sensor readings from a web service: regular text falls as easily as prose."), DemoSide::refutes},
      {"three_paths", tr("Three paths"),
       tr("One trusted and two untrusted paths: eight sets of taps, and what each of them gets."),
       DemoSide::refutes},
      {"http_gzip", tr("A gzip file over HTTP"),
       tr("Compressed content: the attacks in this build accept none of their guesses, which stay near "
          "chance."),
       DemoSide::supports},
      {"random", tr("Random bytes"),
       tr("Nothing to guess, so nothing is found: every figure stays at chance."), DemoSide::supports},
      {"path_down", tr("A path fails"),
       tr("WLAN fails in mid-transfer and its last bytes are sent again over LTE: reinjections in the "
          "lanes."),
       DemoSide::refutes},
      {"head_untrusted", tr("First bytes on the wrong path"),
       tr("Handshake and first packet cross the untrusted path: what follows them is exact, and 56 of 65 "
          "bytes even without the key."),
       DemoSide::counter_example},
      {"plain", tr("Plain Multipath TCP"), tr("Not scrambled: whoever taps a path reads what crosses it."),
       DemoSide::control},
  };
  return all;
}

const Demo* find_demo(const QString& name) {
  for (const Demo& demo : demos())
    if (demo.name == name) return &demo;
  return nullptr;
}

QString captures_folder() {
  const auto folder = bundled_captures();
  return folder ? QString::fromStdString(folder->string()) : QString();
}

std::optional<OpenedDemo> request_of(const Demo& demo, const QString& folder) {
  auto capture = find_bundled_capture(folder.toStdString(), demo.name.toStdString());
  if (!capture) return std::nullopt;
  OpenedDemo opened;
  opened.request.inputs = std::move(capture->inputs);
  opened.request.session.trust = std::move(capture->trust);
  opened.request.title = demo.title.toStdString();
  opened.first.direction = demo.direction;
  return opened;
}

}  // namespace mps::gui
