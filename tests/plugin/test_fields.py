# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user can see, filter and export."""
import json
import os
import pathlib
import tempfile
import unittest

from wireshark import (ASSUME, HOME, PASSES, SOURCE, WiresharkTest, exported_objects, field_rows, follow, manifest,
                       merged_file, run, shared, streams_in, tshark)

CAPTURES = SOURCE / "captures"
HTTP_TEXT = CAPTURES / "http_text.pcapng"


def truth(name):
    return next(capture for capture in manifest() if capture["name"] == name)


class Fields(WiresharkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

    def test_identity(self):
        rows = field_rows(HTTP_TEXT, ["mpscramble.stream", "mpscramble.subflow", "mpscramble.direction",
                                      "mpscramble.scrambled", "mpscramble.recognized_by", "mpscramble.key",
                                      "mpscramble.key_source", "mpscramble.flag"], "mpscramble.data")
        keys = truth("http_text")["keys"]
        self.assertEqual({row["mpscramble.stream"] for row in rows}, {"0"})
        self.assertEqual({row["mpscramble.subflow"] for row in rows}, {"0", "1"})
        for row in rows:
            self.assertEqual(row["mpscramble.key"], keys["initiator" if row["mpscramble.direction"] == "0" else "listener"])
            self.assertEqual((row["mpscramble.scrambled"], row["mpscramble.recognized_by"], row["mpscramble.key_source"],
                              row["mpscramble.flag"]), ("1", "flag", "handshake", "1"))

    def test_places(self):
        rows = field_rows(HTTP_TEXT, ["mpscramble.dsn", "mpscramble.offset", "mpscramble.len", "mpscramble.direction"],
                          "mpscramble.len")
        for direction, name in (("0", "c2s"), ("1", "s2c")):
            mine = [row for row in rows if row["mpscramble.direction"] == direction]
            self.assertEqual(len({int(row["mpscramble.dsn"]) - int(row["mpscramble.offset"]) for row in mine}), 1)
            covered = set()
            for row in mine:
                covered |= set(range(int(row["mpscramble.offset"]), int(row["mpscramble.offset"]) + int(row["mpscramble.len"])))
            self.assertEqual(len(covered), truth("http_text")["streams"][name]["bytes"])

    def test_recovered_bytes_as_field(self):
        for passes in PASSES.values():
            rows = field_rows(HTTP_TEXT, ["mpscramble.direction", "mpscramble.data", "mpscramble.data.len"],
                              "mpscramble.data", passes)
            self.assertEqual(b"".join(bytes.fromhex(row["mpscramble.data"].replace(",", "")) for row in rows
                                      if row["mpscramble.direction"] == "1"), follow(HTTP_TEXT)[1])
            self.assertEqual(sum(int(n) for row in rows for n in row["mpscramble.data.len"].split(",")),
                             sum(stream["bytes"] for stream in truth("http_text")["streams"].values()))

    def test_early_segments_point_at_the_one_that_released_them(self):
        rows = field_rows(HTTP_TEXT, ["frame.number", "mpscramble.recovered_in"], "mpscramble.status == 2", ["-2"])
        self.assertGreater(len(rows), 0)
        for row in rows:
            self.assertGreater(int(row["mpscramble.recovered_in"]), int(row["frame.number"]))

    def test_segments_point_at_the_reassembled_message(self):
        rows = field_rows(HTTP_TEXT, ["frame.number", "mpscramble.reassembled_in"], "mpscramble.reassembled_in", ["-2"])
        answers = {row["frame.number"] for row in field_rows(HTTP_TEXT, ["frame.number"], "http", ["-2"])}
        self.assertGreater(len(rows), 10)
        self.assertTrue({row["mpscramble.reassembled_in"] for row in rows} <= answers)

    def test_pass_one_waits(self):
        first = field_rows(HTTP_TEXT, ["mpscramble.gap.start", "mpscramble.gap.len"], "mpscramble.expert.waiting")
        self.assertGreater(len(first), 0)
        self.assertTrue(all(int(row["mpscramble.gap.len"]) > 0 for row in first))
        self.assertEqual(field_rows(HTTP_TEXT, ["frame.number"], "mpscramble.expert.waiting", ["-2"]), [])

    def test_layers(self):
        rows = field_rows(HTTP_TEXT, ["frame.protocols"], "http")
        self.assertTrue(all(":tcp:mptcp:mpscramble:http" in row["frame.protocols"] for row in rows))

    def test_json_and_pdml(self):
        frames = json.loads(tshark("-r", HTTP_TEXT, "-T", "json", "-Y", "http.response", "-J", "mpscramble http"))
        self.assertTrue(all("mpscramble" in frame["_source"]["layers"] for frame in frames))
        self.assertIn('<proto name="mpscramble"', tshark("-r", HTTP_TEXT, "-T", "pdml", "-c", "20"))

    def test_byte_tabs(self):
        printed = tshark("-r", HTTP_TEXT, "-2", "-x", "-Y", "http.response")
        self.assertIn("Descrambled MPTCP bytes", printed)
        self.assertIn("Reassembled MPTCP data", printed)

    def test_protocol_disabled_does_nothing(self):
        self.assertEqual(field_rows(HTTP_TEXT, ["frame.number"], "http.response", ["--disable-protocol", "mpscramble"]), [])
        stock = tshark("-r", HTTP_TEXT, "-V", plugins=HOME)
        self.assertEqual(tshark("-r", HTTP_TEXT, "-V", "--disable-protocol", "mpscramble"), stock)

    def test_plain_tcp_is_left_alone(self):
        """Everything that is not MPTCP looks as it does without the plugin."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            capture = pathlib.Path(folder) / "tcp.pcap"
            run("randpkt", "-b", "800", "-c", "200", "-t", "tcp", capture)
            self.assertEqual(tshark("-r", capture, "-V"), tshark("-r", capture, "-V", plugins=HOME))


class DecodeAs(WiresharkTest):
    def test_either_row_of_the_dialog(self):
        """The one for the TCP port, and the one for MPTCP data, which the dialog offers first."""
        capture = SOURCE / "captures" / "no_flag.pcapng"
        self.assertEqual(field_rows(capture, ["http.response.code"], "http.response"), [])
        for table in ("tcp.port", "mpscramble.port"):
            rows = field_rows(capture, ["http.response.code", "mpscramble.recognized_by"], "http.response",
                              ["-d", f"{table}==40404,mpscramble"])
            self.assertEqual({row["http.response.code"] for row in rows}, {"200", "201"})
            self.assertEqual({row["mpscramble.recognized_by"] for row in rows}, {"decode-as"})


class Taps(WiresharkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

    def test_follow_formats(self):
        ascii_text = tshark("-r", HTTP_TEXT, "-q", "-z", "follow,mpscramble,ascii,0")
        self.assertIn("GET /gpl-3.txt HTTP/1.1", ascii_text)
        self.assertIn("HTTP/1.1 200 OK", ascii_text)
        self.assertIn("00000000", tshark("-r", HTTP_TEXT, "-q", "-z", "follow,mpscramble,hex,0"))

    def test_endpoints_follow_what_one_subflow_brought(self):
        rows = field_rows(HTTP_TEXT, ["ip.src", "tcp.srcport", "ip.dst", "tcp.dstport"], "tcp.flags.syn==1 && tcp.flags.ack==0")
        shares = [follow(HTTP_TEXT, stream="{0[ip.src]}:{0[tcp.srcport]},{0[ip.dst]}:{0[tcp.dstport]}".format(row))
                  for row in rows]
        self.assertEqual(len(shares), 2)
        for whole, first, second in zip(follow(HTTP_TEXT), *shares):
            self.assertEqual(len(whole), len(first) + len(second))
            self.assertEqual(sorted(whole), sorted(first + second))

    def test_export_pdus_are_readable_without_the_plugin(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            exported = pathlib.Path(folder) / "pdus.pcapng"
            tshark("-r", HTTP_TEXT, "-U", "MPScramble", "-w", exported)
            rows = field_rows(exported, ["http.request.uri", "http.response.code"], "http", ["--disable-protocol", "mpscramble"])
            self.assertEqual([row["http.response.code"] for row in rows if row["http.response.code"]], ["200", "200", "201"])

    def test_statistics_tree(self):
        printed = tshark("-r", HTTP_TEXT, "-q", "-z", "mpscramble,tree")
        self.assertIn("Connection 0, subflow 0, from listener", printed)
        self.assertIn("Connection 0, subflow 1, from listener", printed)
        self.assertIn("recovered", printed)

    def test_expert_infos_are_counted_under_our_name(self):
        printed = tshark("-r", HTTP_TEXT, "-q", "-z", "expert")
        self.assertRegex(printed, r"Sequence\s+MPScramble\s+Waiting for \d+ missing bytes")


class Preferences(WiresharkTest):
    def test_words_are_those_of_the_command_line(self):
        printed = run("tshark", "-G", "currentprefs").stdout
        for name in ("scrambled", "flag_bit", "init", "key_order", "keylog_file", "plain", "desegment", "guess",
                     "memory_limit"):
            self.assertIn(f"mpscramble.{name}:", printed)

    def test_flag_bit(self):
        self.assertEqual(field_rows(HTTP_TEXT, ["frame.number"], "http", ["-o", "mpscramble.flag_bit:8"]), [])

    def test_never(self):
        self.assertEqual(field_rows(shared("made/scrambled-v4-flag.pcapng"), ["frame.number"], "http.response",
                                    ["-o", "mpscramble.scrambled:never"]), [])

    def test_guess(self):
        capture = shared("made/scrambled-v4.pcapng")
        self.assertEqual(field_rows(capture, ["frame.number"], "http.response"), [])
        rows = field_rows(capture, ["mpscramble.recognized_by"], "http.response", ["-o", "mpscramble.guess:TRUE"])
        self.assertEqual([row["mpscramble.recognized_by"] for row in rows], ["guess"] * 4)

    def test_tcp_port_preference_is_decode_as(self):
        self.assertEqual(len(field_rows(shared("made/scrambled-v4.pcapng"), ["frame.number"], "http.response",
                                        ["-o", "mpscramble.tcp.port:80"])), 4)

    def test_key_log_names_scrambled_connections(self):
        capture = shared("made/scrambled-v4.pcapng")
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            os.chmod(log.name, 0o644)
            log.write("# by hand\nMPTCP_KEYS fc7570af77b50f1b f3141d01070e703a")  # and no end of line
            log.flush()
            rows = field_rows(capture, ["mpscramble.recognized_by"], "http.response", ["-o", f"mpscramble.keylog_file:{log.name}"])
            self.assertEqual([row["mpscramble.recognized_by"] for row in rows], ["key-log"] * 4)

    def test_key_table_names_scrambled_connections(self):
        rows = field_rows(shared("made/scrambled-v4.pcapng"), ["mpscramble.recognized_by"], "http.response",
                          ["-o", 'uat:mpscramble_keys:"fc7570af77b50f1b","f3141d01070e703a"'])
        self.assertEqual(len(rows), 4)

    def test_key_table_refuses_what_is_no_key(self):
        done = run("tshark", "-n", "-r", shared("made/scrambled-v4.pcapng"), "-o", 'uat:mpscramble_keys:"12","34"', check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("16 hexadecimal digits", done.stderr)

    def test_decode_as_for_the_protocol_inside(self):
        rows = field_rows(shared("made/scrambled-v4-flag.pcapng"), ["frame.protocols"], "mpscramble.data",
                          ["-d", "mpscramble.port==80,ssh"])
        self.assertTrue(any(":mpscramble:ssh" in row["frame.protocols"] for row in rows))
        self.assertFalse(any(":http" in row["frame.protocols"] for row in rows))

    def test_decode_as_on_plain_tcp_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            hex_dump, capture = pathlib.Path(folder) / "hex", pathlib.Path(folder) / "tcp.pcap"
            request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            hex_dump.write_text("0000 " + " ".join(f"{byte:02x}" for byte in request) + "\n")
            run("text2pcap", "-T", "40000,80", hex_dump, capture)
            rows = field_rows(capture, ["http.request.method"], "http", ["-d", "tcp.port==80,mpscramble"])
            self.assertEqual([row["http.request.method"] for row in rows], ["GET"])

    def test_profile(self):
        """The ready-made profile is accepted without a complaint, and its colour rules and columns name our fields."""
        profile = HOME / ".config" / "wireshark" / "profiles" / "MPTCP Data Scrambling"
        profile.mkdir(parents=True, exist_ok=True)
        for path in (HOME / ".config").rglob("*"):
            path.chmod(0o777)
        for file in (SOURCE / "plugin" / "profile").iterdir():
            (profile / file.name).write_text(file.read_text())
        capture = shared("made/scrambled-v4-flag.pcapng")
        done = run("tshark", "-n", "-C", profile.name, "-r", capture, "-Y", "http.response")
        self.assertEqual(done.stderr, "")
        self.assertRegex(done.stdout.splitlines()[0], r"HTTP\s+0\s+0\s+79\s+500\s+recovered")
        for line in (profile / "colorfilters").read_text().splitlines():
            if line.startswith("@"):
                tshark("-r", capture, "-c", "1", "-Y", line.split("@")[2])


class Inner(WiresharkTest):
    """Protocols that need both directions or know more than one message."""

    def test_dns(self):
        """Four questions in one segment; answers longer than a segment, and each knows its question."""
        for passes in PASSES.values():
            rows = field_rows(CAPTURES / "dns.pcapng", ["dns.id", "dns.flags.response", "dns.count.answers", "dns.response_to"],
                              "dns", passes)
            values = {name: ",".join(row[name] for row in rows if row[name]).split(",") for name in rows[0]}
            self.assertEqual(sorted(values["dns.id"]), sorted(["0x03e8", "0x03e9", "0x03ea", "0x03eb"] * 2))
            self.assertEqual(values["dns.flags.response"], ["0"] * 4 + ["1"] * 4)
            self.assertEqual(values["dns.count.answers"], ["0"] * 4 + ["1", "60", "60", "1"])
            self.assertEqual(len(values["dns.response_to"]), 4)

    def test_tls(self):
        """Decrypted by Wireshark with TLS's own key log, on top of what the plugin descrambles."""
        capture, secrets = CAPTURES / "tls.pcapng", ["-o", f"tls.keylog_file:{CAPTURES / 'tls.keys'}"]
        for passes in PASSES.values():
            rows = field_rows(capture, ["tls.handshake.extensions_server_name"], "tls.handshake.type == 1", passes)
            self.assertEqual([row["tls.handshake.extensions_server_name"] for row in rows], ["server.example"])
            self.assertEqual(field_rows(capture, ["frame.number"], "http", passes), [])
            rows = field_rows(capture, ["http.request.method", "http.response.code", "http.request_in", "frame.protocols"], "http",
                              secrets + passes)
            self.assertEqual([row["http.request.method"] + row["http.response.code"] for row in rows], ["GET", "200"])
            self.assertNotEqual(rows[1]["http.request_in"], "")
            self.assertTrue(all(":mpscramble:tls:http" in row["frame.protocols"] for row in rows))
        self.assertEqual(exported_objects(capture, secrets), [(CAPTURES / "plain" / "gfdl-1.3.txt").read_bytes()])

    def test_ssh(self):
        for passes in PASSES.values():
            rows = field_rows(CAPTURES / "ssh.pcapng", ["ssh.protocol", "ssh.message_code", "mpscramble.subflow"], "ssh", passes)
            self.assertEqual([row["ssh.protocol"].split("_")[0] for row in rows if row["ssh.protocol"]], ["SSH-2.0-OpenSSH"] * 2)
            codes = ",".join(row["ssh.message_code"] for row in rows if row["ssh.message_code"]).split(",")
            self.assertEqual(codes.count("20"), 2)  # both sides' key exchange
            self.assertTrue({"30", "31", "21"} <= set(codes))
            self.assertEqual({row["mpscramble.subflow"] for row in rows}, {"0", "1"})

    def test_ssh_over_two_subflows(self):
        rows = field_rows(shared("public/tcpdump-mptcp-v0.pcap"), ["ssh.protocol"], "ssh.protocol")
        self.assertEqual(len(rows), 2)

    def test_multicapture(self):
        """Two captures merged: two connections, told apart."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            both = pathlib.Path(folder) / "both.pcapng"
            run("mergecap", "-a", "-w", both, shared("made/scrambled-v4-flag.pcapng"), shared("made/http-plain-v4.pcapng"))
            self.assertEqual(streams_in(both), [0, 1])
            self.assertEqual(len(field_rows(both, ["frame.number"], "http.response")), 8)
            self.assertEqual(len(exported_objects(both)), 10)

    def test_tunnel(self):
        """The same connection inside GRE."""
        import struct
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            plain, tunnelled = pathlib.Path(folder) / "a.pcap", pathlib.Path(folder) / "b.pcap"
            capture = shared("made/scrambled-v4-flag.pcapng")
            run("editcap", "-F", "pcap", capture, plain)
            data = plain.read_bytes()
            out, at = bytearray(data[:24]), 24
            while at < len(data):
                seconds, micros, captured, _ = struct.unpack_from("<IIII", data, at)
                frame = data[at + 16:at + 16 + captured]
                at += 16 + captured
                inner = frame[14:]
                outer = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 24 + len(inner), 0, 0, 64, 47, 0, b"\x0a\1\1\1", b"\x0a\1\1\2")
                wrapped = frame[:14] + outer + struct.pack(">HH", 0, 0x0800) + inner
                out += struct.pack("<IIII", seconds, micros, len(wrapped), len(wrapped)) + wrapped
            tunnelled.write_bytes(out)
            self.assertEqual(follow(tunnelled), follow(capture))
            self.assertEqual(len(field_rows(tunnelled, ["frame.number"], "http.response")), 4)


if __name__ == "__main__":
    unittest.main()
