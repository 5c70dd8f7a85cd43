# SPDX-License-Identifier: GPL-2.0-or-later
"""A small reader of MPTCP v1 captures, on purpose apart from the project's own decoder: it checks the kernel module
by the paper's formula and RFC 8684 alone. It reads what the virtual machine's taps write (classic pcap, Ethernet) and
gives up with an exception on anything else."""
import hashlib
import struct
from array import array
from collections import namedtuple
from itertools import accumulate
from operator import xor

Segment = namedtuple("Segment", "path index time source destination sport dport seq ack flags options payload sum_ok")
FIN, SYN, RST, ACK = 1, 2, 4, 16
WINDOW = 64
M32 = 0xFFFFFFFF


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(array("H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def parse_options(data):
    """(kind, body) of every TCP option"""
    found, at = [], 0
    while at < len(data) and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1]
        if size < 2:
            raise ValueError("option of size %d" % size)
        found.append((data[at], data[at + 2:at + size]))
        at += size
    return found


def records(data):
    """(offset of the record, its size, time, bytes of the packet)"""
    if data[:4] != b"\xd4\xc3\xb2\xa1" or struct.unpack_from("<I", data, 20)[0] != 1:
        raise ValueError("not a little-endian Ethernet pcap")
    at = 24
    while at + 16 <= len(data):
        seconds, micros, captured, length = struct.unpack_from("<IIII", data, at)
        if captured != length:
            raise ValueError("packet cut short")
        yield at, 16 + captured, seconds + micros / 1e6, data[at + 16:at + 16 + captured]
        at += 16 + captured


def segments(data, path):
    for index, (_, _, time, packet) in enumerate(records(data)):
        kind = struct.unpack_from(">H", packet, 12)[0]
        ip = packet[14:]
        if kind == 0x0800:
            header, total = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0]
            protocol, source, destination = ip[9], ip[12:16], ip[16:20]
        elif kind == 0x86DD:
            header, total = 40, 40 + struct.unpack_from(">H", ip, 4)[0]
            protocol, source, destination = ip[6], ip[8:24], ip[24:40]
        else:
            continue
        if protocol != 6:
            continue
        tcp = ip[header:total]
        sport, dport, seq, ack = struct.unpack_from(">HHII", tcp)
        size = (tcp[12] >> 4) * 4
        pseudo = source + destination + struct.pack(">II", len(tcp), 6)
        yield Segment(path, index, time, source, destination, sport, dport, seq, ack, tcp[13],
                      parse_options(tcp[20:size]), tcp[size:], checksum(pseudo + tcp) == 0xFFFF)


def scramble(data, register):
    """The paper's S[i] = b[i] ^ b[i-1] ^ ... ^ b[i-64], by prefix sums."""
    prefix = [0, *accumulate(bytes(WINDOW - len(register)) + register + data, xor)]
    return bytes(map(xor, prefix[WINDOW + 1:], prefix))


def register_of(key, init, order):
    import hmac
    key = key if order == "wire" else key[::-1]
    return hmac.new(key, b"", hashlib.sha256).digest() if init == "hmac" else key


class Stream:
    """One direction of a connection: bytes by data sequence number."""

    def __init__(self):
        self.bytes = bytearray()
        self.seen = bytearray()
        self.conflicts = 0
        self.seen_on = {}  # path -> a byte for each byte of the stream: 1 where it was seen there

    def add(self, offset, data, path, is_probe):
        """The first copy counts. A probe of a closed window has the number of a byte that was acknowledged, but the
        byte in it is another one (Linux takes the next)."""
        if is_probe and self.seen[offset:offset + 1] == b"\1":
            return
        end = offset + len(data)
        if end > len(self.bytes):
            self.bytes.extend(bytes(end - len(self.bytes)))
            self.seen.extend(bytes(end - len(self.seen)))
        if any(self.seen[offset:end]):
            old = self.bytes[offset:end]
            self.conflicts += sum(s and a != b for s, a, b in zip(self.seen[offset:end], old, data))
            data = bytes(a if s else b for s, a, b in zip(self.seen[offset:end], old, data))
        self.bytes[offset:end] = data
        self.seen[offset:end] = b"\1" * len(data)
        seen = self.seen_on.setdefault(path, bytearray())
        seen.extend(bytes(max(0, end - len(seen))))
        seen[offset:end] = b"\1" * len(data)

    def whole(self):
        return self.conflicts == 0 and all(self.seen)

    def count_on(self, path):
        return sum(self.seen_on.get(path, b""))

    def prefix_on(self, path):
        """How many bytes from the first one on were seen on a path."""
        seen = self.seen_on.get(path, b"")
        return len(seen) if all(seen) else seen.index(0)

    def head_paths(self):
        return {path for path, seen in self.seen_on.items() if any(seen[:WINDOW])}


