# SPDX-License-Identifier: GPL-2.0-or-later
"""Partial, damaged and hostile captures: what is said about them, and that nothing breaks.

MPS_FUZZ_SEEDS sets how many damaged copies of each capture are tried (default 3), MPS_FUZZ_FIRST the first seed.
"""
import json
import os
import pathlib
import random
import struct
import sys
import tempfile
import unittest

from wireshark import (ASSUME, HOME, SOURCE, WiresharkTest, exported_objects, field_rows, follow, manifest, merged_file,
                       options_for, run, shared, tshark)

CAPTURES = SOURCE / "captures"


def keys_option(name):
    keys = next(capture for capture in manifest() if capture["name"] == name)["keys"]
    return ["-o", f'uat:mpscramble_keys:"{keys["initiator"]}","{keys["listener"]}"']


def frames_of(path):
    """Header and frames of a classic pcap file."""
    data = path.read_bytes()
    frames, at = [], 24
    while at < len(data):
        size = 16 + struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at:at + size])
        at += size
    return data[:24], frames


class Damage(WiresharkTest):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o777)
        self.addCleanup(self.folder.cleanup)

    def file(self, name):
        return pathlib.Path(self.folder.name) / name

    def capture(self, name):
        return CAPTURES / name


class Partial(Damage):
    def test_trusted_path_alone(self):
        """The prefix up to the first byte that went the other way, and a reason for the rest."""
        truth = next(c for c in manifest() if c["name"] == "http_text")
        path = self.capture("http_text.lte0.pcap")
        first_missing = [truth["expected"]["lte0"][d]["missing"][0][0] for d in ("c2s", "s2c")]
        got = follow(path, ["-2"])
        self.assertEqual([len(direction) for direction in got], first_missing)
        whole = follow(self.capture("http_text.pcapng"))
        self.assertEqual([whole[i][:len(got[i])] for i in (0, 1)], list(got))
        rows = field_rows(path, ["mpscramble.gap.start", "mpscramble.gap.reason", "mpscramble.direction"],
                          "mpscramble.expert.not_recoverable", ["-2"])
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertEqual(int(row["mpscramble.gap.start"]), first_missing[int(row["mpscramble.direction"])])
            self.assertIn("subflow", row["mpscramble.gap.reason"])

    def test_untrusted_path_alone(self):
        """No handshake: the connection is known by the token of its MP_JOIN, and is not given to dissectors wrongly."""
        path = self.capture("http_text.wlan0.pcap")
        for options in (ASSUME, ASSUME + ["-2"]):
            rows = field_rows(path, ["mpscramble.token", "mpscramble.recognized_by"], "mpscramble.expert.orphan", options)
            self.assertGreater(len(rows), 10)
            self.assertTrue(all(row["mpscramble.token"].startswith("0x") for row in rows))
            self.assertEqual(field_rows(path, ["frame.number"], "http", options), [])

    def test_untrusted_path_alone_with_keys(self):
        """Keys place the bytes in the stream; where the head is missing nothing can be descrambled from its start."""
        path = self.capture("http_text.wlan0.pcap")
        options = keys_option("http_text") + ["-2"]
        rows = field_rows(path, ["mpscramble.key_source", "mpscramble.gap.start", "mpscramble.offset"],
                          "mpscramble.expert.not_recoverable", options)
        self.assertGreater(len(rows), 10)
        self.assertTrue(all(row["mpscramble.key_source"] == "key-log" for row in rows))
        self.assertEqual({row["mpscramble.gap.start"] for row in rows}, {"0"})
        self.assertTrue(all(int(row["mpscramble.offset"]) >= 80 for row in rows))

    def test_wrong_keys(self):
        path = self.capture("http_text.wlan0.pcap")
        wrong = ["-o", 'uat:mpscramble_keys:"0011223344556677","8899aabbccddeeff"', "-2"]
        self.assertGreater(len(field_rows(path, ["frame.number"], "mpscramble.expert.orphan", wrong)), 10)
        # A handshake in the capture is believed before the table.
        whole = self.capture("http_text.pcapng")
        self.assertEqual(follow(whole, wrong), follow(whole))

    def test_one_key_only(self):
        """Without the third ACK and everything before it only the listener's key is in the capture."""
        header, frames = frames_of(self.pcap("http_text.pcapng"))
        rows = field_rows(self.capture("http_text.pcapng"), ["frame.number", "tcp.options.mptcp.recvkey"],
                          "tcp.options.mptcp.recvkey")
        with_initiators_key = {int(row["frame.number"]) for row in rows if row["tcp.options.mptcp.recvkey"]}
        partial = self.file("partial.pcap")
        partial.write_bytes(header + b"".join(f for n, f in enumerate(frames, 1) if n not in with_initiators_key))
        got = follow(partial, ["-2"])
        self.assertEqual(len(got[0]), 0)
        self.assertEqual(got[1], follow(self.capture("http_text.pcapng"))[1])

    def pcap(self, name):
        classic = self.file(name + ".pcap")
        run("editcap", "-F", "pcap", self.capture(name), classic)
        return classic

    def test_bytes_behind_a_short_gap(self):
        """A gap shorter than the register leaves columns that are still determined; those bytes are right."""
        whole = follow(self.capture("http_text.pcapng"))
        header, frames = frames_of(self.pcap("http_text.pcapng"))
        rows = field_rows(self.capture("http_text.pcapng"), ["frame.number", "mpscramble.offset", "mpscramble.len",
                                                             "mpscramble.direction", "frame.len"], "mpscramble.len")
        victim = next(row for row in rows if row["mpscramble.direction"] == "1" and int(row["mpscramble.offset"]) > 3000
                      and int(row["mpscramble.len"]) > 500)
        number = int(victim["frame.number"])
        frame = frames[number - 1]
        cut = 20  # the last bytes of one segment
        captured = len(frame) - 16 - cut
        frames[number - 1] = frame[:8] + struct.pack("<I", captured) + frame[12:16 + captured]
        gapped = self.file("gap.pcap")
        gapped.write_bytes(header + b"".join(frames))
        self.assertEqual(field_rows(gapped, ["mpscramble.cut"], "mpscramble.expert.cut"), [{"mpscramble.cut": str(cut)}])
        rows = field_rows(gapped, ["mpscramble.determined.len", "mpscramble.determined.offset", "mpscramble.determined.data"],
                          "mpscramble.determined", ["-2"])
        self.assertGreater(len(rows), 3)
        checked = 0
        for row in rows:
            pieces = zip(row["mpscramble.determined.offset"].split(","), row["mpscramble.determined.data"].split(","))
            for offset, data in pieces:
                data = bytes.fromhex(data)
                self.assertEqual(whole[1][int(offset):int(offset) + len(data)], data)
                checked += len(data)
        self.assertGreater(checked, 1000)

    def test_snaplen(self):
        snapped = self.file("snapped.pcapng")
        run("editcap", "-s", "120", self.capture("http_text.pcapng"), snapped)
        rows = field_rows(snapped, ["mpscramble.cut"], "mpscramble.expert.cut", ["-2"])
        self.assertGreater(len(rows), 20)
        whole, got = follow(self.capture("http_text.pcapng")), follow(snapped)
        for i in (0, 1):
            self.assertEqual(whole[i][:len(got[i])], got[i])
            self.assertLess(len(got[i]), len(whole[i]))

    def test_shuffled(self):
        """Clocks that differ, taps that buffer: order in the file does not matter to the bytes."""
        whole = follow(self.capture("http_text.pcapng"))
        header, frames = frames_of(self.pcap("http_text.pcapng"))
        for seed in range(3):
            order = list(enumerate(frames))
            shuffler = random.Random(seed)
            order.sort(key=lambda item: item[0] + shuffler.random() * 40)
            shuffled = self.file(f"shuffled{seed}.pcap")
            shuffled.write_bytes(header + b"".join(frame for _, frame in order))
            self.assertEqual(follow(shuffled), whole, f"seed {seed}")

    def test_duplicates(self):
        """The same frames twice, as a capture on two interfaces of one host has them."""
        header, frames = frames_of(self.pcap("http_text.pcapng"))
        doubled = self.file("doubled.pcap")
        doubled.write_bytes(header + b"".join(frame + frame for frame in frames))
        self.assertEqual(follow(doubled), follow(self.capture("http_text.pcapng")))
        self.assertGreater(len(field_rows(doubled, ["frame.number"], "mpscramble.repeated")), 50)

    def test_different_content(self):
        """A repeated segment with another byte: the first copy counts, and it is said."""
        header, frames = frames_of(self.pcap("http_text.pcapng"))
        rows = field_rows(self.capture("http_text.pcapng"), ["frame.number"], "mpscramble.status == 3")
        self.assertTrue(rows, "no segment came early")
        number = int(rows[0]["frame.number"])  # still waiting when its copy arrives
        forged = bytearray(frames[number - 1])
        forged[-1] ^= 0x55
        frames.insert(number, bytes(forged))
        capture = self.file("forged.pcap")
        capture.write_bytes(header + b"".join(frames))
        self.assertEqual(follow(capture), follow(self.capture("http_text.pcapng")))
        rows = field_rows(capture, ["frame.number"], "mpscramble.expert.overlap_differs")
        self.assertEqual(rows, [{"frame.number": str(number + 1)}])

    def test_wrong_checksum(self):
        header, frames = frames_of(self.pcap("ipv6_checksum_loss.pcapng"))
        rows = field_rows(self.capture("ipv6_checksum_loss.pcapng"), ["frame.number", "mpscramble.len"], "mpscramble.status == 1")
        number = next(int(row["frame.number"]) for row in rows if int(row["mpscramble.len"]) > 500)
        changed = bytearray(frames[number - 1])
        changed[-1] ^= 1
        frames[number - 1] = bytes(changed)
        capture = self.file("changed.pcap")
        capture.write_bytes(header + b"".join(frames))
        self.assertGreater(len(field_rows(capture, ["frame.number"], "mpscramble.expert.dss_checksum_wrong")), 0)
        self.assertEqual(field_rows(self.capture("ipv6_checksum_loss.pcapng"), ["frame.number"],
                                    "mpscramble.expert.dss_checksum_wrong"), [])

    def test_memory_limit(self):
        """With one MiB for waiting bytes a path that lacks the other's bytes is still read to its end."""
        path = self.capture("http_bitmap.wlan0.pcap")
        tshark("-r", path, "-2", "-q", *keys_option("http_bitmap"), "-o", "mpscramble.memory_limit:1")


