#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what was on the wire with what the applications sent, for every case of guest/cases:

    check_captures.py OUT [--analyze mpscramble-analyze] [--plugin FOLDER]

The bytes of each stream, put together from both taps by data sequence number, have to be the application's bytes
scrambled by the paper's formula under the key in the handshake (or the bytes themselves where a case says plain), and
the flag bit has to be where it belongs. mpscramble-analyze, and tshark with the plugin of FOLDER, have to recover the
application's bytes from the same captures. Prints "ok NAME ..." or "FAILED NAME ..."."""
import argparse
import collections
import os
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


def split(capture, ports):
    """A capture for each of @ports: the records that have to do with it."""
    found = {port: bytearray(capture[:24]) for port in ports}
    for at, size, _, packet in records(capture):
        ip = packet[14:]
        tcp = ip[(ip[0] & 15) * 4:] if ip[0] >> 4 == 4 else ip[40:]
        for port in (int.from_bytes(tcp[:2], "big"), int.from_bytes(tcp[2:4], "big")):
            if port in found:
                found[port] += capture[at:at + size]
    return found


def read_captures(out, cases):
    """For each port of the cases, what both taps have of it: a list of (path, capture)."""
    ports = {case["port"] for case in cases}
    taps = {path: split((out / (path + ".pcap")).read_bytes(), ports) for path in PATHS}
    return {port: [(path, bytes(taps[path][port])) for path in PATHS] for port in ports}


def analyzer_problem(analyze, case, captures, sent):
    """The same bytes, recovered by the project's own decoder."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        files = []
        for path, data in captures:
            file = folder / (path + ".pcap")
            file.write_bytes(data)
            files.append(str(file))
        command = [analyze, "-q", "--init", case["init"], "--key-order", case["order"],
                   "--flag-bit", hex(flag_of(case["name"])), "--extract", str(folder), *files]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, wanted in zip(("c2s", "s2c"), sent):
            file = folder / ("conn0.%s.bin" % name)
            if not file.exists() or file.read_bytes() != wanted:
                return "%s differs (exit code %d) %s" % (file.name, done.returncode, done.stdout.strip()[-200:])
    return None


def settings_of(case):
    return case["init"], case["order"], flag_of(case["name"])


def plugin_streams(plugin, cases, captures):
    """What the plugin recovers: {port: (client's bytes, server's bytes)}. One run of tshark for all cases that share
    their settings, because it takes longer to start than to decode."""
    tests = pathlib.Path(__file__).resolve().parents[1]
    os.environ.update(MPS_PLUGIN_DIR=plugin, MPS_SOURCE_DIR=str(tests.parent))
    sys.path.insert(0, str(tests / "plugin"))
    import wireshark
    if not wireshark.plugin_is_loaded():
        sys.exit("check_captures: tshark does not list the plugin of %s" % plugin)
    groups = collections.defaultdict(list)
    for case in cases:
        groups[settings_of(case)].append(case)
    found = {}
    for (init, order, flag), group in groups.items():
        options = wireshark.options_for({"rule": "flag", "init": init, "order": order, "flag_bit": hex(flag)})
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            folder.chmod(0o755)
            files = []
            for case in group:
                for path, data in captures[case["port"]]:
                    files.append(folder / ("%d.%s.pcap" % (case["port"], path)))
                    files[-1].write_bytes(data)
            subprocess.run(["mergecap", "-w", folder / "all.pcapng", *files], check=True)
            for ports, streams in wireshark.follow_all(folder / "all.pcapng", options, range(len(group))):
                found[ports[1]] = streams
    return found


def read_cases(out):
    for line in (out / "cases.tsv").read_text().splitlines():
        name, port, expect, init, order, c2s, s2c = line.split("\t")
        yield dict(name=name, port=int(port), expect=expect, init=init, order=order, c2s=c2s, s2c=s2c)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--analyze")
    parser.add_argument("--plugin")
    arguments = parser.parse_args()
    cases = list(read_cases(arguments.out))
    captures = read_captures(arguments.out, cases)
    scrambled = [case for case in cases if case["expect"] == "scrambled"]
    by_plugin = plugin_streams(arguments.plugin, scrambled, captures) if arguments.plugin else {}
    failed = False
    for case in cases:
        sent = tuple((arguments.out / "data" / case[name]).read_bytes() for name in ("c2s", "s2c"))
        connections = read_connections(captures[case["port"]], case["port"])
        problem = None if len(connections) == 1 else "%d connections" % len(connections)
        problem = problem or problem_of(case, connections[0], sent)
        note = ""
        if not problem:
            note = ", ".join("%s %s" % (way, "+".join(str(stream.count_on(path)) for path in PATHS))
                             for way, stream in zip(("c2s", "s2c"), connections[0].streams))
        if not problem and arguments.analyze and connections[0].is_mptcp:
            problem = analyzer_problem(arguments.analyze, case, captures[case["port"]], sent)
            note += ", same by the analyzer"
        if not problem and arguments.plugin and case in scrambled:
            if by_plugin.get(case["port"]) != sent:
                problem = "the plugin recovers other bytes"
            note += " and by the plugin"
        print("FAILED" if problem else "ok", case["name"], case["expect"], problem or note)
        failed |= bool(problem)
    sys.exit(failed)


if __name__ == "__main__":
    main()
