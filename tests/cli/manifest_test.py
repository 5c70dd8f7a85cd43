#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mpscramble-analyze on every capture of captures/MANIFEST.json: exit code, SHA-256 of the streams in the JSON report,
extracted files equal to the plaintext; on one path alone the bytes that it extracts are right and its exit code is 3.

    manifest_test.py PROGRAM [unittest options]
"""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CAPTURES = pathlib.Path(__file__).resolve().parents[2] / "captures"
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
MANIFEST = json.loads((CAPTURES / "MANIFEST.json").read_text())


def told(capture):
    scrambled = capture["scrambled"]
    return ["--scrambled", scrambled["rule"], "--flag-bit", f"{scrambled['scheme']}:{scrambled['flag_bit']}", "--init", scrambled["init"],
            "--key-order", scrambled["order"]]


def plaintext(stream):
    return b"".join((CAPTURES / part["file"]).read_bytes() if "file" in part else part["text"].encode()
                    for part in stream["parts"])


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], cwd=CAPTURES, capture_output=True, timeout=120,
                          stdin=subprocess.DEVNULL)


class Captures(unittest.TestCase):
    def test_complete(self):
        for capture in MANIFEST["captures"]:
            with self.subTest(capture["name"]), tempfile.TemporaryDirectory() as out:
                done = run(*told(capture), "-T", "json", "--extract", out, capture["files"][0]["file"])
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                connection, = json.loads(done.stdout)["connections"]
                for stream in connection["streams"]:
                    truth = capture["streams"][stream["direction"]]
                    self.assertEqual(stream["state"], "complete")
                    self.assertEqual(stream["sha256"], truth["sha256"])
                    extracted = pathlib.Path(out, f"conn0.{stream['direction']}.bin").read_bytes()
                    self.assertTrue(extracted == plaintext(truth), "extracted file differs from the plaintext")

    def test_one_path(self):
        for capture in MANIFEST["captures"]:
            for file in capture["files"][1:]:
                with self.subTest(file["file"]), tempfile.TemporaryDirectory() as out:
                    done = run(*told(capture), "-T", "json", "--extract", out, file["file"])
                    # The paths that carried a stream in part recover it in part; what carried it whole may be whole.
                    self.assertEqual(done.returncode, 3, done.stderr)
                    connection, = json.loads(done.stdout)["connections"]
                    for stream in connection["streams"]:
                        self.check_bytes(capture, stream, pathlib.Path(out, f"conn0.{stream['direction']}.bin"))

    def check_bytes(self, capture, stream, path):
        if int(stream["recovered"]) == 0:
            self.assertFalse(path.exists(), "a file without a recovered byte")
            return
        self.assertTrue(stream["start_known"])
        truth = plaintext(capture["streams"][stream["direction"]])
        found = path.read_bytes()
        for first, last in stream["recovered_ranges"]:
            self.assertTrue(found[int(first):int(last)] == truth[int(first):int(last)], f"{first}..{last} differs")

    def test_hardened_schemes_keep_the_untrusted_path_to_themselves(self):
        """Nothing exact, and attacks at chance, also with the very text as language model. Chance is 0.4 % for a blind guess,
        and a little more for one that prefers frequent letters."""
        for scheme in ("h1", "h2"):
            with self.subTest(scheme):
                done = run("-T", "json", "--untrusted", "wlan0", "--observe", "untrusted", "--observe", "trusted",
                           "--trusted", "lte0", "--model", "plain/gpl-3.txt", f"http_text_{scheme}.pcapng")
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                for stream in json.loads(done.stdout)["leakage"]:
                    untrusted, trusted = stream["observers"]
                    self.assertEqual([o["scheme"] for o in stream["observers"]], [scheme] * 2)
                    self.assertEqual(untrusted["exact"]["determined"], "0")
                    self.assertNotIn("targets", untrusted["exact"])
                    self.assertIsNone(untrusted.get("controls"))
                    inferred = untrusted["inferred"]
                    self.assertEqual(inferred["runs_accepted"], 0)
                    self.assertLess(inferred["score"]["bytes_right"] / inferred["score"]["bytes"], 0.02)
                    self.assertTrue(trusted["has_key"])
                    self.check_trusted(scheme, stream["direction"], trusted)

    def check_trusted(self, scheme, direction, observer):
        """H1: whoever has the handshake reads what he sees. H2: up to the block with the first byte that he lacks."""
        capture = next(c for c in MANIFEST["captures"] if c["name"] == f"http_text_{scheme}")
        expected = capture["expected"]["lte0"][direction]
        determined = int(observer["exact"]["determined"])
        if scheme == "h1":
            self.assertEqual(determined, expected["seen"])
        else:
            first = expected["missing"][0][0]
            self.assertTrue(first <= determined < first + 64)

    def test_not_told(self):
        """Without options: the flag bit alone decides; plain captures, and one without the flag, are exit code 4."""
        for capture in MANIFEST["captures"]:
            with self.subTest(capture["name"]):
                done = run("-q", capture["files"][0]["file"])
                self.assertEqual(done.returncode, 0 if capture["scrambled"]["rule"] == "flag" else 4)


class KernelModule(unittest.TestCase):
    """What the kernel module sent: captures/kernel, with a manifest of its own."""
    ENTRIES = json.loads((CAPTURES / "kernel" / "manifest.json").read_text())

    def recovered(self, capture, *files):
        with tempfile.TemporaryDirectory() as out:
            told = ["--init", capture["scrambled"]["init"], "--key-order", capture["scrambled"]["order"]]
            done = run(*told, "-T", "json", "-z", "leakage", "--attack", "exact", "--extract", out, *files)
            streams = {name: pathlib.Path(out, f"conn0.{name}.bin") for name in ("c2s", "s2c")}
            return json.loads(done.stdout), {name: file.read_bytes() for name, file in streams.items() if file.exists()}

    def test_every_byte(self):
        self.assertGreaterEqual(len(self.ENTRIES), 5)
        for capture in self.ENTRIES:
            with self.subTest(capture["name"]):
                _, got = self.recovered(capture, *("kernel/" + file for file in capture["files"]))
                for direction, name in capture["plaintext"].items():
                    file = CAPTURES / "kernel" / name
                    truth = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
                    self.assertEqual(len(truth), capture["streams"][direction]["bytes"])
                    self.assertTrue(got[direction] == truth, direction)

    def test_head_on_the_untrusted_path(self):
        """Flagged where it is, and only there."""
        for capture in self.ENTRIES:
            trusted, untrusted = ("kernel/" + file for file in capture["files"])
            with self.subTest(capture["name"]):
                report, _ = self.recovered(capture, trusted + "=trusted", untrusted + "=untrusted")
                for stream in report["leakage"]:
                    observer, = stream["observers"]
                    exposed = "path2" in capture["expected"]["head_seen_on"][stream["direction"]]
                    self.assertEqual(observer["head"]["exposed"], [["0", "65"]] if exposed else [])
                    self.assertEqual(int(observer["head"]["key_bytes_exposed"]), 8 if exposed else 0)


if __name__ == "__main__":
    unittest.main()
