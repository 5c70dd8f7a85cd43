# SPDX-License-Identifier: GPL-2.0-or-later
"""Every byte of every capture: what the plugin recovers is what was sent, whatever TCP's preferences are."""
import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

from wireshark import (ASSUME, EVERY_TCP_PREFERENCE, MADE_BODIES, PASSES, SOURCE, WiresharkTest, exported_objects,
                       field_rows, follow, manifest, merged_file, options_for, shared, streams_in)

ANALYZER = os.environ.get("MPS_ANALYZER", "")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Manifest(WiresharkTest):
    """The project's own captures."""

    def test_every_stream_is_what_was_sent(self):
        captures = manifest()
        self.assertTrue(captures)
        for capture in captures:
            for name, passes in PASSES.items():
                with self.subTest(capture=capture["name"], passes=name):
                    path = merged_file(capture)
                    options = options_for(capture["scrambled"]) + passes
                    [stream] = streams_in(path, options)
                    got = dict(zip(("c2s", "s2c"), follow(path, options, stream)))
                    for direction, truth in capture["streams"].items():
                        self.assertEqual(len(got[direction]), truth["bytes"])
                        self.assertEqual(sha256(got[direction]), truth["sha256"])

    def test_automatic_key_order(self):
        for capture in manifest():
            if not capture["scrambled"] or capture["name"] not in ("http_text", "order_host"):
                continue
            with self.subTest(capture=capture["name"]):
                options = options_for(capture["scrambled"]) + ["-o", "mpscramble.key_order:auto"]
                got = follow(merged_file(capture), options)
                self.assertEqual([sha256(direction) for direction in got],
                                 [capture["streams"][d]["sha256"] for d in ("c2s", "s2c")])

    def test_equal_to_the_analyzer(self):
        for capture in manifest():
            with self.subTest(capture=capture["name"]), tempfile.TemporaryDirectory() as folder:
                path = merged_file(capture)
                arguments = []
                scrambled = capture["scrambled"]
                if scrambled:
                    arguments = ["--scrambled", scrambled["rule"], "--init", scrambled["init"], "--key-order",
                                 scrambled["order"]]
                    if scrambled.get("flag_bit"):
                        arguments += ["--flag-bit", f"{scrambled['scheme']}:{scrambled['flag_bit']}"]
                subprocess.run([ANALYZER, "-q", "--extract", folder, *arguments, str(path)], check=True,
                               capture_output=True)
                extracted = sorted(sha256(file.read_bytes()) for file in pathlib.Path(folder).rglob("*") if file.is_file())
                ours = sorted(sha256(direction) for direction in follow(path, options_for(scrambled)))
                self.assertTrue(set(ours) <= set(extracted), f"{ours} not in {extracted}")


class Matrix(WiresharkTest):
    """TCP shows its subdissectors more or fewer bytes by preference; the plugin sees them all."""

    def check(self, capture, options=()):
        first = None
        for preference, setting in EVERY_TCP_PREFERENCE.items():
            for name, passes in PASSES.items():
                with self.subTest(capture=capture.name, preference=preference, passes=name):
                    every = [*options, *setting, *passes]
                    self.assertEqual([sha256(body) for body in exported_objects(capture, every)],
                                     [sha256(body) for body in MADE_BODIES])
                    got = follow(capture, every)
                    first = first or got
                    self.assertEqual([sha256(direction) for direction in got], [sha256(d) for d in first])

    def test_flag(self):
        self.check(shared("made/scrambled-v4-flag.pcapng"))

    def test_decode_as(self):
        self.check(shared("made/scrambled-v4.pcapng"), ["-d", "tcp.port==80,mpscramble"])

    def test_large_segments(self):
        self.check(shared("made/scrambled-v4-gso.pcapng"), ASSUME)

    def test_plain(self):
        self.check(shared("made/http-plain-v4.pcapng"))


