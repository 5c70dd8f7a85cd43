#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The known answers of docs/hardened.md, computed without a line or a library of the product: BLAKE2s is hashlib's,
ChaCha20 is that of the openssl command.

  hardened_vectors.py            prints hardened_vectors.h
  hardened_vectors.py --check    compares it with the file beside this one
"""
import hashlib
import pathlib
import subprocess
import sys

INITIATOR = bytes.fromhex("a1b2c3d4e5f60718")
LISTENER = bytes.fromhex("0f1e2d3c4b5a6978")
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"
PARABOLA = bytes((i * i + 7 * i + 3) % 256 for i in range(4096))
FAR = (1 << 38) - 20  # the low half of the block counter overflows 20 bytes later


def blake2s(data):
    return hashlib.blake2s(data).digest()


def derive(label, listener_sends):
    return blake2s(label.ljust(15, b"\0") + bytes([listener_sends]) + INITIATOR + LISTENER)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def chacha20(key, block, size):
    command = ["openssl", "enc", "-chacha20", "-K", key.hex(), "-iv", block.to_bytes(8, "little").hex() + "00" * 8]
    return subprocess.run(command, input=bytes(size), stdout=subprocess.PIPE, check=True).stdout


def h1(data, listener_sends=0, offset=0):
    skip = offset % 64
    key = derive(b"mpscramble.h1", listener_sends)
    return xor(data, chacha20(key, offset // 64, skip + len(data))[skip:])


def h2(data, listener_sends=0):
    state = derive(b"mpscramble.h2", listener_sends)
    wire = b""
    for number, at in enumerate(range(0, len(data), 64)):
        block = data[at:at + 64]
        place = number.to_bytes(8, "little")
        wire += xor(block, blake2s(state + b"\0" + place) + blake2s(state + b"\1" + place))
        state = blake2s(state + b"\2" + place + block)
    return wire


def tag(payload, dsn, ssn, length, listener_sends=0):
    key = derive(b"mpscramble.tag", listener_sends)
    head = dsn.to_bytes(8, "big") + ssn.to_bytes(4, "big") + length.to_bytes(2, "big")
    return hashlib.blake2s(head + payload, key=key).digest()[:2]


def header():
    values = [
        ("initiator_key", INITIATOR.hex()),
        ("listener_key", LISTENER.hex()),
        ("h1_request", h1(REQUEST).hex()),
        ("h1_request_of_listener", h1(REQUEST, 1).hex()),
        ("h1_far_request", h1(REQUEST, 0, FAR).hex()),
        ("h1_parabola_sha256", hashlib.sha256(h1(PARABOLA)).hexdigest()),
        ("h2_request", h2(REQUEST).hex()),
        ("h2_request_of_listener", h2(REQUEST, 1).hex()),
        ("h2_parabola_sha256", hashlib.sha256(h2(PARABOLA)).hexdigest()),
        ("tag_of_request", tag(h1(REQUEST), 0x0123456789abcdef, 1, len(REQUEST)).hex()),
    ]
    lines = ["// SPDX-License-Identifier: GPL-2.0-or-later",
             "/// Known answers of the hardened schemes (docs/hardened.md). Written by hardened_vectors.py, which tells what",
             "/// each one is.",
             "#pragma once",
             "",
             "#include <cstdint>",
             "",
             "namespace mps::reference {",
             "",
             "// clang-format off"]
    lines += [f'inline constexpr const char* {name} = "{value}";' for name, value in values]
    lines += [f"inline constexpr std::uint64_t far_offset = {FAR};", "// clang-format on", "",
              "}  // namespace mps::reference", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        kept = (pathlib.Path(__file__).parent / "hardened_vectors.h").read_text()
        sys.exit(0 if kept == header() else "hardened_vectors.h is not what this script computes")
    sys.stdout.write(header())
