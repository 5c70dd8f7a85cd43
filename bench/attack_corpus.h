// SPDX-License-Identifier: GPL-2.0-or-later
/// Text for measuring attacks: documents that Debian packages install and that no bundled model was trained
/// on, and generated JSON and HTTP. Only for benchmarks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mps::bench {

struct Content {
  std::string name;
  std::string packages;  ///< Debian packages it comes from, or "generated"
  std::vector<std::vector<std::uint8_t>>
      streams;  ///< documents joined to streams of 300 kB and more where they suffice
  std::vector<std::vector<std::uint8_t>> same_site;  ///< other documents of the same packages, to train on
};

/// Every content type of the table; those whose packages are not installed have no streams.
std::vector<Content> attack_corpus(std::uint64_t seed);

}  // namespace mps::bench
