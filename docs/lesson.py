#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scheme in a few lines, for docs/tutorial.md: nothing to install, meant to be read and changed.

    lesson.py same TEXT                scrambles TEXT and checks the identity S[i] ^ S[i-1] = b[i] ^ b[i-65]
    lesson.py flip TEXT OLD NEW        changes OLD into NEW on the wire, without any key
"""
import sys

WINDOW = 64
KEY = bytes.fromhex("a1b2c3d4e5f60718")  # the sender's MPTCP key; any other shows the same


def xor(values):
    total = 0
    for value in values:
        total ^= value
    return total


def scramble(original, key=KEY):
    register = bytes(WINDOW - len(key)) + key
    wire = bytearray()
    for byte in original:
        wire.append(byte ^ xor(register))
        register = register[1:] + bytes([byte])
    return bytes(wire)


def descramble(wire, key=KEY):
    register = bytes(WINDOW - len(key)) + key
    original = bytearray()
    for byte in wire:
        original.append(byte ^ xor(register))
        register = register[1:] + original[-1:]
    return bytes(original)


def same(text):
    b = text.encode()
    s = scramble(b)
    print("on the wire:", s.hex())
    checked = range(WINDOW + 1, len(b))
    holds = sum(s[i] ^ s[i - 1] == b[i] ^ b[i - 65] for i in checked)
    print(f"the identity holds at {holds} of {len(checked)} places")
    print("descrambled again:", descramble(s).decode())


def flip(text, old, new):
    wire = bytearray(scramble(text.encode()))  # from here on nobody uses the key ...
    at = text.encode().index(old.encode())
    for place, (before, after) in enumerate(zip(old.encode(), new.encode(), strict=True), at):
        for i in range(place, min(place + WINDOW + 1, len(wire))):
            wire[i] ^= before ^ after
    print("sent:    ", text)
    print("received:", descramble(bytes(wire)).decode())  # ... but the receiver, who notices nothing


if __name__ == "__main__":
    {"same": same, "flip": flip}[sys.argv[1]](*sys.argv[2:])
