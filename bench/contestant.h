// SPDX-License-Identifier: GPL-2.0-or-later
// One line of the benchmark: something that turns a message into another of the same length, with the proof
// that it does so rightly. Contestants that need another environment (OpenSSL without AES-NI) run in a child
// process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace mps::bench {

using Bytes = std::vector<std::uint8_t>;

struct Contestant {
  std::string name;       // "AES-128-ECB"
  std::string direction;  // "encrypt", "decrypt", "scramble", "descramble", "copy"
  bool in_place = false;
  std::size_t largest = SIZE_MAX;  // bigger messages take too long
  double paper_us = 0;             // Table II, 0 if not in it
  std::function<void(std::span<std::uint8_t> out, std::span<const std::uint8_t> in)> work;
  // Whether work() on a message of this size gives what an independent implementation gives.
  std::function<bool(std::size_t size)> right;

  [[nodiscard]] std::string id() const { return name + " " + direction + (in_place ? " in place" : ""); }
};

struct Absent {
  std::string name;
  std::string reason;
};

struct Field {
  std::vector<Contestant> contestants;
  std::vector<Absent> absent;

  void append(Field other) {
    contestants.insert(contestants.end(), other.contestants.begin(), other.contestants.end());
    absent.insert(absent.end(), other.absent.begin(), other.absent.end());
  }
};

// The codec in all its forms; memcpy.
Field codec_contestants();

// OpenSSL's ciphers as this process has them; @suffix names its environment, @all leaves out DES and the
// AEADs if false. Checked against libgcrypt.
Field cipher_contestants(const std::string& suffix, bool all);

// A message that is the same in every run.
Bytes message(std::size_t size);

}  // namespace mps::bench
