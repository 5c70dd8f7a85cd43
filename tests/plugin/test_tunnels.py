# SPDX-License-Identifier: GPL-2.0-or-later
"""A connection inside tunnels and tags: both subflows in one, or one path tunnelled and the other not."""
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

from wireshark import HOME, SOURCE, WiresharkTest, field_rows, follow, run

CAPTURE = SOURCE / "captures" / "http_text.pcapng"
ANALYZER = os.environ["MPS_ANALYZER"]


def ipv4(protocol, payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0, bytes([192, 0, 2, 1]),
                       bytes([192, 0, 2, 2])) + payload


def ipv6(protocol, payload):
    address = bytes([0x20, 1, 0xd, 0xb8] + [0] * 11)
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + address + b"\1" + address + b"\2" + payload


def ethernet(kind, payload):
    return bytes(range(12)) + struct.pack(">H", kind) + payload


def udp(port, payload):
    return struct.pack(">HHHH", 50000, port, 8 + len(payload), 0) + payload


def gtp(payload):
    return struct.pack(">BBHI", 0x30, 0xff, len(payload), 1) + payload


# What becomes of an Ethernet frame that holds IPv4.
WAYS = {
    "VLAN tags": lambda frame: frame[:12] + struct.pack(">HHHH", 0x88a8, 7, 0x8100, 42) + frame[12:],
    "IP in IP": lambda frame: ethernet(0x800, ipv4(4, frame[14:])),
    "IPv4 in IPv6": lambda frame: ethernet(0x86dd, ipv6(4, frame[14:])),
    "GRE": lambda frame: ethernet(0x800, ipv4(47, struct.pack(">HH", 0, 0x800) + frame[14:])),
    "Ethernet in GRE": lambda frame: ethernet(0x800, ipv4(47, struct.pack(">HH", 0, 0x6558) + frame)),
    "VXLAN": lambda frame: ethernet(0x800, ipv4(17, udp(4789, struct.pack(">II", 8 << 24, 42 << 8) + frame))),
    "GTP-U": lambda frame: ethernet(0x800, ipv4(17, udp(2152, gtp(frame[14:])))),
}


class Tunnels(WiresharkTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.whole = follow(CAPTURE)
        cls.frames = []
        classic = HOME / "frames.pcap"
        run("editcap", "-F", "pcap", CAPTURE, classic)
        data, at = classic.read_bytes(), 24
        while at < len(data):
            size = struct.unpack_from("<I", data, at + 8)[0]
            cls.frames.append((data[at:at + 8], data[at + 16:at + 16 + size]))
            at += 16 + size
        cls.second_path = {int(row["frame.number"]) for row in field_rows(CAPTURE, ["frame.number"], "mpscramble.subflow == 1")}

    def check(self, wrapped):
        path = HOME / f"{self.id()}.pcap"
        self.addCleanup(path.unlink, missing_ok=True)
        with path.open("wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for (time, _), frame in zip(self.frames, wrapped):
                file.write(time + struct.pack("<II", len(frame), len(frame)) + frame)
        self.assertEqual(follow(path), self.whole)
        self.assertEqual(follow(path, ["-2"]), self.whole)
        self.assertEqual(len(field_rows(path, ["frame.number"], "http.response")), 3)
        # and so does the command line
        with tempfile.TemporaryDirectory() as folder:
            found = subprocess.run([ANALYZER, "-q", "--extract", folder, path], check=False)
            self.assertEqual(found.returncode, 0)
            extracted = [file.read_bytes() for file in pathlib.Path(folder).iterdir()]
        self.assertEqual(sorted(extracted), sorted(self.whole))

    def test_everything_in_one(self):
        for name, way in WAYS.items():
            with self.subTest(way=name):
                self.check([way(frame) for _, frame in self.frames])

    def test_one_path_alone(self):
        self.check([WAYS["GTP-U"](frame) if number in self.second_path else frame
                    for number, (_, frame) in enumerate(self.frames, 1)])


if __name__ == "__main__":
    unittest.main()
