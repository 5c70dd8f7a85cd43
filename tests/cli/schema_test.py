#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What -T json prints is what docs/report.schema.json promises, and the schema would notice if it were not.

    schema_test.py PROGRAM [unittest options]
"""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# Arguments behind -T json, run in captures/. Inference is limited to the cases that are about it: it takes seconds.
CASES = [
    "http_text.pcapng",
    "--show-keys http_text.pcapng",
    "http_text.wlan0.pcap=untrusted",
    "plain.pcapng",
    "mixed_families.pcapng path_down.pcapng ipv6_checksum_loss.pcapng",
    "README.md http_text.lte0.pcap",
    "--connection 9 http_text.pcapng",
    "-z leakage --attack none --observe matrix three_paths.pcapng",
    "-z leakage --attack exact --untrusted wlan0 --direction c2s http_text.pcapng",
    "-z leakage --attack exact plain.pcapng",
    "-z leakage --show-keys --untrusted wlan0 --direction c2s --attack-bytes 1 head_untrusted.pcapng",
    "-z leakage --direction c2s --drag Content-Type http_text.wlan0.pcap",
    "http_text_h1.pcapng http_text_h2.pcapng",
    "-z leakage --attack exact --untrusted wlan0 http_text_h2.pcapng",
    "--raw plain/random.bin --attack exact",
    "--lab --lab-schemes plain,scramble,h1 plain/sensors.json",
    "--lab --attack exact --untrusted wlan0 http_text.pcapng",
]


def report(arguments, folder):
    done = subprocess.run([PROGRAM, "-T", "json", *arguments.split()], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120)
    return json.loads(done.stdout)


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_output_fits(self):
        for arguments in CASES:
            with self.subTest(arguments):
                errors = list(VALIDATOR.iter_errors(report(arguments, ROOT / "captures")))
                self.assertEqual([f"{error.json_path}: {error.message}" for error in errors], [])

    def test_damage_does_not_fit(self):
        whole = report("-z leakage --attack exact --untrusted wlan0 http_text.wlan0.pcap", ROOT / "captures")
        self.assertTrue(VALIDATOR.is_valid(whole))

        def without(*path):
            damaged = node = copy.deepcopy(whole)
            for key in path[:-1]:
                node = node[key]
            del node[path[-1]]
            return damaged

        def changed(value, *path):
            damaged = node = copy.deepcopy(whole)
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            return damaged

        stream = ("connections", 0, "streams", 0)
        observer = ("leakage", 0, "observers", 0)
        for damaged in (without("schema_version"), without("packets"), without(*stream, "state"),
                        without(*observer, "verdict"), without(*observer, "exact", "runs", 0, "columns"),
                        changed(2, "schema_version"), changed(17, "packets"), changed("whole", *stream, "state"),
                        changed(["1"], *stream, "gaps", 0, "range"), changed("-1", *stream, "gaps", 0, "dsn"),
                        changed(1.5, *observer, "curve", "exact"), changed(None, *observer, "sign", "lag_rate")):
            self.assertFalse(VALIDATOR.is_valid(damaged))


if __name__ == "__main__":
    unittest.main()
