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
import tempfile
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
    "--lab --lab-cost --attack exact --lab-schemes plain,netcode --lab-scheduler minrtt,paths=1 plain/sensors.json",
]


# What -z leakage and --lab say; no name of a member comes from the data.
FIXED = ("streamLeakage", "streamLab")


def report(arguments, folder):
    done = subprocess.run([PROGRAM, "-T", "json", *arguments.split()], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120)
    return json.loads(done.stdout)


def closed(schema):
    """The same schema, of which no object may have a member that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(value) for key, value in schema.items()}
    if "required" in inside and "object" in inside.get("type", ()):
        inside.setdefault("additionalProperties", False)
    return inside


def members(schema, path):
    """Every member that a schema names, as the path of names that leads to it."""
    schema = SCHEMA["$defs"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    for part in schema.get("oneOf", []):
        yield from members(part, path)
    if "items" in schema:
        yield from members(schema["items"], path)
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name)
        yield from members(inner, (*path, name))


def met(value, path):
    """Every member that there is, in the same form."""
    if isinstance(value, list):
        for element in value:
            yield from met(element, path)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from met(inner, (*path, name))


def scrambled(text):
    register = bytes(56) + bytes.fromhex("a1b2c3d4e5f60718")
    stream, window, out = register + text, 0, bytearray()
    for byte in register:
        window ^= byte
    for at in range(len(text)):
        window ^= stream[at + 64]
        out.append(window)
        window ^= stream[at]
    return out


class Schema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_output_fits(self):
        for arguments in CASES:
            with self.subTest(arguments):
                errors = list(VALIDATOR.iter_errors(report(arguments, ROOT / "captures")))
                self.assertEqual([f"{error.json_path}: {error.message}" for error in errors], [])

    def test_names_every_member_of_leakage_and_lab(self):
        """Objects are open for members to come; those that are there have a name and a type, and each comes up."""
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder, "run")  # short, and digits that nothing tells: some columns stay in doubt
            run.write_bytes(scrambled((ROOT / "captures/plain/sensors.json").read_bytes()[:3200])[3000:])
            head = pathlib.Path(folder, "head")
            head.write_bytes(scrambled((ROOT / "captures/plain/gpl-3.txt").read_bytes()[:400]))
            reports = [report(f"--raw {run}", folder), report(f"--show-keys --raw {head}@0", folder)]
        reports += [report(arguments, ROOT / "captures") for arguments in CASES
                    if "--lab" in arguments or "leakage" in arguments or "--raw" in arguments]
        schema = closed(SCHEMA)
        del schema["additionalProperties"]
        schema["unevaluatedProperties"] = False  # what captureReport names counts, too
        strict = jsonschema.Draft202012Validator(schema)
        there = set()
        for one in reports:
            self.assertEqual([f"{error.json_path}: {error.message}" for error in strict.iter_errors(one)], [])
            there |= {("streamLeakage", *path) for path in met(one.get("leakage"), ())}
            there |= {("streamLab", *path) for path in met(one.get("lab"), ())}
        named = {path for name in FIXED for path in members(SCHEMA["$defs"][name], (name,))}
        self.assertEqual({".".join(path) for path in named ^ there}, set())

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
