# SPDX-License-Identifier: GPL-2.0-or-later
"""Every expert info that the plugin registers, each on a small capture of its own that calls for it."""
import re
import struct
import sys
import unittest

from wireshark import HOME, SOURCE, WiresharkTest, field_rows, run

sys.path.insert(0, str(SOURCE / "tests" / "flood"))
from flood import (ACK, CLIENT, IDSN, KEYS, SERVER, SYN, TOKEN, address, data, handshake, option, segment)  # noqa: E402

RST = 4
SECOND = (address(3), 40001)
OTHERS_KEY = bytes(range(21, 29))

MP_CAPABLE, MP_JOIN = 0x00, 0x10


def capable(*keys, flags=1, version=1):
    return option(bytes([MP_CAPABLE | version, flags]) + b"".join(keys))


def mapped(offset, ssn, length, checksum=None, fin=False):
    """A DSS option without payload."""
    flags = 0x0c | (0x10 if fin else 0)
    number = (IDSN + 1 + offset) & (1 << 64) - 1
    body = bytes([0x20, flags]) + struct.pack(">QIH", number, ssn, length)
    return option(body + (b"" if checksum is None else struct.pack(">H", checksum)))


def acknowledged(offset):
    """A DATA_ACK of every byte before that one."""
    return option(b"\x20\x03" + struct.pack(">Q", (IDSN + 1 + offset) & (1 << 64) - 1))


def sent(ssn, payload, options=b"", source=CLIENT, flags=ACK):
    return segment(source, SERVER, 100 + ssn, 201, flags, options, payload)


def join(token=TOKEN, hmac=bytes(20)):
    nonces = struct.pack(">I", 7), struct.pack(">I", 8)
    return [segment(SECOND, SERVER, 100, flags=SYN, options=option(bytes([MP_JOIN, 0]) + token + nonces[0])),
            segment(SERVER, SECOND, 200, 101, SYN | ACK, option(bytes([MP_JOIN, 1]) + bytes(8) + nonces[1])),
            segment(SECOND, SERVER, 101, 201, options=option(bytes([MP_JOIN, 0]) + hmac))]


def scrambled_handshake(flags=0x11):
    return [segment(CLIENT, SERVER, 100, flags=SYN, options=capable(flags=flags)),
            segment(SERVER, CLIENT, 200, 101, SYN | ACK, capable(KEYS[1], flags=flags)),
            segment(CLIENT, SERVER, 101, 201, options=capable(*KEYS, flags=flags))]


HELLO = sent(1, b"hello", mapped(0, 1, 5))
PLAIN = [*handshake()]

