#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes the ELF kernel out of a bzImage: extract_vmlinux.py VMLINUZ OUT

Emulated, the ELF boots in half the time, because the decompressor in front of it need not be interpreted. Debian
packs with xz (6.1), zstd (6.12) or LZ4 (cloud images).
"""
import subprocess
import sys

PACKERS = [
    (b"\xfd7zXZ\x00", ["xz", "-dc", "--single-stream"]),
    (b"\x28\xb5\x2f\xfd", ["zstd", "-dcq"]),
    (b"\x02\x21\x4c\x18", ["lz4", "-dcq"]),
    (b"\x1f\x8b\x08", ["gzip", "-dcq"]),
]


def unpacked(image):
    """The first decompression that starts with an ELF header; trailing garbage behind the stream is expected."""
    for magic, command in PACKERS:
        at = image.find(magic)
        while at >= 0:
            out = subprocess.run(command, input=image[at:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if out.stdout.startswith(b"\x7fELF"):
                return out.stdout
            at = image.find(magic, at + 1)
    return None


def main():
    with open(sys.argv[1], "rb") as source:
        elf = unpacked(source.read())
    if elf is None:
        sys.exit(f"extract_vmlinux: no ELF kernel in {sys.argv[1]}")
    with open(sys.argv[2], "wb") as out:
        out.write(elf)


if __name__ == "__main__":
    main()