class Truth(WiresharkTest):
    """Captures from elsewhere, with their streams' hashes."""

    def check(self, name, c2s, s2c, options=()):
        capture = shared(name)
        for passes in PASSES.values():
            got = follow(capture, [*options, *passes])
            self.assertEqual([sha256(direction) for direction in got], [c2s, s2c])

    def test_reinjected_bytes(self):
        self.check("made/http_text_v4.pcapng", "b567b2896852626f752b50264d0826ab0ceaeaed921c82ec5c44843bae7522ff",
                   "ba89e333a8c6a192872afba36e43d4a852e4a664f926b4c08a23809fb3c0f321")

    def test_version_0_with_checksums(self):
        self.check("public/tcpdump-mptcp-v0.pcap", "f3e201efca436d7b460a4ae95176a51bb1d150edef440a81fb8b943cf51842d4",
                   "98cdfda4ba22c592f1ac6a9d7c2b6c2549f5cc22c58bdb7141d5de9c9266ed22")

    def test_mapping_in_mp_capable(self):
        self.check("public/tcpdump-mptcp-v1.pcap", "1e46e3a66578eb0d7e98bc013e6e7c571bdbc946e7b76eb95828239fdfebb3b1",
                   "7c71bde9846f99090cc408001105415965b6b380083f1073cfc0885db681ab9f")

    def test_retransmissions(self):
        both = "fd3b147a0933e467bce2e31877611b7276284956ac4223739fb05fb60fd5afcc"
        self.check("public/tcpdump-mptcp-aa-v1.pcap", both, both)

    def test_fastclose(self):
        both = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"
        self.check("public/tcpdump-mptcp-fclose.pcap", both, both)

    def test_captures_without_a_stream(self):
        for name in ("tcprst", "aa-echo", "dss-oobr"):
            rows = field_rows(shared(f"public/tcpdump-mptcp-{name}.pcap"), ["mpscramble.data"])
            self.assertFalse(any(row.get("mpscramble.data") for row in rows))

    def test_one_file_per_path(self):
        """Made by a kernel module; two files, merged here as a user would merge them."""
        from wireshark import run
        for name, merge in (("k61-late1", True), ("k61-ipv6", True)):
            sent = [shared(f"made/{name}.{who}.txt").read_bytes() for who in ("client", "server")]
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o777)
                both = pathlib.Path(folder) / "both.pcapng"
                run("mergecap", "-w", both, shared(f"made/{name}.path1.pcap"), shared(f"made/{name}.path2.pcap"))
                self.assertEqual([sha256(d) for d in follow(both)], [sha256(text) for text in sent])


class Http(WiresharkTest):
    """What a user sees: requests and answers, matched although they used different subflows."""

    def test_requests_meet_answers(self):
        for name, options in (("http-plain-v4", []), ("scrambled-v4-flag", []), ("scrambled-v4-gso", ASSUME),
                              ("scrambled-v4", ["-d", "tcp.port==80,mpscramble"])):
            for passes in PASSES.values():
                with self.subTest(capture=name, passes=passes):
                    rows = field_rows(shared(f"made/{name}.pcapng"),
                                      ["http.response.code", "http.content_length", "http.request_in"],
                                      "http.response", [*options, *passes])
                    self.assertEqual([row["http.content_length"] for row in rows], ["500", "150000", "16", "60000"])
                    self.assertTrue(all(row["http.request_in"] for row in rows))

    def test_stock_dissectors_alone_show_two(self):
        """Why unscrambled MPTCP is reassembled too."""
        rows = field_rows(shared("made/http-plain-v4.pcapng"), ["http.response.code"], "http.response",
                          ["-o", "mpscramble.plain:FALSE"])
        self.assertEqual(len(rows), 2)

    def test_objects_of_the_manifest(self):
        bodies = {}
        for capture in manifest():
            if not capture["name"].startswith("http_"):
                continue
            files = [(SOURCE / "captures" / part["file"]).read_bytes()
                     for stream in capture["streams"].values() for part in stream["parts"] if "file" in part]
            bodies[capture["name"]] = files
            objects = exported_objects(merged_file(capture), options_for(capture["scrambled"]))
            with self.subTest(capture=capture["name"]):
                for body in files:
                    self.assertIn(sha256(body), [sha256(data) for data in objects])
        self.assertTrue(bodies)


if __name__ == "__main__":
    unittest.main()
