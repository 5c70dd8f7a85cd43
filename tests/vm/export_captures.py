#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps captures of a run of the virtual machine, with their plaintexts and what they contain:

    export_captures.py OUT FOLDER CASE=NAME...

OUT is what tests/vm/run left. FOLDER gets NAME.path1.pcap and NAME.path2.pcap for each case, the plaintexts, and
manifest.json."""
import gzip
import hashlib
import json
import pathlib
import sys

from check_captures import PATHS, problem_of, read_captures, read_cases
from mptcp_capture import read_connections

DESCRIPTIONS = {
    "two_paths_small": "IPv4; both subflows are up before any data; path 1 (trusted) has 25 ms, path 2 has 1 ms each way",
    "ipv6": "IPv6; both subflows are up before any data; path 1 (trusted) has 20 ms, path 2 has 2 ms each way",
    "blackout": "IPv4; both subflows are up, then path 1 (trusted) loses everything from before the first data on: "
                "MPTCP repeats the head of the stream on path 2, where it must not be",
    "dss_checksum": "IPv4; DSS checksums negotiated",
    "initial_hmac": "IPv4; the registers start with the HMAC-SHA256 of the empty message under the sender's key",
    "key_order_host": "IPv4; the keys enter the registers in reversed byte order",
}


def plaintext_name(folder, name, data):
    """Writes a plaintext once; gzip without a time stamp, so that the same bytes give the same file."""
    if len(data) < 4096:
        (folder / (name + ".txt")).write_bytes(data)
        return name + ".txt"
    (folder / (name + ".txt.gz")).write_bytes(gzip.compress(data, 9, mtime=0))
    return name + ".txt.gz"


def export(out, folder, case, captures, name, release):
    sent = [(out / "data" / case[way]).read_bytes() for way in ("c2s", "s2c")]
    connection, = read_connections(captures, case["port"])
    problem = problem_of(case, connection, sent)
    if problem:
        sys.exit("%s: %s" % (case["name"], problem))
    files = []
    for path, data in captures:
        files.append("%s.%s.pcap" % (name, path))
        (folder / files[-1]).write_bytes(data)
    ways = list(zip(("c2s", "s2c"), sent, connection.streams))
    return {
        "name": name,
        "files": files,
        "keys": dict(zip(("initiator", "listener"), (key.hex() for key in connection.keys))),
        "streams": {way: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for way, data, _ in ways},
        "plaintext": {way: plaintext_name(folder, case[way], data) for way, data, _ in ways},
        "scrambled": {"rule": "flag", "init": case["init"], "order": case["order"]},
        "expected": {
            "recovered": "with both files: every byte of both streams, by the keys in the handshake",
            "trusted": PATHS[0],
            "head_seen_on": {way: sorted(stream.head_paths()) for way, _, stream in ways},
            "bytes_seen_on": {path: {way: stream.count_on(path) for way, _, stream in ways} for path in PATHS},
            "first_bytes_seen_on": {path: {way: stream.prefix_on(path) for way, _, stream in ways} for path in PATHS},
        },
        "description": DESCRIPTIONS[case["name"]],
        "made_by": "the kernel module on Linux %s, tests/vm/run and tests/vm/export_captures.py, case %s" % (
            release, case["name"]),
    }


def main():
    out, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    names = dict(argument.split("=") for argument in sys.argv[3:])
    release = (out / "release").read_text().strip()
    cases = [case for case in read_cases(out) if case["name"] in names]
    captures = read_captures(out, cases)
    entries = [export(out, folder, case, captures[case["port"]], names[case["name"]], release) for case in cases]
    (folder / "manifest.json").write_text(json.dumps(entries, indent=2) + "\n")


if __name__ == "__main__":
    main()