class Connection:
    def __init__(self):
        self.keys = [None, None]  # initiator's, listener's
        self.flags = {}  # SYN, SYN/ACK, ACK -> flags byte of MP_CAPABLE
        self.streams = [Stream(), Stream()]  # c2s, s2c
        self.subflows = 0
        self.is_mptcp = True
        self.segments = []
        self.bad_sums = 0


class Subflow:
    def __init__(self, connection):
        self.connection = connection
        self.isn = [None, None]
        self.maps = [set(), set()]  # (dsn, dsn bytes, ssn, length)
        self.data = [[], []]  # segments with payload


def idsn_of(key):
    return int.from_bytes(hashlib.sha256(key).digest()[-8:], "big")


def note_options(subflow, segment, direction):
    connection = subflow.connection
    for kind, body in segment.options:
        if kind != 30:
            continue
        subtype = body[0] >> 4
        if subtype == 0:
            name = {SYN: "SYN", SYN | ACK: "SYN/ACK"}.get(segment.flags & (SYN | ACK), "ACK")
            connection.flags[name] = body[1]
            if name == "SYN/ACK" and len(body) >= 10:
                connection.keys[1] = body[2:10]
            if name == "ACK" and len(body) >= 18:
                connection.keys[0] = body[2:10]
                if len(body) >= 20:
                    dsn = idsn_of(body[2:10]) + 1
                    subflow.maps[direction].add((dsn, 8, 1, int.from_bytes(body[18:20], "big")))
        elif subtype == 2 and body[1] & 4:
            at = 2 + ((8 if body[1] & 2 else 4) if body[1] & 1 else 0)
            wide = 8 if body[1] & 8 else 4
            dsn = int.from_bytes(body[at:at + wide], "big")
            ssn, length = struct.unpack_from(">IH", body, at + wide)
            length -= bool(body[1] & 0x10)  # DATA_FIN takes a number beyond the bytes
            if ssn and length:
                subflow.maps[direction].add((dsn, wide, ssn, length))


def read_connections(captures, port):
    """Every connection to @port in @captures, a list of (path name, bytes)."""
    merged = sorted((s for path, data in captures for s in segments(data, path) if port in (s.sport, s.dport)),
                    key=lambda s: s.time)
    connections, subflows, by_token, waiting = [], {}, {}, []
    for segment in merged:
        direction = 0 if segment.dport == port else 1
        ends = ((segment.source, segment.sport), (segment.destination, segment.dport))
        name = ends if direction == 0 else ends[::-1]
        if segment.flags & (SYN | ACK) == SYN and (name not in subflows or subflows[name].isn[0] != segment.seq):
            join = [b for k, b in segment.options if k == 30 and b[0] >> 4 == 1 and len(b) == 10]
            if join:
                connection = by_token.get(join[0][2:6])
                if connection is None:
                    raise ValueError("MP_JOIN of an unknown token")
            else:
                connection = Connection()
                connections.append(connection)
            subflows[name] = Subflow(connection)
            subflows[name].isn[0] = segment.seq
            connection.subflows += 1
        subflow = subflows.get(name)
        if subflow is None:
            continue
        connection = subflow.connection
        connection.segments.append(segment)
        connection.bad_sums += not segment.sum_ok
        if segment.flags & SYN:
            subflow.isn[direction] = segment.seq
        note_options(subflow, segment, direction)
        if connection.keys[1]:
            by_token[hashlib.sha256(connection.keys[1]).digest()[:4]] = connection
        if segment.payload:
            subflow.data[direction].append(segment)
    pieces = sorted((piece for subflow in subflows.values() for piece in placed(subflow)), key=lambda p: p[0])
    for _, stream, offset, data, path, is_probe in pieces:
        stream.add(offset, data, path, is_probe)
    return connections


def placed(subflow):
    """(time, stream, offset in it, bytes, path, whether it looks like a window probe) of a subflow's payload"""
    connection = subflow.connection
    if not all(connection.keys):
        connection.is_mptcp = False
    for direction in (0, 1):
        stream = connection.streams[direction]
        maps = sorted(subflow.maps[direction], key=lambda m: m[2])
        for segment in subflow.data[direction]:
            payload = segment.payload
            ssn = (segment.seq - subflow.isn[direction]) & M32
            if not connection.is_mptcp:
                yield segment.time, stream, ssn - 1, payload, segment.path, False
                continue
            covered = set()
            for dsn, wide, first, length in maps:
                begin, end = max(ssn, first), min(ssn + len(payload), first + length)
                if begin >= end:
                    continue
                base = idsn_of(connection.keys[direction]) + 1
                offset = (dsn + begin - first - base) & (2 ** (8 * wide) - 1)
                yield segment.time, stream, offset, payload[begin - ssn:end - ssn], segment.path, length == 1
                covered.update(range(begin, end))
            if len(covered) < len(payload):
                raise ValueError("payload without a mapping")
