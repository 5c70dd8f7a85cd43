// SPDX-License-Identifier: GPL-2.0-or-later
/// Plaintext, schedules and agreements for the tests of core/lab.
#pragma once

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "core/lab/catalogue.h"
#include "core/lab/schedule.h"
#include "core/lab/scheme.h"

namespace mps::test {

inline lab::Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  lab::Bytes out(size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random() >> 32);
  return out;
}

/// English prose that no bundled model has seen; installed on every Debian system by base-files.
inline lab::Bytes english_text(std::size_t size) {
  std::ifstream in("/usr/share/common-licenses/GPL-3", std::ios::binary);
  lab::Bytes text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  text.resize(std::min(size, text.size()));
  return text;
}

inline lab::Schedule schedule(const std::string& words, std::uint64_t length) {
  return *lab::make_schedule(*lab::parse_scheduler(words), length);
}

/// These sendings in this order, on as many paths as they name; path 0 is trusted and has the handshake.
inline lab::Schedule by_hand(std::uint64_t length, std::vector<lab::Sending> sendings,
                             std::uint16_t paths = 2) {
  return {"by hand", paths, 1, 0, length, std::move(sendings)};
}

inline lab::Agreement agreement_for(const lab::Schedule& schedule) {
  lab::Agreement agreement;
  agreement.keys = {Key{1, 2, 3, 4, 5, 6, 7, 8}, Key{9, 10, 11, 12, 13, 14, 15, 16}};
  agreement.schedule = &schedule;
  return agreement;
}

inline lab::SchemePtr scheme(const std::string& name) {
  return lab::schemes_named(name)->front();
}

}  // namespace mps::test