# Expert info -> the packets and the frame that has to show it.
CASES = {
    "waiting": ([*PLAIN, data(5, 6, b"world"), HELLO], 4),
    "not_recoverable": ([*PLAIN, data(5, 6, b"world")], 4),
    "no_key": ([*scrambled_handshake()[:1], segment(SERVER, CLIENT, 200, 101, SYN | ACK, capable(KEYS[1], flags=0x11)), HELLO], 3),
    "no_mapping": ([*PLAIN, HELLO, sent(6, b"world")], 5),
    "orphan": ([*join(), sent(1, b"hello", mapped(0, 1, 5), SECOND)], 1),
    "fallback_payload": ([segment(CLIENT, SERVER, 100, flags=SYN, options=capable()),
                          segment(SERVER, CLIENT, 200, 101, SYN | ACK), sent(1, b"hello")], 3),
    "damaged_options": ([*PLAIN, sent(1, b"", b"\x1e\x02\1\1")], 4),
    "conflicting_mapping": ([*PLAIN, HELLO, sent(1, b"hello", mapped(50, 1, 5))], 5),
    "implausible_dsn": ([*PLAIN, HELLO, sent(6, b"world", mapped(1 << 50, 6, 5))], 5),
    "overlap_differs": ([*PLAIN, data(5, 6, b"world"), data(5, 6, b"would")], 5),
    "window_probe": ([*PLAIN, HELLO, segment(SERVER, CLIENT, 201, 106, options=acknowledged(5)), sent(6, b"x", mapped(4, 6, 1))], 6),
    "dss_checksum_wrong": ([*PLAIN, sent(1, b"hello", mapped(0, 1, 5, checksum=1))], 4),
    "key_mismatch": ([*PLAIN, segment(CLIENT, SERVER, 101, 201, options=capable(KEYS[0], OTHERS_KEY))], 4),
    "join_hmac_wrong": ([*PLAIN, *join()], 4),
    "infinite_mapping": ([*PLAIN, HELLO, sent(6, b"world", mapped(5, 6, 0))], 5),
    "fallback": ([segment(CLIENT, SERVER, 100, flags=SYN, options=capable()),
                  segment(SERVER, CLIENT, 200, 101, SYN | ACK), sent(1, b"hello")], 2),
    "mp_fail": ([*PLAIN, HELLO, sent(6, b"", option(bytes([0x60, 0]) + struct.pack(">Q", IDSN)))], 5),
    "fastclose": ([*PLAIN, HELLO, sent(6, b"", option(bytes([0x70, 0]) + KEYS[1]))], 5),
    "subflow_reset": ([*PLAIN, HELLO, sent(6, b"", flags=RST | ACK)], 5),
    "unmapped_payload": ([*PLAIN, HELLO, sent(6, b"world")], 5),
    "isn_guessed": ([sent(1, b"hello", mapped(0, 1, 5)), sent(6, b"world", mapped(5, 6, 5))], 2),
    "isn_unknown": ([sent(1, b"hello", mapped(0, 1, 50))], 1),
    "data_after_fin": ([*PLAIN, sent(1, b"hello", mapped(0, 1, 6, fin=True)), sent(6, b"world", mapped(5, 6, 5))], 5),
    "version_contradiction": ([segment(CLIENT, SERVER, 100, flags=SYN, options=capable(version=0))], 1),
}
# What needs more than packets; each has a test of its own below.
OWN_TEST = {"cut", "limit_reached"}
# Nothing in a capture brings these about: memory that ends; files that cannot be read twice (payload is copied here);
# what "orphan" shows together with the token, and "cut" with the bytes; a libgcrypt in FIPS mode, which Wireshark leaves.
NEVER = {"stopped", "unreadable_capture", "join_unknown_token", "payload_cut", "scheme_unavailable"}


class Expert(WiresharkTest):
    def capture(self, packets, on_wire=()):
        """A pcap of raw IP; `on_wire` names the length that a frame had before it was cut."""
        path = HOME / f"{self.id()}.pcap"
        with path.open("wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
            for number, packet in enumerate(packets, 1):
                whole = dict(on_wire).get(number, len(packet))
                file.write(struct.pack("<IIII", 0, number, len(packet), whole) + packet)
        self.addCleanup(path.unlink, missing_ok=True)
        return path

    def frames_with(self, info, path, *options):
        rows = field_rows(path, ["frame.number"], f"mpscramble.expert.{info}", options)
        return [int(row["frame.number"]) for row in rows]

    def test_every_one(self):
        for info, (packets, frame) in CASES.items():
            with self.subTest(info=info):
                path = self.capture(packets)
                passes = () if info == "waiting" else ("-2",)  # only the first pass is still waiting
                self.assertIn(frame, self.frames_with(info, path, *passes))

    def test_no_info_on_a_sound_connection(self):
        path = self.capture([*PLAIN, HELLO, sent(6, b"world", mapped(5, 6, 6, fin=True))])
        rows = field_rows(path, ["mpscramble.data", "_ws.expert.message"], "mpscramble.data", ["-2"])
        self.assertEqual([row["mpscramble.data"] for row in rows], [b"hello".hex(), b"world".hex()])
        self.assertEqual([row["_ws.expert.message"] for row in rows], ["", ""])

    def test_cut_payload(self):
        path = self.capture([*PLAIN, HELLO[:-2]], on_wire=[(4, len(HELLO))])
        self.assertEqual(self.frames_with("cut", path, "-2"), [4])

    def test_limit(self):
        far = [data(1000 * (i + 1), 1 + 1000 * i, bytes(1000)) for i in range(1100)]
        path = self.capture([*PLAIN, *far])
        self.assertEqual(self.frames_with("limit_reached", path), [])
        self.assertGreater(len(self.frames_with("limit_reached", path, "-o", "mpscramble.memory_limit:1")), 0)

    def test_none_is_left_out(self):
        listed = run("tshark", "-G", "fields").stdout
        registered = set(re.findall(r"\tmpscramble\.expert\.([a-z_]+)\t", listed))
        self.assertEqual(registered, CASES.keys() | OWN_TEST | NEVER)


if __name__ == "__main__":
    unittest.main()
