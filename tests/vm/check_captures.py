#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what was on the wire with what the applications sent, for every case of guest/cases:

    check_captures.py OUT [--analyze mpscramble-analyze]

The bytes of each stream, put together from both taps by data sequence number, have to be the application's bytes
scrambled by the paper's formula under the key in the handshake (or the bytes themselves where a case says plain), and
the flag bit has to be where it belongs. Prints "ok NAME ..." or "FAILED NAME ..."."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from mptcp_capture import read_connections, records, register_of, scramble

PATHS = ("path1", "path2")


def flag_of(name):
    return 0x02 if name == "other_flag_bit" else 0x10


def problem_of(case, connection, sent):
    """What is wrong with a connection, or None."""
    bits = [connection.flags.get(part, 0) & flag_of(case["name"]) for part in ("SYN", "SYN/ACK", "ACK")]
    scrambled = case["expect"] == "scrambled"
    if scrambled and not all(bits) or not scrambled and any(bits[1:]):
        return "flags %s" % connection.flags
    if connection.bad_sums:
        return "%d bad TCP checksums" % connection.bad_sums
    for direction, stream in enumerate(connection.streams):
        if len(stream.bytes) != len(sent[direction]) or not stream.whole():
            return "direction %d: %d of %d bytes, %d conflicts" % (
                direction, sum(stream.seen), len(sent[direction]), stream.conflicts)
        wanted = sent[direction]
        if scrambled:
            wanted = scramble(wanted, register_of(connection.keys[direction], case["init"], case["order"]))
        if stream.bytes != wanted:
            return "direction %d: the bytes on the wire are others" % direction
    paths = [stream.head_paths() for stream in connection.streams]
    if case["name"] in ("two_paths", "two_paths_small", "ipv6", "trusted_path", "joins_are_gated") and paths != [{"path1"}, {"path1"}]:
        return "head of a stream on %s" % paths
    if case["name"] == "two_paths" and any(len(stream.seen_on) != 2 for stream in connection.streams):
        return "only one path was used"
    if case["name"] == "blackout" and "path2" not in paths[0]:
        return "the head was not seen on the other path"
    return None


def select(capture, port):
    """The records of a capture that have to do with @port, as a capture."""
    out = bytearray(capture[:24])
    wanted = port.to_bytes(2, "big")
    for at, size, _, packet in records(capture):
        ip = packet[14:]
        tcp = ip[(ip[0] & 15) * 4:] if ip[0] >> 4 == 4 else ip[40:]
        if wanted in (tcp[:2], tcp[2:4]):
            out += capture[at:at + size]
    return bytes(out)


def analyzer_problem(analyze, case, captures, sent):
    """The same bytes, recovered by the project's own decoder."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        files = []
        for path, data in captures:
            file = folder / (path + ".pcap")
            file.write_bytes(select(data, case["port"]))
            files.append(str(file))
        command = [analyze, "-q", "--init", case["init"], "--key-order", case["order"],
                   "--flag-bit", hex(flag_of(case["name"])), "--extract", str(folder), *files]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, wanted in zip(("c2s", "s2c"), sent):
            file = folder / ("conn0.%s.bin" % name)
            if not file.exists() or file.read_bytes() != wanted:
                return "%s differs (exit code %d) %s" % (file.name, done.returncode, done.stdout.strip()[-200:])
    return None


def read_cases(out):
    for line in (out / "cases.tsv").read_text().splitlines():
        name, port, expect, init, order, c2s, s2c = line.split("\t")
        yield dict(name=name, port=int(port), expect=expect, init=init, order=order, c2s=c2s, s2c=s2c)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--analyze")
    arguments = parser.parse_args()
    captures = [(path, (arguments.out / (path + ".pcap")).read_bytes()) for path in PATHS]
    failed = False
    for case in read_cases(arguments.out):
        sent = [(arguments.out / "data" / case[name]).read_bytes() for name in ("c2s", "s2c")]
        connections = read_connections(captures, case["port"])
        problem = None if len(connections) == 1 else "%d connections" % len(connections)
        problem = problem or problem_of(case, connections[0], sent)
        note = ""
        if not problem:
            note = ", ".join("%s %s" % (way, "+".join(str(stream.count_on(path)) for path in PATHS))
                             for way, stream in zip(("c2s", "s2c"), connections[0].streams))
        if not problem and arguments.analyze and connections[0].is_mptcp:
            problem = analyzer_problem(arguments.analyze, case, captures, sent)
            note += ", same by the analyzer"
        print("FAILED" if problem else "ok", case["name"], case["expect"], problem or note)
        failed |= bool(problem)
    sys.exit(failed)


if __name__ == "__main__":
    main()
