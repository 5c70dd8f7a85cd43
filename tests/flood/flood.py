#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that are made to hurt, and what mpscramble-analyze needs for them.

    flood.py PROGRAM [SCALE]          prints a table: packets, MB of capture, peak memory, CPU seconds, exit code
    flood.py PROGRAM --check          small ones, one and three times as large: work must not grow with the square

SCALE 1 is 10,000 packets of each kind; a million connections are SCALE 100. Memory and time are the program's own
(wait4), with the capture read from a file.
"""
import hashlib
import os
import pathlib
import struct
import sys
import tempfile

SYN, ACK = 2, 16
KEYS = bytes(range(1, 9)), bytes(range(11, 19))
TOKEN = hashlib.sha256(KEYS[1]).digest()[:4]
IDSN = int.from_bytes(hashlib.sha256(KEYS[0]).digest()[-8:], "big")


def address(n):
    return bytes([10, n >> 16 & 255, n >> 8 & 255, n & 255])


def option(body):
    body = bytes([30, len(body) + 2]) + body
    return body + b"\1" * (-len(body) % 4)


CAPABLE = option(bytes([1, 1]) + KEYS[0] + KEYS[1])


def segment(source, destination, seq, ack=0, flags=ACK, options=b"", payload=b""):
    """An IPv4 packet; endpoints are (address, port)."""
    tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], seq & 0xffffffff, ack & 0xffffffff,
                      (20 + len(options)) // 4 << 4, flags, 65535, 0, 0) + options + payload
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, source[0], destination[0]) + tcp


CLIENT, SERVER = (address(1), 40000), (address(2), 80)


def handshake():
    yield segment(CLIENT, SERVER, 100, flags=SYN, options=option(bytes([1, 1])))
    yield segment(SERVER, CLIENT, 200, 101, SYN | ACK, option(bytes([1, 1]) + KEYS[1]))
    yield segment(CLIENT, SERVER, 101, 201, options=CAPABLE)


def data(offset, ssn, payload, length=None, dsn=None):
    """Payload at subflow byte `ssn` with a mapping of `length` bytes to stream byte `offset`."""
    number = (IDSN + 1 + offset if dsn is None else dsn) & (1 << 64) - 1
    dss = option(bytes([0x20, 0x0c]) + struct.pack(">QIH", number, ssn, length or len(payload)))
    return segment(CLIENT, SERVER, 100 + ssn, 201, options=dss, payload=payload)


def connections(n):
    for i in range(n):
        key = hashlib.sha256(str(i).encode()).digest()[:8]
        yield segment((address(i >> 14), 1024 + (i & 0x3fff)), SERVER, i, flags=SYN,
                      options=option(bytes([0, 1]) + key))


def plain_syns(n):
    for i in range(n):
        yield segment((address(i >> 14), 1024 + (i & 0x3fff)), SERVER, i, flags=SYN)


def forged_joins(n):
    yield from handshake()
    for i in range(n):
        yield segment((address(i >> 14), 1024 + (i & 0x3fff)), SERVER, i, flags=SYN,
                      options=option(bytes([0x10, 0]) + TOKEN + struct.pack(">I", i)))


def unknown_joins(n):
    for i in range(n):
        yield segment((address(i >> 14), 1024 + (i & 0x3fff)), SERVER, i, flags=SYN,
                      options=option(bytes([0x10, 0]) + struct.pack(">II", i * 2654435761 & 0xffffffff, i)))


def joins_of_one_hash(n):
    """Tokens that differ by a prime of the standard library's hash tables."""
    for i in range(n):
        yield segment((address(i >> 14), 1024 + (i & 0x3fff)), SERVER, i, flags=SYN,
                      options=option(bytes([0x10, 0]) + struct.pack(">II", i * 107897 & 0xffffffff, i)))


def backwards(n):
    yield from handshake()
    for i in reversed(range(n)):
        yield data(100 * i, 1 + 100 * i, bytes(100))


def single_bytes(n):
    yield from handshake()
    for i in range(n):
        yield data(i, 1 + i, b"x")


def every_other_byte(n):
    yield from handshake()
    for i in range(n):
        yield data(2 * i + 1, 1 + 2 * i, b"x")


