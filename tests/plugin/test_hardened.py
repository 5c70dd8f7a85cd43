# SPDX-License-Identifier: GPL-2.0-or-later
"""The hardened schemes in tshark: both paths give the streams (test_streams too), one path gives what the scheme leaves."""
import unittest

from test_damage import Damage, keys_option
from wireshark import field_rows, follow, manifest, run

DIRECTIONS = ("c2s", "s2c")


def entry(name):
    return next(capture for capture in manifest() if capture["name"] == name)


class Hardened(Damage):
    def test_scheme_is_named(self):
        for scheme in ("h1", "h2"):
            rows = field_rows(self.capture(f"http_text_{scheme}.pcapng"),
                              ["mpscramble.scheme", "mpscramble.recognized_by", "mpscramble.flag"], "mpscramble.data")
            self.assertEqual({tuple(row.values()) for row in rows}, {(scheme, "flag", "1")})
            self.assertGreater(len(rows), 20)

    def test_streams_in_both_orders_of_passes(self):
        for scheme in ("h1", "h2"):
            for passes in ([], ["-2"]):
                got = follow(self.capture(f"http_text_{scheme}.pcapng"), passes)
                self.assertEqual([len(direction) for direction in got],
                                 [entry(f"http_text_{scheme}")["streams"][d]["bytes"] for d in DIRECTIONS])
                self.assertIn(b"GNU GENERAL PUBLIC LICENSE", got[1])

    def test_handshake_path_alone(self):
        """H1: every byte that crossed it. H2: up to the block that a byte of went the other way."""
        for scheme in ("h1", "h2"):
            expected = entry(f"http_text_{scheme}")["expected"]["lte0"]
            rows = field_rows(self.capture(f"http_text_{scheme}.lte0.pcap"),
                              ["mpscramble.direction", "mpscramble.data.len", "mpscramble.determined.len"],
                              "mpscramble.direction", ["-2"])
            for number, direction in enumerate(DIRECTIONS):
                mine = [row for row in rows if row["mpscramble.direction"] == str(number)]
                read = sum(int(length) for row in mine
                           for field in ("mpscramble.data.len", "mpscramble.determined.len")
                           for length in row[field].split(",") if length)
                if scheme == "h1":
                    self.assertEqual(read, expected[direction]["seen"])
                else:
                    first = expected[direction]["missing"][0][0]
                    self.assertGreaterEqual(read, first)
                    self.assertLess(read, first + 64)

    def test_other_path_alone(self):
        for scheme in ("h1", "h2"):
            path = self.capture(f"http_text_{scheme}.wlan0.pcap")
            for options in ([], ["-o", f"mpscramble.scheme:{scheme}", "-o", "mpscramble.scrambled:assume"]):
                self.assertEqual(field_rows(path, ["frame.number"], "http or mpscramble.data or mpscramble.determined",
                                            options + ["-2"]), [])

    def test_other_path_with_the_keys(self):
        """A key log names no scheme; the user does. H1 is opened by the keys, H2 is not."""
        for scheme, opened in (("h1", True), ("h2", False)):
            name = f"http_text_{scheme}"
            rows = field_rows(self.capture(f"{name}.wlan0.pcap"), ["mpscramble.determined.len"], "mpscramble.determined",
                              ["-2", "-o", f"mpscramble.scheme:{scheme}", *keys_option(name)])
            read = sum(int(length) for row in rows for length in row["mpscramble.determined.len"].split(","))
            seen = sum(entry(name)["expected"]["wlan0"][d]["seen"] for d in DIRECTIONS)
            self.assertEqual(read, seen if opened else 0)

    def test_preferences(self):
        printed = run("tshark", "-G", "currentprefs").stdout
        for name in ("scheme", "h1_flag_bit", "h2_flag_bit"):
            self.assertIn(f"mpscramble.{name}:", printed)
        path = self.capture("http_text_h1.pcapng")
        self.assertEqual(field_rows(path, ["frame.number"], "http", ["-o", "mpscramble.h1_flag_bit:2"]), [])
        self.assertEqual(field_rows(path, ["frame.number"], "http", ["-o", "mpscramble.scheme:paper"]), [])


if __name__ == "__main__":
    unittest.main()
