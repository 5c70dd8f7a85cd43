// SPDX-License-Identifier: GPL-2.0-or-later
/// The known answers of the scheme: key, plaintext, scrambled bytes. All with the key a1b2c3d4e5f60718, whose
/// bytes XOR to 0x08; those of a key such as 0123456789abcdef XOR to 0 and would hide a key that is never
/// used.
#pragma once

#include <string>

#include "tests/support/hex.h"

namespace mps::test {

inline const Bytes sample_key = hex("a1b2c3d4e5f60718");
inline const Bytes sample_key_reversed = hex("1807f6e5d4c3b2a1");

inline std::string repeat(std::size_t times, const std::string& what) {
  std::string out;
  while (times--) out += what;
  return out;
}

/// 70 times 'A': from byte 65 on the plaintext shows.
inline const Bytes letters = Bytes(70, 'A');
inline const Bytes letters_scrambled = hex(repeat(28, "4908") + "49 a95ad84de95e1841 4141414141");

inline const Bytes zeros = Bytes(80, 0);
inline const Bytes zeros_scrambled = hex(repeat(57, "08") + "a91bd80ce91f1800" + repeat(15, "00"));

inline const Bytes request =
    text("GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n");
inline const Bytes request_scrambled =
    hex("4f0a5e7e51385632572f01691d701c3c742074240b3a142528226a05760238186f186f41245c3d50204c2907640b666b6134"
        "4722507d3c5b3e"
        "f137ce3aa75c51082c0a3b6b30632d63297b583a4324");
/// With the key's bytes reversed; bytes 56..71. Before byte 57 the order of the key cannot matter.
inline const Bytes request_scrambled_reversed_56 = hex("3e483bf7329e50e8082c0a3b6b30632d");

/// b[i] = i*i + 7i + 3 mod 256, 4096 bytes.
inline Bytes parabola() {
  Bytes out(4096);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * i + 7 * i + 3);
  return out;
}
inline const std::string parabola_scrambled_sha256 =
    "1899f7e4b5128325199bf8e1c74d25d50bea22ab98d1eaf95f58f6bd7910eea7";
inline const Bytes parabola_scrambled_1400 = hex("4b033df9b77739fd430bd5a16f3f9165");

}  // namespace mps::test