class Fuzz(Damage):
    """editcap changes bytes; Wireshark runs with all its own checks on. What the stock dissectors do wrong on the same
    file (MPTCP's DISSECTOR_ASSERT_NOT_REACHED among others) is not counted."""

    CHECKS = {"WIRESHARK_DEBUG_WMEM_OVERRIDE": "simple", "G_SLICE": "debug-blocks", "MALLOC_PERTURB_": "187",
              "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1", "WIRESHARK_ABORT_ON_TOO_MANY_ITEMS": "1"}
    REPORTS = (b"AddressSanitizer", b"runtime error:")
    NAMES = ["http_text.pcapng", "path_down.pcapng", "ipv6_checksum_loss.pcapng", "listener_joins.pcapng"]

    def damaged_copies(self):
        """Number of the seed, name, the damaged file."""
        seeds = int(os.environ.get("MPS_FUZZ_SEEDS", "3"))
        first = int(os.environ.get("MPS_FUZZ_FIRST", "1"))
        for name in (name for name in self.NAMES if (CAPTURES / name).exists()):
            for seed in range(first, first + seeds):
                damaged = self.file(f"{seed}-{name}")
                run("editcap", "-E", str(0.002 * (1 + seed % 10)), "--seed", str(seed), CAPTURES / name, damaged)
                yield seed, name, damaged
                damaged.unlink()

    def fault(self, done):
        """How a run broke: status, and what a sanitizer calls it."""
        report = next((word for word in self.REPORTS if word in done.stderr), None)
        return (done.returncode, report) if done.returncode < 0 or done.returncode >= 128 or report else None

    def compare(self, what, ours, stock, stdin=None):
        """One run, and whether the host broke by itself; `stock` is the same command without our preferences."""
        done = run(*ours, check=False, text=False, stdin=stdin, **self.CHECKS)
        said = f"{what}: {done.stderr[-4000:].decode(errors='replace')}"
        self.assertNotIn(b"Dissector bug, protocol MPScramble", done.stdout, said)
        fault = self.fault(done)
        if fault:
            without = run(*stock, check=False, text=False, stdin=stdin, plugins=HOME, **self.CHECKS)
            self.assertEqual(fault, self.fault(without), said)
        return done, bool(fault)

    def test_damaged_copies(self):
        tried = hosts_own = 0
        for seed, name, damaged in self.damaged_copies():
            for passes in ([], ["-2"]):
                stock = ["tshark", "-n", "-V", *passes, "-r", damaged]
                _, broken = self.compare(f"{name}, seed {seed} {passes}", [*stock, "-x", *ASSUME], stock)
                tried += 1
                hosts_own += broken
        self.assertTrue(tried)
        print(f"{tried} runs, {hosts_own} of them broken without the plugin too", file=sys.stderr)

    def test_damaged_copies_in_sharkd(self):
        """A session as a window has it: every frame in any order, the filter, the followed stream, statistics."""
        tried = hosts_own = frames = streams = 0
        for seed, name, damaged in self.damaged_copies():
            order = list(range(1, int(run("capinfos", "-rTc", damaged).stdout.split()[-1]) + 1))
            random.Random(seed).shuffle(order)
            looks = [("follow", {"follow": "MPScramble", "filter": "mpscramble.stream == 0"}),
                     ("tap", {"tap0": "stat:mpscramble", "tap1": "conv:TCP", "tap2": "expert", "tap3": "eo:http"}),
                     ("frames", {"filter": "mpscramble"})]
            asked = [("setconf", {"name": "mpscramble.scrambled", "value": "assume"}), ("load", {"file": str(damaged)}),
                     *looks, *[("frame", {"frame": number, "proto": True, "bytes": True, "columns": True}) for number in order],
                     *looks]
            requests = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"
                               for number, (method, params) in enumerate(asked))
            done, broken = self.compare(f"{name}, seed {seed}", ["sharkd", "-"], ["sharkd", "-"], requests.encode())
            tried += 1
            hosts_own += broken
            if broken:
                continue
            # Wireshark puts the URLs of HTTP into its JSON as they are on the wire.
            answers = [json.loads(line, strict=False) for line in done.stdout.decode(errors="replace").split("\n")
                       if line.startswith("{")]
            self.assertEqual([answer["id"] for answer in answers], list(range(len(asked))), f"{name}, seed {seed}")
            for (method, _), answer in zip(asked, answers):
                frames += method == "frame" and "result" in answer
                streams += method == "follow" and "result" in answer
        self.assertGreater(frames, 0)
        self.assertGreater(streams, 0)
        print(f"{tried} sessions, {hosts_own} of them broken without the plugin too; {frames} frames and {streams} followed "
              "streams shown", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
