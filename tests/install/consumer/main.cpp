// SPDX-License-Identifier: GPL-2.0-or-later
/// consumer FILE: prints the SHA-256 of each complete stream of a capture, by the installed library alone.
#include <core/capture/open_capture.h>
#include <core/session/session.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  auto source = mps::open_capture(argv[1]);
  if (!source) {
    std::fprintf(stderr, "%s\n", source.error().message().c_str());
    return 2;
  }
  mps::Session session(**source, {}, nullptr, nullptr);
  while (session.step(1000)) {
  }
  for (const auto& connection : session.finish().connections)
    for (const auto& stream : connection.streams)
      if (stream.sha256) std::puts(stream.sha256->c_str());
}
