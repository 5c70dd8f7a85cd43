# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs derived from the bundled captures: other containers, damage, hostile names. Written with the formats'
documents at hand and without the project's own readers."""
import gzip
import pathlib
import shutil
import struct
import subprocess


def pcap_packets(path):
    """(seconds, nanoseconds, length on the wire, bytes) of a little-endian pcap."""
    data = path.read_bytes()
    scale = {b"\xd4\xc3\xb2\xa1": 1000, b"\x4d\x3c\xb2\xa1": 1}[data[:4]]
    at = 24
    while at < len(data):
        seconds, fraction, captured, length = struct.unpack_from("<IIII", data, at)
        yield seconds, fraction * scale, length, data[at + 16:at + 16 + captured]
        at += 16 + captured


def pcap(packets, order="<", magic=0xA1B2C3D4, snaplen=262144):
    scale = 1 if magic == 0xA1B23C4D else 1000
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, 1)
    for seconds, nano, length, content in packets:
        content = content[:snaplen]
        out += struct.pack(order + "IIII", seconds, nano // scale, len(content), length) + content
    return out


def pcapng(packets, name, description, comment):
    def option(code, value):
        return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 0) + option(2, name) + option(3, description) + option(1, comment)
                 + option(0, b""))
    for seconds, nano, length, content in packets:
        time = seconds * 1000000 + nano // 1000
        out += block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(content), length) + content)
    return out


def plain_syn():
    """One Ethernet frame: a TCP SYN without any option."""
    ip = bytes.fromhex("4500002800004000400600000a0000010a000002")
    tcp = bytes.fromhex("d431005000000001000000005002ffff00000000")
    return bytes.fromhex("0200000000020200000000010800") + ip + tcp


def make(captures, folder):
    """Writes all of them to `folder`; returns the names that this machine lacks a program for."""
    captures, folder = pathlib.Path(captures), pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    whole = captures / "http_text.pcapng"
    lte = captures / "http_text.lte0.pcap"
    packets = list(pcap_packets(lte))
    files = {
        "http_text.pcapng.gz": gzip.compress(whole.read_bytes(), mtime=0),
        "truncated.pcapng": whole.read_bytes()[:50000],
        "truncated.pcapng.gz": gzip.compress(whole.read_bytes(), mtime=0)[:30000],
        "truncated.pcap": lte.read_bytes()[:30001],
        "header.pcap": lte.read_bytes()[:20],
        "lies.pcapng": (captures / "http_text.wlan0.pcap").read_bytes(),
        "nanoseconds.pcap": pcap(packets, magic=0xA1B23C4D),
        "big_endian.pcap": pcap(packets, order=">"),
        "snaplen.pcap": pcap(packets, snaplen=200),
        "escape.pcapng": pcapng(packets, b"\x1b[2J\x1b]0;owned\x07lte\xe2\x80\xae0\xff", b"\x1b[31mred\r\n",
                                b"a comment\x1b[A with an escape"),
        "escape_whole.pcapng": whole.read_bytes().replace(b"wlan0", b"\x1b[2Jw"),
        "no_mptcp.pcap": pcap([(1, 0, 54, plain_syn())]),
        "no_packets.pcap": pcap([]),
        "empty": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    lacking = []
    for program, name in (("zstd", "http_text.pcapng.zst"), ("lz4", "http_text.pcapng.lz4")):
        if shutil.which(program):
            subprocess.run([program, "-q", "-f", str(whole), "-o" if program == "zstd" else str(folder / name)]
                           + ([str(folder / name)] if program == "zstd" else []), check=True)
        else:
            lacking.append(name)
    return lacking