def window_probes(n):
    """Single bytes behind a gap that are acknowledged before they come, and single bytes that longer pieces gainsay."""
    yield from handshake()
    yield data(0, 1, b"x")
    number = (IDSN + 1 + n) & (1 << 64) - 1
    yield segment(SERVER, CLIENT, 201, 102, options=option(b"\x20\x03" + struct.pack(">Q", number)))
    for i in range(n // 3):
        yield data(2 * i + 10, 2 + i, b"x")
    for i in range(n // 3):
        yield data(n + 10 + 4 * i, 2 + n + 3 * i, b"y")
        yield data(n + 10 + 4 * i, 3 + n + 3 * i, b"zz")


def overlapping(n):
    """Each segment repeats most of the one before, under a mapping of its own."""
    yield from handshake()
    for i in range(n):
        yield data(i, 1 + i, bytes(1000))


def conflicting(n):
    """Small mappings, and large ones over all of them that say something else."""
    yield from handshake()
    for i in range(n // 2):
        yield data(7 * i, 1 + 2 * i, b"x")
    for i in range(n // 2):
        yield data(5 + i, 1 + i, b"y", length=65535)


def jumps(n):
    yield from handshake()
    for i in range(n):
        yield data(0, 1 + 10 * i, bytes(10), dsn=IDSN + (i * 0x9e3779b97f4a7c15))


def gaps(n):
    yield from handshake()
    for i in range(n):
        yield data((i + 1) << 20, 1 + 10 * i, bytes(10))


def unmapped(n):
    """Payload over itself without mapping, then mappings byte by byte.

    Payloads are small so that those of a check fit what the reader keeps at hand. Beyond that each look at one reads
    the file again: about 1 ms a packet more, in proportion still, but not to be compared with the smaller check.
    """
    yield from handshake()
    for i in range(n // 2):
        yield segment(CLIENT, SERVER, 101 + i % 50, 201, payload=bytes(100))
    for i in range(n // 2):
        yield data(3 * i, 1 + i, b"", length=1)


def same_ports(n):
    yield from handshake()
    for i in range(n):
        yield segment(CLIENT, SERVER, 1000 * i, flags=SYN, options=option(bytes([1, 1])))


KINDS = [connections, plain_syns, forged_joins, unknown_joins, joins_of_one_hash, backwards, single_bytes,
         every_other_byte, window_probes, overlapping, conflicting, jumps, gaps, unmapped, same_ports]


def write(kind, count, path):
    packets = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for packets, packet in enumerate(kind(count), 1):
            file.write(struct.pack("<IIII", packets // 1000000, packets % 1000000, len(packet), len(packet)) + packet)
    return packets


def run(program, *arguments):
    """Exit code, peak memory in MiB and CPU seconds of the program."""
    process = os.fork()
    if process == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv(program, [program, *map(str, arguments)])
    _, status, usage = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def table(program, scale, folder):
    print(f"{'kind':<18} {'packets':>9} {'MB':>7} {'MiB':>7} {'CPU s':>7} exit")
    for kind in KINDS:
        path = folder / "flood.pcap"
        packets = write(kind, int(10000 * scale), path)
        code, memory, seconds = run(program, path)
        print(f"{kind.__name__:<18} {packets:>9} {path.stat().st_size / 1e6:>7.1f} {memory:>7.0f} {seconds:>7.2f} {code}",
              flush=True)


def check(program, folder):
    """Three times as much may take little more than three times as long; the square would be nine times."""
    path = folder / "flood.pcap"
    floor = 0.3  # seconds that say nothing: the program's start
    bad = 0
    for kind in KINDS:
        measured = []
        for count in (6000, 18000):
            write(kind, count, path)
            code, memory, seconds = run(program, path)
            measured.append((code, memory, seconds))
        grown = (measured[1][2] + floor) / (measured[0][2] + floor)
        fine = all(code in (0, 2, 3, 4) and memory < 400 for code, memory, _ in measured) and grown < 5
        bad += not fine
        print(f"{kind.__name__:<18} {measured[0][2]:.2f} s, {measured[1][2]:.2f} s, {measured[1][1]:.0f} MiB, "
              f"exit {measured[1][0]}{'' if fine else '  TOO MUCH'}")
    return 1 if bad else 0


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[2:] == ["--check"]:
            sys.exit(check(program, pathlib.Path(folder)))
        table(program, float(sys.argv[2]) if len(sys.argv) > 2 else 1, pathlib.Path(folder))


if __name__ == "__main__":
    main()
