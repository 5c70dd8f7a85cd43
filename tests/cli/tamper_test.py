#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes on the wire of real captures, made by mpscramble-recode as an attacker on the path would make them, and what the
receiver's side of it, mpscramble-analyze, makes of them under each scheme.

    tamper_test.py ANALYZE RECODE [unittest options]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CAPTURES = pathlib.Path(__file__).resolve().parents[2] / "captures"
RECODE = pathlib.Path(sys.argv.pop(2)).resolve() if len(sys.argv) > 2 else None
ANALYZE = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
MANIFEST = {capture["name"]: capture for capture in json.loads((CAPTURES / "MANIFEST.json").read_text())["captures"]}


def plaintext(name, direction):
    return b"".join((CAPTURES / part["file"]).read_bytes() if "file" in part else part["text"].encode()
                    for part in MANIFEST[name]["streams"][direction]["parts"])


def seen_on(name, path, direction, least):
    """The first offset from which on the path carried so many bytes in a row."""
    at = 0
    for begin, end in MANIFEST[name]["expected"][path][direction]["missing"] + [[1 << 62, 0]]:
        if begin - at >= least:
            return at
        at = end
    raise AssertionError(f"{name}: {path} has no {least} bytes in a row")


class Tamper(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def recode(self, source, *options, expect=0):
        target = self.folder / f"recoded{len(list(self.folder.iterdir()))}.pcapng"
        done = subprocess.run([RECODE, *map(str, options), CAPTURES / source, target], capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return target, done.stdout + done.stderr

    def analyze(self, capture, *options):
        out = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        done = subprocess.run([ANALYZE, "-T", "json", "--extract", out, *options, capture], capture_output=True, timeout=120,
                              check=False)
        report = json.loads(done.stdout)
        return done.returncode, report, {d: (out / f"conn0.{d}.bin").read_bytes() for d in ("c2s", "s2c")}

    @staticmethod
    def sums(report, of):
        return sum(int(subflow[direction][of]) for subflow in report["connections"][0]["subflows"]
                   for direction in ("c2s", "s2c"))

    def test_65_bytes_on_the_wire_change_one_byte_unnoticed(self):
        for name, untrusted in (("http_text", "wlan0"), ("ipv6_checksum_loss", "wlan0")):
            with self.subTest(name):
                offset = seen_on(name, untrusted, "s2c", 400) + 100
                edited, told = self.recode(f"{name}.pcapng", "--edit", f"s2c:{offset}:20")
                self.assertIn(" on subflow 1,", told)  # the untrusted path alone carries them
                code, before, _ = self.analyze(CAPTURES / f"{name}.pcapng")
                code, after, streams = self.analyze(edited)
                self.assertEqual(code, 0)
                self.assertEqual(streams["c2s"], plaintext(name, "c2s"))
                expected = bytearray(plaintext(name, "s2c"))
                expected[offset] ^= 0x20
                self.assertTrue(streams["s2c"] == expected, "more or less than one byte changed")
                self.assertEqual(after["connections"][0]["streams"][1]["state"], "complete")
                self.assertEqual(self.sums(after, "checksums_wrong"), 0)
                self.assertEqual(self.sums(after, "checksums_right"), self.sums(before, "checksums_right"))
                self.assertEqual(after["anomalies"], before["anomalies"])

    def test_several_bytes_become_what_the_attacker_wants(self):
        text = plaintext("http_text", "s2c")
        offset = text.index(b"GNU GENERAL PUBLIC LICENSE", seen_on("http_text", "lte0", "s2c", 400))
        difference = bytes(a ^ b for a, b in zip(b"GNU", b"BSD"))
        edited, _ = self.recode("http_text.pcapng", "--edit", f"s2c:{offset}:{difference.hex()}")
        _, _, streams = self.analyze(edited)
        self.assertTrue(streams["s2c"] == text[:offset] + b"BSD" + text[offset + 3:])

    def test_the_last_byte(self):
        size = len(plaintext("http_text", "c2s"))
        edited, told = self.recode("http_text.pcapng", "--edit", f"{size - 1}:01")
        self.assertIn("changed 1 payload bytes", told)
        _, _, streams = self.analyze(edited)
        self.assertEqual(streams["c2s"][-1], plaintext("http_text", "c2s")[-1] ^ 1)

    def test_what_is_not_there_cannot_be_edited(self):
        size = len(plaintext("http_text", "c2s"))
        _, told = self.recode("http_text.pcapng", "--edit", f"{size}:01", expect=2)
        self.assertIn(f"byte {size} of c2s is not in this capture", told)
        for wrong in ("5", "5:", "5:0", "x:00", "5:zz", "up:5:00"):
            _, told = self.recode("http_text.pcapng", "--edit", wrong, expect=1)
            self.assertIn("expected OFFSET:HEX", told)

    def test_h1_is_malleable_in_place(self):
        """The same 65 bytes on the wire are 65 bytes of the stream; nothing else changes, and nothing is noticed."""
        offset = seen_on("http_text_h1", "wlan0", "s2c", 400) + 100
        edited, _ = self.recode("http_text_h1.pcapng", "--edit", f"s2c:{offset}:20")
        code, report, streams = self.analyze(edited)
        text = plaintext("http_text_h1", "s2c")
        expected = text[:offset] + bytes(byte ^ 0x20 for byte in text[offset:offset + 65]) + text[offset + 65:]
        self.assertTrue(streams["s2c"] == expected)
        self.assertEqual((code, report["anomalies"]["total"]), (0, self.analyze(CAPTURES / "http_text_h1.pcapng")[1]
                                                                ["anomalies"]["total"]))

    def test_h2_garbles_everything_behind_the_block(self):
        offset = seen_on("http_text_h2", "wlan0", "s2c", 400) + 100
        edited, _ = self.recode("http_text_h2.pcapng", "--edit", f"s2c:{offset}:20")
        _, report, streams = self.analyze(edited)
        text = plaintext("http_text_h2", "s2c")
        block_end = offset // 64 * 64 + 64
        got = streams["s2c"]
        self.assertEqual(got[:offset], text[:offset])
        self.assertEqual(got[offset:block_end], bytes(byte ^ 0x20 for byte in text[offset:block_end]))
        right = sum(a == b for a, b in zip(got[block_end:], text[block_end:]))
        self.assertGreater(len(text) - block_end, 2000)
        self.assertLess(right / (len(text) - block_end), 0.02)  # chance: 0.4 %
        self.assertEqual(self.sums(report, "checksums_wrong"), 0)  # the attacker made them right again

    def test_tags_notice_what_checksums_do_not(self):
        tagged, _ = self.recode("plain_checksum.pcapng", "--tag")
        count = self.sums(self.analyze(CAPTURES / "plain_checksum.pcapng")[1], "checksums_right")
        self.assertGreater(count, 15)
        code, report, streams = self.analyze(tagged, "--tags")
        self.assertEqual(code, 0)
        self.assertEqual((self.sums(report, "checksums_right"), self.sums(report, "checksums_wrong")), (count, 0))
        self.assertTrue(streams["c2s"] == plaintext("plain_checksum", "c2s"))
        _, report, _ = self.analyze(tagged)  # for someone who does not know, they are wrong checksums
        self.assertLess(self.sums(report, "checksums_right"), 3)

        offset = len(plaintext("plain_checksum", "s2c")) // 2
        target = self.folder / "tampered.pcapng"
        subprocess.run([RECODE, "--edit", f"s2c:{offset}:20", tagged, target], check=True, capture_output=True, timeout=120)
        _, report, streams = self.analyze(target, "--tags")
        wrong = self.sums(report, "checksums_wrong")
        self.assertIn(wrong, (1, 2))  # the mappings that the 65 bytes lie in
        self.assertEqual(self.sums(report, "checksums_right"), count - wrong)
        self.assertEqual(report["anomalies"]["counts"]["dss-checksum-wrong"], str(wrong))

    def test_tags_under_a_hardened_scheme(self):
        tagged, _ = self.recode("plain_checksum.pcapng", "--tag", "--scheme", "h2")
        _, report, streams = self.analyze(tagged, "--tags")
        self.assertEqual(self.sums(report, "checksums_wrong"), 0)
        self.assertGreater(self.sums(report, "checksums_right"), 15)
        self.assertTrue(streams["s2c"] == plaintext("plain_checksum", "s2c"))


if __name__ == "__main__":
    unittest.main()
