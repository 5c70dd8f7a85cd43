# SPDX-License-Identifier: GPL-2.0-or-later
"""Merges one nanosecond pcap per path into one pcapng whose interfaces name the paths. mergecap would lose the names
and comments, which classic pcap cannot hold."""
import struct

NANOSECOND_MAGIC = 0xA1B23C4D
ETHERNET, RAW_IP = 1, 101


def read_pcap(path):
    """Link type, snaplen, and a list of (time in ns, length on the wire, bytes)."""
    data = path.read_bytes()
    magic, _, _, _, _, snaplen, link = struct.unpack_from("<IHHiIII", data)
    if magic != NANOSECOND_MAGIC:
        raise ValueError(f"{path}: not a little-endian nanosecond pcap")
    packets, at = [], 24
    while at < len(data):
        seconds, nanoseconds, captured, original = struct.unpack_from("<IIII", data, at)
        at += 16
        packets.append((seconds * 10**9 + nanoseconds, original, data[at:at + captured]))
        at += captured
    return link, snaplen, packets


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def text_options(*pairs):
    return b"".join(option(code, text.encode()) for code, text in pairs)


def block(kind, body):
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def merge(paths, output, comment):
    """paths: (pcap file, interface name, description, comment) each. Packets are sorted by time, stably."""
    end = option(0, b"")
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    blocks = [block(0x0A0D0D0A, section + text_options((1, comment), (4, "mpscramble captures/make")) + end)]
    merged = []
    for index, (file, name, description, note) in enumerate(paths):
        link, snaplen, packets = read_pcap(file)
        options = text_options((1, note), (2, name), (3, description)) + option(9, b"\x09") + end
        blocks.append(block(1, struct.pack("<HHI", link, 0, snaplen) + options))
        merged += [(time, index, original, data) for time, original, data in packets]
    for time, index, original, data in sorted(merged, key=lambda packet: packet[:2]):
        header = struct.pack("<IIIII", index, time >> 32, time & 0xFFFFFFFF, len(data), original)
        blocks.append(block(6, header + data + b"\0" * (-len(data) % 4)))
    output.write_bytes(b"".join(blocks))
